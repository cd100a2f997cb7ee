/** A program as target, spoken to over its standard input and output: Postfix's `sendmail -bs`. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../servers/eventually.js';
import { startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { assertAddsUp, assertExit, loadRun, outcomesOf, scenarioFile } from './load-run.js';

const MESSAGES = 20;

test('sendmail -bs takes each message once, one process for each session', async (t) => {
  if (!requireProgram(t, 'postfix')) return;
  const postfix = await startPostfix();
  t.after(() => postfix.stop());
  const args = ['-C', join(postfix.dir, 'etc'), '-bs'].map((arg) => `arg=${encodeURIComponent(arg)}`);
  const file = await scenarioFile(t, {
    target: { url: `smtp+exec:///usr/sbin/sendmail?${args.join('&')}`, authorized: true },
    client: { messagesPerSession: 5 },
    scenarios: { test: { executor: 'shared-iterations', vus: 2, iterations: MESSAGES } },
  });
  const run = await loadRun(t, [file]);
  assertExit(run, 0);
  assertAddsUp(run.result);
  assert.equal(run.result.counts.accepted, MESSAGES);
  assert.ok((run.result.metrics.smtp_sessions?.values.count ?? 0) >= MESSAGES / 5);
  const queued = await eventually(
    async () => (await postfix.log()).match(/postfix\/pickup\[\d+\]: \w+: uid=/g)?.length ?? 0,
    (count) => count >= MESSAGES,
  );
  assert.equal(queued, MESSAGES);
});

test('a program that is not there fails the session, and ends as a failed run', async (t) => {
  const file = await scenarioFile(t, {
    target: { url: 'smtp+exec:///no/such/program?arg=-bs', authorized: true },
  });
  const run = await loadRun(t, [file]);
  assertExit(run, 99);
  assert.deepEqual(outcomesOf(run.result), [
    { outcome: 'failed', phase: 'GREETING', cause: 'closed', count: 1 },
  ]);
});
