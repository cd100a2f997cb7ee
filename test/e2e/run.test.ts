import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { foldRunDirectory } from '#src/result/fold.js';
import type { Result } from '#src/result/result.js';
import { RUN_FILES, readResult } from '#src/result/run-directory.js';
import { runCli } from '../cli.js';
import { parseXml } from '../report/xml.js';
import { temporaryDir } from '../tmp.js';
import { startCliSink } from './cli-sink.js';
import {
  assertAddsUp,
  assertExit,
  loadRun,
  outcomesOf,
  readMessages,
  scenarioFile,
  sum,
} from './load-run.js';

const SIDE_BY_SIDE = { concurrency: 2 };

describe('a run against the embedded sink', SIDE_BY_SIDE, () => {
  test('leaves eight files that agree, and a link to them', async (t) => {
    const run = await loadRun(t, ['--vus', '4', '--iterations', '200', '--tag', 'build=42', '--seed', '7']);
    assertExit(run, 0);
    assertAddsUp(run.result);
    const { counts, metrics } = run.result;
    assert.deepEqual(
      [run.result.run.status, run.result.run.seed, run.result.run.tags],
      ['completed', 7, { build: '42' }],
    );
    assert.deepEqual([counts.scheduled, counts.accepted, counts.acceptedCopies], [200, 200, 200]);
    assert.equal(metrics.smtp_message_duration?.n, 200);
    assert.equal(metrics.smtp_sessions?.values.count, 4);

    assert.deepEqual(readdirSync(run.dir).sort(), Object.values(RUN_FILES).sort());
    assert.equal(readlinkSync(run.dir), run.result.run.id);
    assert.deepEqual((await foldRunDirectory(run.dir)).result, run.result);
    assert.equal(parseXml(read(run.dir, 'junit')).name, 'testsuites');
    assert.match(read(run.dir, 'report'), /^<!doctype html>.*<\/html>\s*$/is);
    assert.match(read(run.dir, 'summary'), /200/);
    assert.equal(histogramTotal(read(run.dir, 'histograms'), 'smtp_message_duration'), 200);
    assert.equal(decoded(run.result, 'smtp_message_duration'), 200);
  });

  test('through nodemailer adds up like any other', async (t) => {
    const file = await scenarioFile(t, {
      client: { kind: 'nodemailer', messagesPerSession: 20 },
      scenarios: { a: { executor: 'shared-iterations', vus: 4, iterations: 100 } },
    });
    const run = await loadRun(t, [file]);
    assertExit(run, 0);
    assertAddsUp(run.result);
    const { counts, metrics } = run.result;
    assert.deepEqual([counts.scheduled, counts.accepted, counts.acceptedCopies], [100, 100, 100]);
    assert.equal(metrics.smtp_message_duration?.n, 100);
    assert.ok((metrics.smtp_sessions?.values.count ?? 0) >= 5);
    assert.equal(metrics.smtp_command_waiting?.n ?? 0, 0);
    assert.doesNotMatch(run.stdout, /WHERE THE TIME GOES/);
  });

  test('prints the summary to standard output and progress to standard error', async (t) => {
    const run = await loadRun(t, ['--rate', '20', '--duration', '11s']);
    assert.match(run.stdout, /ad-hoc → embedded/);
    assert.match(run.stdout, /messages +220 begun = 220 accepted \+ 0 rejected/);
    assert.match(run.stdout, /report: .*report\.html +exit /);
    assert.match(
      run.stderr,
      /^\d\d:\d\d\/00:11 \(\d+%\) +offered [\d.]+\/s +accepted [\d.]+\/s .* generator \w+$/m,
    );
    assert.doesNotMatch(run.stdout + run.stderr, /\x1b/);
    assertExit(run, 0);
    assertAddsUp(run.result);
    assert.equal(
      sum(run.result.series, (row) => row.accepted),
      220,
    );
  });

  test('quiet prints nothing at all', async (t) => {
    const run = await loadRun(t, ['--iterations', '2', '--quiet']);
    assert.deepEqual([run.code, run.stdout, run.stderr], [0, '', '']);
  });

  test('summary-mode disabled prints no summary, and full prints tagged metrics', async (t) => {
    const none = await loadRun(t, ['--iterations', '2', '--summary-mode', 'disabled']);
    assert.deepEqual([none.code, none.stdout, none.result.counts.accepted], [0, '', 2]);
    const full = await runCli(['report', none.dir, '--summary-mode', 'full']);
    assert.match(full.stdout, /\{command:MAIL\}/);
    const rebuilt = await runCli(['report', none.dir, '--summary-mode', 'disabled']);
    assert.deepEqual([rebuilt.code, rebuilt.stdout], [0, '']);
  });

  test('colour is as NO_COLOR, FORCE_COLOR and the flags say', async (t) => {
    const { dir } = await loadRun(t, ['--iterations', '1', '--quiet']);
    const isColored = async (args: readonly string[], env: Record<string, string>) =>
      (await runCli(['report', dir, ...args], { env })).stdout.includes('\x1b[');
    assert.equal(await isColored([], {}), false);
    assert.equal(await isColored([], { FORCE_COLOR: '1' }), true);
    assert.equal(await isColored([], { FORCE_COLOR: '1', NO_COLOR: '1' }), false);
    assert.equal(await isColored(['--no-color'], { FORCE_COLOR: '1' }), false);
    assert.equal(await isColored(['--color'], { NO_COLOR: '1' }), true);
  });

  test('writes to the folder named with --out, which is made, and to reports/ without', async (t) => {
    const cwd = await temporaryDir(t);
    for (const [args, folder] of [
      [['--out', 'a/b'], 'a/b'],
      [[], 'reports'],
    ] as const) {
      const { code } = await runCli(['run', '--quiet', '--workers', '1', ...args], { cwd });
      assert.equal(code, 0);
      assert.equal(readResult(join(cwd, folder, 'latest')).counts.accepted, 1);
    }
  });

  test('a scenario file is run, with values from --set, the environment and flags over it', async (t) => {
    const file = await scenarioFile(t, {
      name: 'from a file',
      messages: [{ size: '2KiB' }, { template: { subject: 'Invoice {{seq}}', text: 'Dear all' } }],
      envelope: {
        to: {
          address: 'user{{n}}@{{domain}}',
          domains: { 'a.example.test': 3, 'b.example.test': 1 },
          perMessage: 3,
        },
      },
      scenarios: { peak: { executor: 'per-vu-iterations', vus: 2, iterations: 9 } },
      tags: { who: '${WHO}' },
      thresholds: { smtp_message_failed: ['rate==0'], 'smtp_messages{outcome:accepted}': ['count==20'] },
    });
    const args = [file, '--set', 'scenarios.peak.iterations=10', '--log-messages', 'all'];
    const run = await loadRun(t, args, { env: { WHO: 'ci', MAILBENCH_SEED: '11' } });
    assertExit(run, 0);
    assertAddsUp(run.result);
    assert.equal(run.result.run.name, 'from a file');
    assert.deepEqual([run.result.run.seed, run.result.run.tags], [11, { who: 'ci' }]);
    assert.deepEqual([run.result.counts.accepted, run.result.counts.acceptedCopies], [20, 60]);
    assert.deepEqual(
      run.result.thresholds.map(({ ok, value }) => [ok, value]),
      [
        [true, 0],
        [true, 20],
      ],
    );
    for (const { recipients } of readMessages(run.dir)) assert.equal(new Set(recipients).size, 3);
  });

  test('a tag that repeats the password is masked, and no file holds it', async (t) => {
    const file = await scenarioFile(t, {
      target: { url: 'smtps://127.0.0.1:1', auth: { user: 'alice', pass: '${WORD}' } },
      tags: { who: 'ci ${WORD}' },
      scenarios: { once: { executor: 'shared-iterations', vus: 1, iterations: 1 } },
    });
    const run = await loadRun(t, [file], { env: { WORD: 'open-sesame' } });
    assertExit(run, 99);
    assert.deepEqual(run.result.run.tags, { who: 'ci ***' });
    const holding = readdirSync(run.dir).filter((name) =>
      readFileSync(join(run.dir, name), 'utf8').includes('open-sesame'),
    );
    assert.deepEqual(holding, []);
  });

  test('the same seed sends the same messages to the same recipients, whatever the number of workers', async (t) => {
    const sent = async (...args: string[]) => {
      const file = await scenarioFile(t, {
        envelope: { to: { address: 'user{{n}}@{{domain}}', domains: ['a.example.test', 'b.example.test'] } },
      });
      const run = await loadRun(t, [
        file,
        '--vus',
        '4',
        '--iterations',
        '40',
        '--log-messages',
        'all',
        ...args,
      ]);
      assert.equal(run.result.counts.accepted, 40);
      const lines = readMessages(run.dir).sort((a, b) => a.number - b.number);
      return lines.map(({ number, recipients }) => ({ number, recipients }));
    };
    const first = await sent('--seed', '3');
    assert.deepEqual(
      first.map(({ number }) => number),
      Array.from({ length: 40 }, (_, number) => number),
    );
    assert.deepEqual(await sent('--seed', '3', '--workers', '2'), first);
    assert.notDeepEqual(await sent('--seed', '4'), first);
  });

  test('two workers share the load, and their counts are one result', async (t) => {
    const run = await loadRun(t, ['--vus', '6', '--iterations', '301', '--workers', '2']);
    assertExit(run, 0);
    assertAddsUp(run.result);
    assert.equal(run.result.counts.accepted, 301);
    assert.equal(run.result.run.host.workers, 2);
    assert.equal(run.result.metrics.smtp_sessions?.values.count, 6);
    const sources = journal(run.dir).map(({ snapshot }) => snapshot?.source);
    for (const source of ['shard-0', 'shard-1', 'sink']) assert.ok(sources.includes(source), source);
  });

  test('with --log-messages all, every message is there once, with its reply', async (t) => {
    const run = await loadRun(t, ['--vus', '3', '--iterations', '150', '--log-messages', 'all']);
    const messages = readMessages(run.dir);
    assert.deepEqual(
      messages.map(({ number }) => number).sort((a, b) => a - b),
      Array.from({ length: 150 }, (_, n) => n),
    );
    for (const message of messages) {
      assert.equal(message.token, `${run.result.run.id}-${message.number}`);
      assert.deepEqual([message.outcome, message.code, message.why], ['accepted', 250, 'all']);
      assert.match(message.reply, /queued/);
      assert.ok(
        (message.mailAtUs ?? 0) >= message.startedAtUs && (message.endedAtUs ?? 0) > (message.mailAtUs ?? 0),
      );
    }
  });

  test('without it, the slowest hundred are there', async (t) => {
    const run = await loadRun(t, ['--iterations', '250']);
    const messages = readMessages(run.dir);
    assert.equal(messages.length, 100);
    assert.ok(messages.every(({ why }) => why === 'slow'));
  });

  for (const pipelining of ['off', 'auto', 'coalesced']) {
    test(`pipelining ${pipelining} sends what was asked, over as many sessions as that takes`, async (t) => {
      const file = await scenarioFile(t, {
        client: { pipelining, messagesPerSession: 10 },
        scenarios: { load: { executor: 'per-vu-iterations', vus: 2, iterations: 60 } },
      });
      const run = await loadRun(t, [file]);
      assertExit(run, 0);
      assertAddsUp(run.result);
      const { counts, metrics } = run.result;
      assert.deepEqual([counts.accepted, counts.acceptedCopies], [120, 120]);
      assert.equal(
        metrics['smtp_replies{class:accepted,code:250,command:CONTENT,enhanced:2.6.0}']?.values.count,
        120,
      );
      assert.equal(metrics.smtp_sessions?.values.count, 12);
      assert.equal(metrics.smtp_session_duration?.n, 12);
    });
  }

  test('with iteration: session, an iteration is a whole session of its messages', async (t) => {
    const file = await scenarioFile(t, {
      client: { messagesPerSession: 5 },
      scenarios: { whole: { executor: 'shared-iterations', vus: 3, iterations: 12, iteration: 'session' } },
    });
    const run = await loadRun(t, [file]);
    assertExit(run, 0);
    assertAddsUp(run.result);
    const { counts, metrics } = run.result;
    assert.deepEqual([counts.started, counts.accepted], [12, 60]);
    assert.equal(metrics.smtp_sessions?.values.count, 12);
    assert.equal(metrics.iteration_duration?.n, 12);
  });

  test('a rate that rises, stays, jumps and falls makes the messages under it, in two executors and two workers', async (t) => {
    const ramp = {
      executor: 'ramping-arrival-rate',
      startRate: 10,
      stages: [
        { duration: '500ms', target: 50 },
        { duration: '500ms', target: 50 },
        { duration: '0s', target: 100 },
        { duration: '1s', target: 0 },
      ],
      preAllocatedVUs: 50,
    };
    const later = { executor: 'constant-arrival-rate', startTime: '1s', rate: 20, duration: '500ms' };
    const file = await scenarioFile(t, {
      scenarios: { ramp, later: { ...later, preAllocatedVUs: 20 } },
    });
    const run = await loadRun(t, [file, '--workers', '2']);
    assertExit(run, 0);
    assertAddsUp(run.result);
    const { scheduled, accepted, dropped } = run.result.counts;
    // 15 + 25 + 50 under the ramp, and 10 beside it.
    assert.equal(scheduled, 100);
    assert.equal(accepted + dropped, 100);
  });

  test('a trace is replayed and a curve followed, the same over two workers', async (t) => {
    const dir = await temporaryDir(t);
    await writeFile(join(dir, 'times.csv'), 'time\n0.5\n0\n0.25\n0.25\n');
    await writeFile(join(dir, 'day.csv'), 'time,rate\n00:00,0\n12:00,10\n24:00,0\n');
    const vus = { preAllocatedVUs: 2, maxVUs: 20 };
    const file = join(dir, 'replay.json');
    await writeFile(
      file,
      JSON.stringify({
        scenarios: {
          trace: { executor: 'ramping-arrival-rate', arrival: 'trace', trace: 'times.csv', ...vus },
          day: {
            executor: 'ramping-arrival-rate',
            curve: { file: 'day.csv', duration: '1s', peak: 40 },
            ...vus,
          },
        },
      }),
    );
    const run = await loadRun(t, [file, '--workers', '2']);
    assertExit(run, 0);
    assertAddsUp(run.result);
    assert.equal(run.result.counts.scheduled, 4 + 20);
  });

  test('each scenario has numbers of its own, and thresholds may ask for them and for tags', async (t) => {
    const file = await scenarioFile(t, {
      tags: { site: 'x' },
      scenarios: {
        few: { executor: 'shared-iterations', vus: 2, iterations: 20, tags: { team: 'red' } },
        many: { executor: 'per-vu-iterations', vus: 4, iterations: 30, tags: { site: 'y' } },
      },
      thresholds: {
        'smtp_messages{team:red}': ['count==20'],
        'smtp_messages{outcome:accepted,site:y}': ['count==120'],
        'smtp_message_duration{scenario:few}': [{ threshold: 'p(95)<60000', minSamples: 20 }],
        'data_sent{site:x}': ['count>0'],
        smtp_messages: ['count==140'],
      },
    });
    const run = await loadRun(t, [file, '--workers', '2']);
    assertExit(run, 0);
    assertAddsUp(run.result);
    const { metrics } = run.result;
    const n = (key: string) => metrics[key]?.n;
    assert.deepEqual(
      [n('smtp_messages{scenario:few}'), n('smtp_messages{scenario:many}'), n('smtp_messages')],
      [20, 120, 140],
    );
    assert.deepEqual([n('iterations{scenario:many}'), n('smtp_message_duration{scenario:few}')], [120, 20]);
    assert.equal(n('smtp_messages{outcome:accepted}'), 140);
    assert.equal((n('data_sent{site:x}') ?? 0) < (n('data_sent') ?? 0), true);
    const bare = Object.keys(metrics).filter((key) => /team:|site:/.test(key));
    assert.deepEqual(bare.toSorted(), [
      'data_sent{site:x}',
      'smtp_messages{outcome:accepted,site:y}',
      'smtp_messages{team:red}',
    ]);
  });

  test('VUs that come, go and come back are sessions that do', async (t) => {
    const file = await scenarioFile(t, {
      scenarios: {
        ramp: {
          executor: 'ramping-vus',
          startVUs: 2,
          stages: [
            { duration: '500ms', target: 6 },
            { duration: '500ms', target: 0 },
            { duration: '200ms', target: 0 },
            { duration: '300ms', target: 4 },
          ],
        },
      },
    });
    const run = await loadRun(t, [file, '--workers', '2']);
    assertExit(run, 0);
    assertAddsUp(run.result);
    const { counts, metrics } = run.result;
    assert.ok(counts.accepted > 20, `${counts.accepted}`);
    assert.equal(counts.accepted, counts.scheduled);
    // Six until the line is at 0 again, and three of the four that it then rises to: the fourth is due at the very end.
    assert.equal(metrics.smtp_sessions?.values.count, 6 + 3);
    assert.ok((metrics.vus?.values.max ?? 0) <= 6);
  });

  test('warm-up is in the sums and not in the metrics', async (t) => {
    const file = await scenarioFile(t, {
      scenarios: {
        steady: {
          executor: 'constant-arrival-rate',
          rate: 50,
          duration: '2s',
          warmup: '1s',
          preAllocatedVUs: 20,
        },
      },
    });
    const run = await loadRun(t, [file]);
    assertExit(run, 0);
    assertAddsUp(run.result);
    assert.equal(run.result.counts.scheduled, 100);
    assert.ok(run.result.counts.accepted > 50);
    const counted = run.result.metrics.smtp_message_duration?.n ?? 0;
    assert.ok(counted > 0 && counted <= 50, `${counted}`);
  });
});

describe('a run against mailbench sink', SIDE_BY_SIDE, () => {
  test('LMTP: every recipient has an answer of its own', async (t) => {
    const sink = await startCliSink(t, ['--lmtp']);
    const file = await scenarioFile(t, {
      target: { url: `lmtp://127.0.0.1:${sink.port}` },
      envelope: { to: { address: 'user{{n}}@rcpt.example.test', perMessage: 4 } },
    });
    const run = await loadRun(t, [file, '--vus', '2', '--iterations', '30']);
    assertExit(run, 0);
    assertAddsUp(run.result);
    assert.deepEqual([run.result.counts.accepted, run.result.counts.acceptedCopies], [30, 120]);
    const { messages, recipients, connections } = await sink.totals();
    assert.deepEqual(
      { messages, recipients, connections },
      { messages: 30, recipients: 120, connections: 2 },
    );
  });

  const tls = [
    ['STARTTLS', [], 'smtp', { mode: 'starttls', verify: false }],
    ['implicit TLS', ['--implicit-tls'], 'smtps', { mode: 'implicit', verify: false }],
    ['opportunistic TLS', [], 'smtp', { mode: 'opportunistic', verify: false }],
  ] as const;
  for (const [name, flags, scheme, mode] of tls) {
    test(`${name}: one handshake for each session`, async (t) => {
      const sink = await startCliSink(t, flags);
      const target = { url: `${scheme}://127.0.0.1:${sink.port}`, tls: mode };
      const scenarios = { load: { executor: 'per-vu-iterations', vus: 2, iterations: 10 } };
      const file = await scenarioFile(t, { target, client: { messagesPerSession: 5 }, scenarios });
      const run = await loadRun(t, [file]);
      assertExit(run, 0);
      assertAddsUp(run.result);
      assert.equal(run.result.counts.accepted, 20);
      assert.equal(run.result.metrics.smtp_tls_handshakes?.values.count, 4);
      assert.equal(run.result.metrics.smtp_tls_handshaking?.n, 4);
      assert.equal((await sink.totals()).messages, 20);
    });
  }

  test('a certificate that cannot be verified fails the TLS phase', async (t) => {
    const sink = await startCliSink(t);
    const file = await scenarioFile(t, {
      target: { url: `smtp://127.0.0.1:${sink.port}`, tls: { mode: 'starttls' } },
    });
    const run = await loadRun(t, [file, '--iterations', '1']);
    assertExit(run, 99);
    assert.deepEqual(outcomesOf(run.result), [{ outcome: 'failed', phase: 'tls', cause: 'tls', count: 1 }]);
    assert.match(run.result.outcomes[0]?.sample ?? '', /self[- ]signed|certificate/i);
    assert.equal((await sink.totals()).messages, 0);
  });

  for (const method of ['plain', 'login']) {
    test(`AUTH ${method} is answered, and the password stays out of every file`, async (t) => {
      const sink = await startCliSink(t, ['--auth', 'alice:open-sesame']);
      const target = {
        url: `smtp://127.0.0.1:${sink.port}`,
        auth: { method, user: 'alice', pass: '${SMTP_PASS}', allowPlaintext: true },
      };
      const file = await scenarioFile(t, { target });
      const run = await loadRun(t, [file, '--iterations', '3'], { env: { SMTP_PASS: 'open-sesame' } });
      assertExit(run, 0);
      assert.equal(run.result.counts.accepted, 3);
      assert.ok(
        Object.keys(run.result.metrics).some((key) => /^smtp_replies\{.*code:235,command:AUTH/.test(key)),
      );
      for (const name of readdirSync(run.dir)) {
        assert.doesNotMatch(readFileSync(join(run.dir, name), 'utf8'), /open-sesame/, name);
      }
      assert.doesNotMatch(run.stdout + run.stderr, /open-sesame/);
      assert.equal((await sink.totals()).messages, 3);
    });
  }

  test('a wrong password is refused in the AUTH phase, and never shown', async (t) => {
    const sink = await startCliSink(t, ['--auth', 'alice:open-sesame']);
    const target = {
      url: `smtp://127.0.0.1:${sink.port}`,
      auth: { user: 'alice', pass: 'close-sesame', allowPlaintext: true },
    };
    const run = await loadRun(t, [await scenarioFile(t, { target }), '--iterations', '2']);
    assertExit(run, 99);
    assertAddsUp(run.result);
    const [row] = run.result.outcomes;
    assert.deepEqual(
      [row?.outcome, row?.phase, row?.code, row?.class, row?.scope, row?.count],
      ['rejected', 'AUTH', 535, 'smtp_auth', 'session', 2],
    );
    assert.doesNotMatch(run.stdout + run.stderr + read(run.dir, 'result'), /close-sesame/);
    assert.equal((await sink.totals()).messages, 0);
  });

  test('a password is not sent without TLS unless that is allowed', async (t) => {
    const sink = await startCliSink(t, ['--auth', 'alice:open-sesame']);
    const url = `smtp://alice:open-sesame@127.0.0.1:${sink.port}`;
    const refused = await runCli(['run', '--target', url, '--iterations', '2']);
    assert.equal(refused.code, 104);
    assert.match(refused.stderr, /SCENARIO_AUTH_PLAINTEXT/);
    assert.doesNotMatch(refused.stderr, /sesame/);
    const allowed = ['--set', 'target.auth.allowPlaintext=true'];
    assertExit(await loadRun(t, ['--target', url, '--iterations', '2', ...allowed]), 0);
    assert.equal((await sink.totals()).messages, 2);
  });
});

function read(dir: string, file: keyof typeof RUN_FILES): string {
  return readFileSync(join(dir, RUN_FILES[file]), 'utf8');
}

function journal(dir: string): { readonly snapshot?: { readonly source: string } }[] {
  return read(dir, 'journal')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** Values behind one tag of a .hlog, read as any tool for such logs would. */
function histogramTotal(log: string, tag: string): number {
  const lines = log.split('\n').filter((line) => line.startsWith(`Tag=${tag}{`));
  return sum(lines, (line) => decodeFromCompressedBase64(line.split(',')[4] ?? '').totalCount);
}

function decoded(result: Result, metric: string): number {
  return decodeFromCompressedBase64(result.metrics[metric]?.histogram ?? '').totalCount;
}
