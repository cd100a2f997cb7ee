/**
 * What a run counts is what stands in Postfix's log: messages taken and copies delivered, in every executor, run to its end and
 * stopped by Ctrl-C. No tolerance. After Ctrl-C twice Postfix may have taken what was in doubt, and nothing else.
 */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertAddsUp, type LoadRun, loadRun, scenarioFile, startLoadRun } from '../e2e/load-run.js';
import { type Postfix, startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { EVERY_EXECUTOR, endless, underway } from './every-executor.js';

describe('the counts of a run and those of Postfix', { concurrency: 1 }, () => {
  for (const [name, spec] of Object.entries(EVERY_EXECUTOR)) {
    test(`${name}: are equal at its end, and after Ctrl-C; twice leaves only what was in doubt`, async (t) => {
      if (!requireProgram(t, 'postfix')) return;
      const postfix = await startPostfix();
      t.after(() => postfix.stop());
      const whole = await loadRun(t, [await scenario(t, postfix, spec), '--workers', '2', '--seed', '3'], {
        timeoutMs: 90_000,
      });
      const { counts } = whole.result;
      assertAddsUp(whole.result);
      const first = await told(postfix);
      assert.deepEqual([first.accepted, first.sent], [counts.accepted, counts.acceptedCopies]);

      const stopped = await interrupted(t, postfix, { spec, times: 1 });
      assertAddsUp(stopped.result);
      const second = await told(postfix);
      assert.deepEqual(
        [second.accepted - first.accepted, second.sent - first.sent],
        [stopped.result.counts.accepted, stopped.result.counts.acceptedCopies],
      );

      const cut = await interrupted(t, postfix, { spec, times: 2 });
      assertAddsUp(cut.result);
      const { accepted, inDoubt } = cut.result.counts;
      const taken = (await told(postfix)).accepted - second.accepted;
      assert.ok(
        taken >= accepted && taken <= accepted + inDoubt,
        `${taken} taken, ${accepted} accepted, ${inDoubt} in doubt`,
      );
    });
  }
});

async function told(postfix: Postfix) {
  await postfix.waitForEmptyQueue();
  return postfix.countsFromLog();
}

function scenario(t: TestContext, { host, port }: Postfix, spec: object): Promise<string> {
  return scenarioFile(t, {
    target: { url: `smtp://${host}:${port}` },
    client: { messagesPerSession: { 1: 1, 20: 9 } },
    messages: [{ size: '2KiB' }],
    envelope: { to: { perMessage: { 1: 4, 3: 1 } } },
    scenarios: { all: spec },
  });
}

async function interrupted(
  t: TestContext,
  postfix: Postfix,
  { spec, times }: { readonly spec: object; readonly times: number },
): Promise<LoadRun> {
  const running = await startLoadRun(t, [await scenario(t, postfix, endless(spec)), '--workers', '2'], {
    timeoutMs: 90_000,
  });
  await underway(running.out);
  for (let sent = 0; sent < times; sent++) {
    running.child.kill('SIGINT');
    await sleep(20);
  }
  const run = await running.ended();
  assert.equal(run.code, 105, run.stderr);
  return run;
}
