/**
 * Messages tried again at a real Postfix: after greylisting, and after a 421 on a session that had served before.
 * The log decides what arrived, so that nothing is lost and nothing is there twice.
 */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type PolicyRequest, startPolicyServer } from '../servers/policy-server.js';
import { type Postfix, startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { runScenario } from './scenario-run.js';

const MESSAGES = 200;
const LOAD = { vus: 5, iterations: MESSAGES };

describe('trying again at Postfix', { concurrency: 3 }, () => {
  test('greylisting: each triple is deferred once and accepted at the second attempt', async (t) => {
    const known = new Set<string>();
    const postfix = await start(
      t,
      'smtpd_recipient_restrictions',
      ({ client_address, sender, recipient }) => {
        const triple = `${client_address} ${sender} ${recipient}`;
        if (known.has(triple)) return 'DUNNO';
        known.add(triple);
        return 'DEFER_IF_PERMIT 4.2.0 Greylisted, please try again in 1 second';
      },
    );
    if (postfix === undefined) return;
    const target = { url: `smtp://127.0.0.1:${postfix.port}` };
    const retries = { attempts: 3, delay: '200ms' };
    const run = await runScenario({ target, client: { retries } }, LOAD);
    assert.equal(run.counts.accepted, MESSAGES, JSON.stringify(run.outcomes));
    assert.equal(run.counts.begun, MESSAGES);
    assert.equal(run.counter('smtp_attempts'), 2 * MESSAGES);
    assert.equal(known.size, MESSAGES);
    await assertTaken(postfix, MESSAGES);

    // Without retries the same server refuses them all.
    known.clear();
    const once = await runScenario({ target }, LOAD);
    const seen = once.outcomes.map(({ outcome, phase, code, count, ...row }) => [
      ...[outcome, phase, code, row.class, count],
    ]);
    assert.deepEqual(seen, [['rejected', 'RCPT', 450, 'greylisted', MESSAGES]]);
    await assertTaken(postfix, MESSAGES);
  });

  for (const [where, restrictions] of [
    ['RCPT', 'smtpd_recipient_restrictions'],
    ['the content', 'smtpd_end_of_data_restrictions'],
  ] as const) {
    test(`a 421 to ${where} on a reused session: once more on a new one, nothing lost or doubled`, async (t) => {
      const served = new Map<string, number>();
      const postfix = await start(t, restrictions, ({ client_port = '' }) => {
        const messages = (served.get(client_port) ?? 0) + 1;
        served.set(client_port, messages);
        return messages > 7 ? '421 4.3.2 Seven are enough for one session' : 'DUNNO';
      });
      if (postfix === undefined) return;
      const target = { url: `smtp://127.0.0.1:${postfix.port}` };
      const run = await runScenario(
        { target, client: { retries: { attempts: 1, reusedSession: true } } },
        LOAD,
      );
      assert.equal(run.counts.accepted, MESSAGES, JSON.stringify(run.outcomes));
      const refusals = [...served.values()].filter((messages) => messages > 7).length;
      assert.ok(refusals >= MESSAGES / 7 - LOAD.vus, `${refusals}`);
      assert.equal(run.replies(where === 'RCPT' ? 'RCPT' : 'CONTENT', 421), refusals);
      assert.equal(run.counter('smtp_attempts'), MESSAGES + refusals);
      await assertTaken(postfix, MESSAGES);

      // Without retries such a message is lost to the run.
      served.clear();
      const strict = await runScenario({ target }, LOAD);
      assert.ok(strict.counts.rejected > 0);
      assert.equal(strict.counts.accepted + strict.counts.rejected, MESSAGES);
      await assertTaken(postfix, MESSAGES + strict.counts.accepted);
    });
  }

  test('RSET, NOOP and VRFY between messages are answered, and Postfix counts them too', async (t) => {
    const extra = { smtpd_junk_command_limit: '100000' };
    const postfix = await start(t, 'smtpd_recipient_restrictions', () => 'DUNNO', extra);
    if (postfix === undefined) return;
    const target = { url: `smtp://127.0.0.1:${postfix.port}` };
    const steps = ['NOOP', 'VRFY user1@rcpt.example.test'];
    const run = await runScenario({ target, client: { rset: true, steps } }, LOAD);
    assert.equal(run.counts.accepted, MESSAGES, JSON.stringify(run.outcomes));
    assert.deepEqual(
      [run.replies('NOOP', 250), run.replies('VRFY', 252), run.replies('RSET', 250)],
      [MESSAGES, MESSAGES, MESSAGES],
    );
    await assertTaken(postfix, MESSAGES);
    assert.deepEqual(await commandsIn(await postfix.log()), {
      noop: MESSAGES,
      vrfy: MESSAGES,
      rset: MESSAGES,
    });
  });
});

/** A Postfix that asks `decide` in these restrictions; undefined after skipping the test. */
async function start(
  t: TestContext,
  restrictions: string,
  decide: (request: PolicyRequest) => string,
  extra: Readonly<Record<string, string>> = {},
): Promise<Postfix | undefined> {
  if (!requireProgram(t, 'postfix')) return undefined;
  const policy = await startPolicyServer(decide);
  t.after(() => policy.stop());
  const postfix = await startPostfix({
    extra: {
      [restrictions]: policy.restriction,
      smtpd_error_sleep_time: '0',
      smtpd_soft_error_limit: '10000',
      smtpd_hard_error_limit: '10000',
      ...extra,
    },
  });
  t.after(() => postfix.stop());
  return postfix;
}

async function assertTaken(postfix: Postfix, messages: number): Promise<void> {
  await postfix.waitForEmptyQueue();
  const { accepted, sent, unfinished } = await postfix.countsFromLog();
  assert.deepEqual({ accepted, sent, unfinished }, { accepted: messages, sent: messages, unfinished: 0 });
}

/** What the `disconnect` lines of the log say of commands between messages. */
async function commandsIn(log: string): Promise<Record<string, number>> {
  const lines = log.split('\n').filter((line) => line.includes(': disconnect from '));
  const count = (command: string) =>
    lines.reduce((sum, line) => sum + Number(new RegExp(` ${command}=(\\d+)`).exec(line)?.[1] ?? 0), 0);
  return { noop: count('noop'), vrfy: count('vrfy'), rset: count('rset') };
}
