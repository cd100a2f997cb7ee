/** Thresholds over windows: a stall in mid-run that the percentile of the whole run does not show. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { readResult } from '#src/result/run-directory.js';
import { runCli } from '../cli.js';
import { assertExit, loadRun, scenarioFile } from './load-run.js';

test('a stall in mid-run fails the window, although the whole run passes, and a rebuilt result says the same', async (t) => {
  const file = await scenarioFile(t, {
    delivery: { expect: 'sink', sink: { behaviours: 'stall.yaml' } },
    scenarios: {
      steady: {
        executor: 'constant-arrival-rate',
        rate: 20,
        duration: '6s',
        preAllocatedVUs: 60,
        maxVUs: 60,
      },
    },
    thresholds: { smtp_message_duration: ['med<900', { threshold: 'med<900', window: '1s' }] },
  });
  await writeFile(
    join(dirname(file), 'stall.yaml'),
    'behaviours:\n  - { name: stall, when: { verb: MAIL, after: 2s, until: 3500ms }, delay: 1s }\n',
  );
  const run = await loadRun(t, [file]);
  assertExit(run, 99);
  const [whole, windowed] = run.result.thresholds;
  assert.deepEqual([whole?.ok, whole?.crossedAtMs], [true, undefined]);
  assert.deepEqual([windowed?.ok, windowed?.windowMs], [false, 1000]);
  assert.ok((windowed?.crossedAtMs ?? 0) >= 1000);
  assert.match(run.stdout, /✗ med<900 .*\s+\(?.*worst of every 1s; first failed at \ds/);
  for (const name of ['summary.md', 'junit.xml', 'report.html'])
    assert.match(readFileSync(join(run.dir, name), 'utf8'), /worst of every 1s; first failed at \ds/, name);
  assert.match(readFileSync(join(run.dir, 'report.html'), 'utf8'), /"✗ med(<|\\u003c)900"/);
  assert.equal((await runCli(['report', run.dir])).code, 0);
  assert.deepEqual(readResult(run.dir).thresholds, run.result.thresholds);
});
