/** README's "Did it arrive?" through a server that relays: a Postfix with the settings it comes with. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from '../free-port.js';
import { startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { assertAddsUp, assertExit, loadRun } from './load-run.js';

const RELIABILITY = fileURLToPath(new URL('../../scenarios/reliability.yaml', import.meta.url));

test('reliability through a Postfix: what it accepted arrives once and whole, though its receiver has a bad day', async (t) => {
  if (!requireProgram(t, 'postfix')) return;
  const port = await freePort();
  const postfix = await startPostfix({ relayPort: port });
  t.after(() => postfix.stop());
  const target = ['--target', `smtp://${postfix.host}:${postfix.port}`];
  const run = await loadRun(t, [
    ...[RELIABILITY, '--seed', '7'],
    ...[...target, '--set', `delivery.sink.listen=127.0.0.1:${port}`],
  ]);
  assertExit(run, 0);
  assertAddsUp(run.result);
  const { delivery } = run.result;
  assert.deepEqual([delivery?.accepted, delivery?.delivered], [1_600, 1_600]);
  await postfix.waitForEmptyQueue();
  const { sent } = await postfix.countsFromLog();
  assert.equal(sent, 1_600);
});
