/**
 * The main job on real input: `mailbench run` through a private Postfix, where the numbers of the run, of Postfix's own
 * log and of its queue have to agree to the message.
 */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type Postfix, type PostfixOptions, startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { assertAgrees } from './agrees.js';
import { startCliSink } from './cli-sink.js';
import {
  assertAddsUp,
  assertExit,
  type LoadRun,
  loadRun,
  outcomesOf,
  readMessages,
  scenarioFile,
} from './load-run.js';

const MESSAGES = 2_000;
const VUS = 20;

// Side by side, because starting, draining and stopping one is mostly waiting.
describe('mailbench run against a real Postfix', { concurrency: 3 }, () => {
  for (const pipelining of ['off', 'auto', 'coalesced']) {
    test(`pipelining ${pipelining}: run, log and queue agree on ${MESSAGES} messages over ${VUS} VUs`, async (t) => {
      const postfix = await start(t);
      if (postfix === undefined) return;
      const run = await loadRun(t, [...load(postfix), '--pipelining', pipelining, '--log-messages', 'all']);
      assertExit(run, 0);
      assertAddsUp(run.result);
      await assertAgrees(run, postfix, { messages: MESSAGES, copies: MESSAGES });

      const { metrics } = run.result;
      assert.equal(metrics.smtp_sessions?.values.count, VUS);
      assert.equal(metrics.smtp_message_duration?.n, MESSAGES);
      assert.equal(repliesTo(run, 'CONTENT', '250'), MESSAGES);
      assert.equal(repliesTo(run, 'MAIL', '250'), MESSAGES);
      // One session has one greeting, and says QUIT.
      assert.equal(repliesTo(run, 'GREETING', '220'), VUS);
      assert.equal(repliesTo(run, 'QUIT', '221'), VUS);
    });
  }

  for (const kind of ['mailbench', 'nodemailer']) {
    test(`a limit on one client is named and not taken for capacity, with ${kind}`, async (t) => {
      const extra = {
        smtpd_client_event_limit_exceptions: '',
        smtpd_client_connection_limit_exceptions: '',
        smtpd_client_connection_count_limit: '2',
        smtpd_client_message_rate_limit: '20',
      };
      const postfix = await start(t, { extra });
      if (postfix === undefined) return;
      const file = await scenarioFile(t, {
        target: { url: urlOf(postfix) },
        client: { kind, messagesPerSession: 50 },
        scenarios: { a: { executor: 'shared-iterations', vus: 6, iterations: 60 } },
      });
      const run = await loadRun(t, [file]);
      assertAddsUp(run.result);
      for (const limit of ['postfix-connections', 'postfix-message-rate']) {
        const met = run.result.metrics[`smtp_server_limits{limit:${limit}}`];
        assert.ok((met?.values.count ?? 0) > 0, limit);
      }
      assert.match(run.stdout, /SERVER LIMIT ON THIS CLIENT/);
      assert.match(run.stdout.replace(/\s+/g, ' '), /Postfix, smtpd_client_message_rate_limit \(\d+ repl/);
      assert.match(run.stdout, /smtpd_client_connection_count_limit/);
    });
  }

  test('relayed to mailbench sink, every message arrives there once', async (t) => {
    const sink = await startCliSink(t);
    const postfix = await start(t, { relayPort: sink.port });
    if (postfix === undefined) return;
    const run = await loadRun(t, [...load(postfix), '--workers', '2']);
    assertExit(run, 0);
    assertAddsUp(run.result);
    await assertAgrees(run, postfix, { messages: MESSAGES, copies: MESSAGES });
    const { messages, recipients } = await sink.totals();
    assert.deepEqual({ messages, recipients }, { messages: MESSAGES, recipients: MESSAGES });
  });

  test('a file with a mix of messages, several recipients each and short sessions', async (t) => {
    const postfix = await start(t);
    if (postfix === undefined) return;
    const file = await scenarioFile(t, {
      target: { url: urlOf(postfix) },
      client: { messagesPerSession: { min: 1, max: 5 } },
      messages: [
        { weight: 3, size: '2KiB' },
        {
          template: {
            subject: 'Invoice {{seq}}',
            text: '.a line that begins with a dot\n.\nlast line',
            html: '<p>Grüße</p>',
          },
        },
        { weight: 0.1, size: '300KiB' },
      ],
      envelope: {
        from: '',
        to: { address: 'user{{n}}@{{domain}}', domains: ['a.example.test', 'b.example.test'], perMessage: 3 },
      },
      scenarios: { mix: { executor: 'per-vu-iterations', vus: 8, iterations: 25 } },
      thresholds: { smtp_message_failed: ['rate==0'] },
    });
    const run = await loadRun(t, [file, '--log-messages', 'all']);
    assertExit(run, 0);
    assertAddsUp(run.result);
    await assertAgrees(run, postfix, { messages: 200, copies: 600 });
  });

  test('at a rate, over STARTTLS with its own certificate', async (t) => {
    const postfix = await start(t, { tls: true, extra: { smtpd_tls_loglevel: '1' } });
    if (postfix === undefined) return;
    const file = await scenarioFile(t, {
      target: { url: urlOf(postfix), tls: { mode: 'starttls', verify: false } },
      client: { messagesPerSession: 20 },
      scenarios: {
        peak: {
          executor: 'constant-arrival-rate',
          rate: 100,
          duration: '3s',
          preAllocatedVUs: 20,
          maxVUs: 50,
        },
      },
    });
    const run = await loadRun(t, [file, '--log-messages', 'all']);
    assertExit(run, 0);
    assertAddsUp(run.result);
    const { scheduled, accepted, begun } = run.result.counts;
    assert.deepEqual([scheduled, begun], [300, accepted]);
    await assertAgrees(run, postfix, { messages: accepted, copies: accepted });
    const sessions = run.result.metrics.smtp_sessions?.values.count ?? 0;
    assert.equal(run.result.metrics.smtp_tls_handshakes?.values.count, sessions);
    const log = await postfix.log();
    assert.equal(log.match(/Anonymous TLS connection established/g)?.length, sessions);

    // With the certificate among those that are trusted, it is verified.
    const args = ['--target', urlOf(postfix), '--set', 'target.tls.mode=starttls', '--iterations', '3'];
    const trusting = { env: { NODE_EXTRA_CA_CERTS: postfix.certificatePath ?? '' } };
    const [verified, unverified] = await Promise.all([loadRun(t, args, trusting), loadRun(t, args)]);
    assert.equal(verified.result.counts.accepted, 3);
    assert.deepEqual(outcomesOf(unverified.result), [
      { outcome: 'failed', phase: 'tls', cause: 'tls', count: 3 },
    ]);
  });

  test('recipients it refuses are counted, classed as relaying, and a success where they were wanted', async (t) => {
    const extra = {
      mynetworks: '192.0.2.0/24',
      smtpd_relay_restrictions: 'permit_mynetworks, reject_unauth_destination',
      // It slows down and then hangs up on clients that err too often.
      smtpd_error_sleep_time: '0',
      smtpd_soft_error_limit: '10000',
      smtpd_hard_error_limit: '10000',
    };
    const postfix = await start(t, { extra });
    if (postfix === undefined) return;
    const to = (expect: object) => [
      { weight: 1, address: 'user{{n}}@inside.example.test' },
      { weight: 1, address: 'user{{n}}@elsewhere.test', ...expect },
    ];
    const file = async (expect: object) =>
      scenarioFile(t, {
        target: { url: urlOf(postfix) },
        envelope: { to: to(expect) },
        scenarios: { mix: { executor: 'shared-iterations', vus: 5, iterations: 200 } },
        thresholds: { smtp_message_failed: ['rate==0'] },
      });
    const unwanted = await loadRun(t, [await file({}), '--seed', '1']);
    assertExit(unwanted, 99);
    assertAddsUp(unwanted.result);
    const { accepted, rejected } = unwanted.result.counts;
    assert.ok(accepted > 50 && rejected > 50, `${accepted} accepted, ${rejected} rejected`);
    const row = unwanted.result.outcomes.find(({ outcome }) => outcome === 'rejected');
    assert.deepEqual(
      [
        row?.phase,
        row?.scope,
        row?.code,
        row?.enhanced,
        row?.class,
        row?.permanence,
        row?.expected,
        row?.count,
      ],
      ['RCPT', 'recipient', 554, '5.7.1', 'relay_denied', '5yz', false, rejected],
    );
    assert.match(row?.sample ?? '', /Relay access denied/);
    const refusedMessages = readMessages(unwanted.dir).filter(({ outcome }) => outcome === 'rejected');
    assert.equal(refusedMessages.length, rejected);
    assert.ok(refusedMessages.every(({ recipients }) => recipients[0]?.endsWith('@elsewhere.test')));

    const expect = { outcome: 'rejected', enhanced: '5.7.1', class: 'relay_denied' };
    const wanted = await loadRun(t, [await file({ expect }), '--seed', '1']);
    assertExit(wanted, 0);
    assert.deepEqual([wanted.result.counts.accepted, wanted.result.counts.rejected], [accepted, rejected]);
    assert.equal(wanted.result.metrics.checks?.values.rate, 1);

    await postfix.waitForEmptyQueue();
    assert.equal((await postfix.countsFromLog()).accepted, 2 * accepted);
    assert.equal((await postfix.log()).match(/NOQUEUE: reject: RCPT/g)?.length, 2 * rejected);
  });

  test('a message over its size limit is refused at MAIL by the SIZE it announces', async (t) => {
    const postfix = await start(t, { extra: { message_size_limit: '10240' } });
    if (postfix === undefined) return;
    const run = await loadRun(t, ['--target', urlOf(postfix), '--size', '64KiB', '--iterations', '3']);
    assertExit(run, 99);
    assertAddsUp(run.result);
    const [row] = run.result.outcomes;
    assert.deepEqual([row?.phase, row?.code, row?.class, row?.count], ['MAIL', 552, 'size', 3]);
    assert.equal((await postfix.countsFromLog()).accepted, 0);
  });
});

/** A Postfix that ends with the test; undefined after skipping it where there is none. */
async function start(t: TestContext, options?: PostfixOptions): Promise<Postfix | undefined> {
  if (!requireProgram(t, 'postfix')) return undefined;
  const postfix = await startPostfix(options);
  t.after(() => postfix.stop());
  return postfix;
}

function urlOf({ host, port }: Postfix): string {
  return `smtp://${host}:${port}`;
}

function load(postfix: Postfix): string[] {
  return ['--target', urlOf(postfix), '--vus', `${VUS}`, '--iterations', `${MESSAGES}`, '--size', '1KiB'];
}

/** How often the server answered a command with this code. */
function repliesTo({ result }: LoadRun, command: string, code: string): number {
  const keys = Object.keys(result.metrics).filter((key) => /^smtp_replies\{/.test(key));
  const wanted = keys.filter((key) => key.includes(`code:${code},`) && key.includes(`command:${command},`));
  return wanted.reduce((total, key) => total + (result.metrics[key]?.values.count ?? 0), 0);
}
