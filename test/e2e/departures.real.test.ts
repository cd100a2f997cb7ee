/**
 * Sessions that end on purpose, as a real Postfix logs them: `lost connection after COMMAND`, once for each session that
 * went away there. And sessions that stay: idle ones, beside a load.
 */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { eventually } from '../servers/eventually.js';
import { type Postfix, startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { runScenario } from './scenario-run.js';

const LOAD = { vus: 2, iterations: 6 };
const MESSAGE = [{ size: '64KiB' }];

describe('going away from Postfix', () => {
  test('at each phase, by FIN, RST or half-close, Postfix says where it lost us, and has no message', async (t) => {
    const postfix = await start(t);
    if (postfix === undefined) return;
    const target = { url: `smtp://127.0.0.1:${postfix.port}` };
    const wanted: Record<string, number> = {};
    for (const [abandon, command] of [
      [{ phase: 'CONNECT', how: 'drop' }, 'CONNECT'],
      [{ phase: 'EHLO', how: 'drop' }, 'EHLO'],
      [{ phase: 'MAIL', how: 'drop' }, 'MAIL'],
      [{ phase: 'RCPT', how: 'half-close' }, 'RCPT'],
      [{ phase: 'DATA', how: 'reset' }, 'DATA'],
      [{ phase: 'CONTENT', when: 'sent', how: 'drop', contentShare: 0.5 }, 'DATA'],
    ] as const) {
      const client = { abandon, pipelining: 'off', reconnectDelay: '1ms' };
      const { counts, outcomes } = await runScenario({ target, client, messages: MESSAGE }, LOAD);
      assert.equal(counts.accepted, 0);
      assert.equal(counts.interrupted, LOAD.iterations, JSON.stringify(outcomes));
      wanted[command] = (wanted[command] ?? 0) + LOAD.iterations;
    }
    const lost = await eventually(
      () => losses(postfix),
      (seen) => JSON.stringify(seen) === JSON.stringify(wanted),
    );
    assert.deepEqual(lost, wanted);
    assert.equal((await postfix.countsFromLog()).accepted, 0);
  });

  test('by QUIT after RCPT: Postfix counts the session as ended in order', async (t) => {
    const postfix = await start(t);
    if (postfix === undefined) return;
    const target = { url: `smtp://127.0.0.1:${postfix.port}` };
    const client = { abandon: { phase: 'RCPT', how: 'quit' }, reconnectDelay: '1ms' };
    const { counts } = await runScenario({ target, client }, LOAD);
    assert.equal(counts.interrupted, LOAD.iterations);
    const quits = async () =>
      (await postfix.log()).match(/ disconnect from .* rcpt=1 .*quit=1 /g)?.length ?? 0;
    assert.equal(await eventually(quits, (seen) => seen >= LOAD.iterations), LOAD.iterations);
    assert.deepEqual(await losses(postfix), {});
  });

  test('idle sessions stay beside the load and answer for themselves with NOOP', async (t) => {
    const postfix = await start(t, { smtpd_junk_command_limit: '100000' });
    if (postfix === undefined) return;
    const target = { url: `smtp://127.0.0.1:${postfix.port}` };
    const client = { idle: { sessions: 15, noopEvery: '200ms' } };
    const scenarios = { test: { executor: 'constant-vus', vus: 2, duration: '2s' } };
    const run = await runScenario({ target, client, scenarios }, LOAD);
    assert.ok(run.counts.accepted > 0 && run.counts.failed === 0, JSON.stringify(run.outcomes));
    const held = async () =>
      (await postfix.log()).match(/ disconnect from \S+ ehlo=1 noop=\d+ quit=1 /g)?.length ?? 0;
    assert.equal(await eventually(held, (seen) => seen >= 15), 15);
    assert.ok(run.replies('NOOP', 250) >= 15);
  });
});

async function start(
  t: TestContext,
  extra: Readonly<Record<string, string>> = {},
): Promise<Postfix | undefined> {
  if (!requireProgram(t, 'postfix')) return undefined;
  const postfix = await startPostfix({ extra });
  t.after(() => postfix.stop());
  return postfix;
}

/** How many sessions Postfix lost, by the last command it had. */
async function losses(postfix: Postfix): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [, command = ''] of (await postfix.log()).matchAll(/: lost connection after (\w+)/g)) {
    counts[command] = (counts[command] ?? 0) + 1;
  }
  return counts;
}
