import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { foldRunDirectory } from '#src/result/fold.js';
import { readResult } from '#src/result/run-directory.js';

const example = fileURLToPath(new URL('../../reports/example', import.meta.url));

test('the published run is the fold of its journal, without a warning', async () => {
  const { result, warnings } = await foldRunDirectory(example);
  assert.deepEqual(readResult(example), result);
  assert.deepEqual(warnings, []);
});

test('the published run completed on a healthy generator and names no real host', () => {
  const { run, health } = readResult(example);
  assert.deepEqual([run.status, health.verdict, run.host.hostname], ['completed', 'ok', 'example']);
});
