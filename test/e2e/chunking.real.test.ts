/**
 * BDAT with a window of transactions in flight (RFC 3030) at servers that offer CHUNKING: what the run counted is what
 * the server's log, queue and next hop counted, when a session is cut in the middle too.
 */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type Dovecot, startDovecot } from '../servers/dovecot.js';
import { eventually } from '../servers/eventually.js';
import { startExim } from '../servers/exim.js';
import { startPolicyServer } from '../servers/policy-server.js';
import { type Postfix, type PostfixOptions, startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { assertAgrees } from './agrees.js';
import { startCliSink } from './cli-sink.js';
import { assertAddsUp, assertExit, type LoadRun, loadRun, scenarioFile } from './load-run.js';
import { runScenario } from './scenario-run.js';

const MESSAGES = 2_000;
const FEWER = 500;
const WINDOW = { chunking: true, window: 16 };

describe('BDAT with a window', { concurrency: 3 }, () => {
  for (const [chunking, messages] of [
    [true, MESSAGES],
    ['1KiB', FEWER],
  ] as const) {
    test(`Postfix, chunking ${chunking}: run, log and queue agree on ${messages} messages`, async (t) => {
      const postfix = await start(t);
      if (postfix === undefined) return;
      const client = { ...WINDOW, chunking };
      const run = await load(t, `smtp://127.0.0.1:${postfix.port}`, { client }, messages);
      await assertAgrees(run, postfix, { messages, copies: messages });
    });
  }

  test('Postfix, several recipients, some refused: the copies agree', async (t) => {
    const postfix = await start(t, {
      extra: {
        smtpd_recipient_restrictions:
          'check_recipient_access inline:{ { user3@rcpt.example.test = REJECT } }',
        smtpd_error_sleep_time: '0',
        smtpd_soft_error_limit: '100000',
        smtpd_hard_error_limit: '100000',
      },
    });
    if (postfix === undefined) return;
    const to = { address: 'user{{n}}@rcpt.example.test', users: 4, perMessage: 2 };
    const run = await load(t, `smtp://127.0.0.1:${postfix.port}`, { client: WINDOW, envelope: { to } });
    const { accepted, partial, acceptedCopies, refused } = run.result.counts;
    assert.deepEqual([accepted, acceptedCopies + refused], [FEWER, 2 * FEWER]);
    assert.equal(partial, refused);
    assert.ok(refused > FEWER / 4);
    await assertAgrees(run, postfix, { messages: FEWER, copies: acceptedCopies });
  });

  test('Dovecot submission: the next hop has each message once', async (t) => {
    for (const name of ['dovecot', 'Dovecot submission', 'Dovecot LMTP'] as const) {
      if (!requireProgram(t, name)) return;
    }
    const sink = await startCliSink(t);
    const dovecot: Dovecot = await startDovecot({ relayPort: sink.port });
    t.after(() => dovecot.stop());
    const auth = { method: 'scram-sha-256', user: 'alice', pass: 'secret' };
    const target = { url: `smtp://127.0.0.1:${dovecot.submissionPort}`, auth };
    // Dovecot 2.3.19 panics when a transaction comes before the last one is over, so there is no window here.
    const run = await load(t, target.url, { target, client: { chunking: true } });
    assert.equal(run.result.counts.accepted, FEWER);
    const relayed = await eventually(
      async () => (await dovecot.log()).match(/Successfully relayed message:/g)?.length,
      (count) => count === FEWER,
    );
    assert.equal(relayed, FEWER);
    assert.equal((await sink.totals()).messages, FEWER);
  });

  test('Exim: the log has each message once', async (t) => {
    if (!requireProgram(t, 'Exim')) return;
    const exim = await startExim();
    t.after(() => exim.stop());
    const run = await runScenario(
      { target: { url: `smtp://127.0.0.1:${exim.port}` }, client: { ...WINDOW, chunking: '700B' } },
      { vus: 4, iterations: 300 },
    );
    assert.equal(run.counts.accepted, 300, JSON.stringify(run.outcomes));
    assert.equal((await exim.log()).match(/ <= .* K /g)?.length, 300);
  });

  test('Postfix, cut by 421 in the middle of windows: what was accepted is in the log, the rest is in doubt', async (t) => {
    const served = new Map<string, number>();
    const policy = await startPolicyServer(({ client_port = '' }) => {
      const messages = (served.get(client_port) ?? 0) + 1;
      served.set(client_port, messages);
      return messages > 50 ? '421 4.3.2 Fifty are enough for one session' : 'DUNNO';
    });
    t.after(() => policy.stop());
    const postfix = await start(t, { extra: { smtpd_recipient_restrictions: policy.restriction } });
    if (postfix === undefined) return;
    const retries = { attempts: 1, reusedSession: true };
    const { counts, outcomes } = await runScenario(
      { target: { url: `smtp://127.0.0.1:${postfix.port}` }, client: { ...WINDOW, retries } },
      { vus: 4, iterations: 1_000 },
    );
    const { accepted, rejected, failed, inDoubt } = counts;
    assert.equal(accepted + rejected + failed, 1_000, JSON.stringify(outcomes));
    assert.ok(accepted > 500, JSON.stringify(outcomes));
    // What was in flight behind the 421 had been sent; Postfix may have taken it before it hung up (RFC 1047).
    assert.equal(inDoubt, failed, JSON.stringify(outcomes));
    await postfix.waitForEmptyQueue();
    const log = await postfix.countsFromLog();
    assert.ok(
      log.accepted >= accepted && log.accepted <= accepted + inDoubt,
      JSON.stringify({ log, counts }),
    );
  });
});

async function start(t: TestContext, options?: PostfixOptions): Promise<Postfix | undefined> {
  if (!requireProgram(t, 'postfix')) return undefined;
  const postfix = await startPostfix(options);
  t.after(() => postfix.stop());
  return postfix;
}

/** The command line with these words, 20 VUs and no DATA. */
async function load(t: TestContext, url: string, scenario: object, iterations = FEWER): Promise<LoadRun> {
  const file = await scenarioFile(t, {
    target: { url },
    messages: [{ size: '2KiB' }],
    scenarios: { test: { executor: 'shared-iterations', vus: 20, iterations } },
    ...scenario,
  });
  const run = await loadRun(t, [file, '--log-messages', 'all']);
  assertExit(run, 0);
  assertAddsUp(run.result);
  const commands = Object.keys(run.result.metrics).filter((key) => key.startsWith('smtp_replies{'));
  assert.ok(!commands.some((key) => key.includes('command:DATA')), 'no DATA was sent');
  return run;
}
