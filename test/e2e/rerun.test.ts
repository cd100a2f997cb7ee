import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import type { Receipt } from '#src/delivery/receipt.js';
import { readRerunFile } from '#src/result/rerun-file.js';
import { readResult } from '#src/result/run-directory.js';
import { type CliOptions, runCli } from '../cli.js';
import { temporaryDir } from '../tmp.js';
import { startCliSink } from './cli-sink.js';
import { assertExit, type LoadRun, loadRun, scenarioFile } from './load-run.js';

const SCENARIO = {
  name: 'again',
  messages: [{ weight: 3, size: '2KiB' }, { size: '9KiB' }],
  envelope: {
    from: 'bounce-{{seq}}@sender.example.test',
    to: {
      address: 'user{{n}}@{{domain}}',
      domains: { 'a.example.test': 3, 'b.example.test': 1 },
      users: 500,
    },
  },
  scenarios: { a: { executor: 'shared-iterations', vus: 3, iterations: 60 } },
  delivery: { expect: 'sink' },
};

describe('mailbench rerun', { concurrency: 2 }, () => {
  test('sends what the run sent, to the same recipients, with the same seed, workers and log', async (t) => {
    const file = await scenarioFile(t, SCENARIO);
    const first = await loadRun(t, [file, '--workers', '2', '--tag', 'build=42', '--log-messages', 'all']);
    assertExit(first, 0);
    // `latest` will be another one.
    const sent = sentIn(first);
    rmSync(file);
    const second = await rerunOf(first, ['--quiet']);
    assertExit(second, 0);
    assert.deepEqual([second.stdout, second.stderr], ['', '']);
    assert.notEqual(second.result.run.id, first.result.run.id);
    assert.deepEqual(second.result.scenario, first.result.scenario);
    const { seed, tags, host, name } = second.result.run;
    assert.deepEqual([seed, tags, host.workers, name], [first.result.run.seed, { build: '42' }, 2, 'again']);
    assert.deepEqual(sentIn(second), sent);
    assert.equal(sentIn(second).length, 60);
    assert.equal(readRerunFile(second.dir).of, first.result.run.id);
    const third = await rerunOf(second, ['--set', 'seed=8', '--set', 'name=other']);
    assert.deepEqual([third.result.run.seed, third.result.run.name], [8, 'other']);
    assert.notDeepEqual(sentIn(third), sent);
  });

  test('latest and the id of a run mean those in reports/, and the new run lies beside the old one', async (t) => {
    const cwd = dirname(await scenarioFile(t, {}));
    assert.equal((await runCli(['run', '--workers', '1', '--quiet'], { cwd })).code, 0);
    const { id } = readResult(join(cwd, 'reports/latest')).run;
    const again = await runCli(['rerun', 'latest'], { cwd });
    assert.match(again.stdout, /report: reports\/.*report\.html/);
    assert.notEqual(readResult(join(cwd, 'reports/latest')).run.id, id);
    const byId = await runCli(['rerun', id, '--out', 'other', '--quiet'], { cwd });
    assert.equal(byId.code, 0);
    assert.equal(readRerunFile(join(cwd, 'other/latest')).of, id);
    const inside = await runCli(['rerun', '.', '--quiet'], { cwd: join(cwd, 'reports', id) });
    assert.equal(inside.code, 0, inside.stderr);
    assert.equal(readRerunFile(join(cwd, 'reports/latest')).of, id);
  });

  test('says which files have changed since', async (t) => {
    const file = await scenarioFile(t, {
      messages: [
        { template: { subject: 's', text: 't', attachments: [{ path: 'a.txt' }, { path: 'b.txt' }] } },
      ],
    });
    const beside = (name: string) => join(dirname(file), name);
    for (const name of ['a.txt', 'b.txt']) writeFileSync(beside(name), 'as it was');
    const first = await loadRun(t, [file]);
    const same = await rerunOf(first, []);
    assert.doesNotMatch(same.stderr, /warning/);
    writeFileSync(beside('a.txt'), 'as it is');
    const second = await rerunOf(first, []);
    assert.match(second.stderr, /^warning: \S*a\.txt has changed since that run\.$/m);
    assert.doesNotMatch(second.stderr, /b\.txt/);
    rmSync(beside('b.txt'));
    const { code, stderr } = await runCli(['rerun', first.dir]);
    assert.equal(code, 104);
    assert.match(stderr, /b\.txt cannot be read any more[\s\S]*SCENARIO_ATTACHMENT/);
  });

  test('takes a password from where it came from, and asks for one that stood in the scenario', async (t) => {
    const sink = await startCliSink(t, ['--auth', 'alice:open-sesame']);
    const target = (pass: string) => ({
      target: {
        url: `smtp://127.0.0.1:${sink.port}`,
        auth: { method: 'plain', user: 'alice', pass, allowPlaintext: true },
      },
    });
    const env = { env: { SMTP_PASS: 'open-sesame' } };
    const byReference = await loadRun(t, [await scenarioFile(t, target('${SMTP_PASS}'))], env);
    assert.equal((await rerunOf(byReference, [], env)).result.counts.accepted, 1);
    const unset = await runCli(['rerun', byReference.dir]);
    assert.match(unset.stderr, /run \S+ target\.auth\.pass: needs the environment variable SMTP_PASS/);
    const literal = await loadRun(t, [await scenarioFile(t, target('open-sesame'))]);
    assert.equal(literal.result.counts.accepted, 1);
    const { code, stderr } = await runCli(['rerun', literal.dir]);
    assert.equal(code, 104);
    assert.match(
      stderr,
      /target\.auth\.pass: stood in the scenario itself.*\n.*--set 'target\.auth\.pass=\$\{NAME\}'/,
    );
    const given = await rerunOf(literal, ['--set', 'target.auth.pass=${SMTP_PASS}'], env);
    assert.equal(given.result.counts.accepted, 1);
    assert.doesNotMatch(readFileSync(join(literal.dir, 'rerun.json'), 'utf8'), /open-sesame/);
  });

  test('says so of a corpus, by the names and sizes in it', async (t) => {
    const file = await scenarioFile(t, { messages: [{ corpus: 'mail' }] });
    const mail = join(dirname(file), 'mail');
    mkdirSync(mail);
    writeFileSync(join(mail, 'a.eml'), 'Subject: a\r\n\r\nx\r\n');
    const first = await loadRun(t, [file]);
    assert.equal(first.result.counts.accepted, 1);
    assert.doesNotMatch((await rerunOf(first, [])).stderr, /warning: .*mail/);
    writeFileSync(join(mail, 'b.eml'), 'Subject: b\r\n\r\nx\r\n');
    assert.match((await rerunOf(first, [])).stderr, /^warning: \S*mail has changed since that run\.$/m);
  });

  test('from another machine finds its files from the working folder on, and lies in reports/', async (t) => {
    const file = await scenarioFile(t, {
      messages: [{ template: { subject: 's', text: 't', attachments: [{ path: 'sub/a.txt' }] } }],
    });
    mkdirSync(join(dirname(file), 'sub'));
    writeFileSync(join(dirname(file), 'sub/a.txt'), 'as it was');
    const first = await loadRun(t, [file]);
    const cwd = await temporaryDir(t);
    cpSync(first.dir, join(cwd, 'artifact'), { recursive: true, dereference: true });
    rmSync(dirname(file), { recursive: true });
    mkdirSync(join(cwd, 'sub'));
    writeFileSync(join(cwd, 'sub/a.txt'), 'as it is');
    const { code, stderr } = await runCli(['rerun', 'artifact'], { cwd });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^warning: \S*sub\/a\.txt has changed since that run\.$/m);
    assert.equal(readRerunFile(join(cwd, 'reports/latest')).of, first.result.run.id);
  });

  test('of scenario code calls its functions again, over the words of then', async (t) => {
    const folder = await temporaryDir(t);
    const file = join(folder, 'scenario.mjs');
    const code = (subject: string) => `export default {
      scenarios: { a: { executor: 'shared-iterations', iterations: 4 } },
      envelope: { each: ({ number }) => ({ from: '', to: ['user' + number + '@a.example.test'] }) },
      message: ({ number }) => ({ subject: '${subject}', text: 'number ' + number }),
      delivery: { expect: 'sink' },
    };`;
    writeFileSync(file, code('one'));
    const first = await loadRun(t, [file, '--set', 'scenarios.a.iterations=6']);
    assertExit(first, 0);
    const sent = sentIn(first);
    assert.equal(sent.length, 6);
    const second = await rerunOf(first, []);
    assert.doesNotMatch(second.stderr, /warning/);
    assert.deepEqual(sentIn(second), sent);
    assert.deepEqual(second.result.scenario, first.result.scenario);
    writeFileSync(file, code('two'));
    assert.match((await rerunOf(first, [])).stderr, /scenario\.mjs has changed since that run/);
  });

  test('of what is no run, or of one without its rerun.json, says so', async (t) => {
    const { code, stderr } = await runCli(['rerun', 'no-such-run']);
    assert.deepEqual([code, /RESULT_NOT_FOUND/.test(stderr)], [104, true]);
    const run = await loadRun(t, ['--iterations', '1']);
    writeFileSync(join(run.dir, 'rerun.json'), '{"v":1,"more":2}');
    const changed = await runCli(['rerun', run.dir]);
    assert.deepEqual([changed.code, /RERUN_FILE_UNREADABLE/.test(changed.stderr)], [104, true]);
    rmSync(join(run.dir, 'rerun.json'));
    const missing = await runCli(['rerun', run.dir]);
    assert.match(missing.stderr, /ENOENT[\s\S]*Run the scenario file/);
  });
});

/** Repeated beside the first, and read back. */
async function rerunOf(first: LoadRun, args: readonly string[], options?: CliOptions): Promise<LoadRun> {
  const directory = join(dirname(first.dir), first.result.run.id);
  const ended = await runCli(['rerun', directory, ...args], options);
  const dir = join(dirname(first.dir), 'latest');
  const result = readResult(dir);
  assert.notEqual(result.run.id, basename(directory), `exit ${ended.code}: ${ended.stderr}`);
  return { ...ended, dir: join(dirname(first.dir), result.run.id), result };
}

/** What arrived, by number: from whom, to whom, how large, and the digest of its body. */
function sentIn({ dir }: LoadRun): unknown[] {
  const lines = readFileSync(join(dir, 'receipts.ndjson'), 'utf8').trimEnd().split('\n');
  const receipts = lines.map((line) => JSON.parse(line)).filter((line) => !('ack' in line)) as Receipt[];
  const byNumber = receipts.sort((a, b) => (a.number ?? 0) - (b.number ?? 0));
  return byNumber.map(({ number, from, rcpt, bytes, digest }) => ({ number, from, rcpt, bytes, digest }));
}
