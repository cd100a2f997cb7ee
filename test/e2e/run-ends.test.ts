/** How a run ends: exit codes, signals and what is left on the disk then. */
import assert from 'node:assert/strict';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { RUN_FILES, readResult } from '#src/result/run-directory.js';
import { runCli } from '../cli.js';
import { assertAddsUp, assertExit, loadRun, scenarioFile, startLoadRun } from './load-run.js';

const SIDE_BY_SIDE = { concurrency: 2 };

describe('how a run ends', SIDE_BY_SIDE, () => {
  test('a threshold that fails ends it with 99, and the summary says which', async (t) => {
    const file = await scenarioFile(t, {
      thresholds: { smtp_message_duration: ['p(95)<0.000001', 'max<60000'] },
    });
    const run = await loadRun(t, [file, '--iterations', '20']);
    assertExit(run, 99);
    assert.deepEqual(
      run.result.thresholds.map(({ ok }) => ok),
      [false, true],
    );
    assert.equal(run.result.run.status, 'completed');
    assert.match(run.stdout, /FAILED[\s\S]*p\(95\)<0\.000001/);
    assert.match(read(run.dir, 'junit'), /<failure/);
  });

  test('a metric that stays empty fails its threshold', async (t) => {
    const file = await scenarioFile(t, { thresholds: { smtp_tls_handshaking: ['p(95)<60000'] } });
    const run = await loadRun(t, [file, '--iterations', '3']);
    assertExit(run, 99);
    assert.deepEqual(
      run.result.thresholds.map(({ ok, value }) => [ok, value]),
      [[false, null]],
    );
  });

  test('abortOnFail stops it early, marked aborted, with 99', async (t) => {
    const file = await scenarioFile(t, {
      scenarios: { long: { executor: 'constant-vus', vus: 1, duration: '10m' } },
      thresholds: { iteration_duration: [{ threshold: 'max<0.000001', abortOnFail: true }] },
    });
    const run = await loadRun(t, [file]);
    assertExit(run, 99);
    assertAddsUp(run.result);
    assert.equal(run.result.run.status, 'aborted');
    assert.ok(run.result.run.durationMs < 300_000);
    assert.match(run.result.health.reasons[0] ?? '', /iteration_duration max<0\.000001 failed/);
    assert.equal(run.result.counts.interrupted, 0);
  });

  test('a run in which nothing was accepted ends with 99 unless a threshold decides', async (t) => {
    const decided = await scenarioFile(t, { thresholds: { smtp_message_failed: ['rate<=1'] } });
    const args = ['--target', 'smtp://127.0.0.1:1', '--iterations', '1'];
    const [undecided, tolerated] = await Promise.all([loadRun(t, args), loadRun(t, [decided, ...args])]);
    assertExit(undecided, 99);
    assertExit(tolerated, 0);
    assert.match(undecided.stdout, /FAILED/);
  });

  test('a wanted refusal is a success', async (t) => {
    const file = await scenarioFile(t, {
      target: { url: 'smtp://127.0.0.1:1' },
      messages: [{ size: '1KiB', expect: 'failed' }],
      thresholds: { smtp_message_failed: ['rate==0'], checks: ['rate==1'] },
    });
    const run = await loadRun(t, [file]);
    assertExit(run, 0);
    assert.deepEqual(
      run.result.outcomes.map(({ expected }) => expected),
      [true],
    );
  });

  test('report renders a run again and ends with 0, whatever the run ended with', async (t) => {
    const run = await loadRun(t, ['--target', 'smtp://127.0.0.1:1', '--iterations', '1']);
    const before = read(run.dir, 'report');
    const { code, stdout } = await runCli(['report', run.dir]);
    assert.equal(code, 0);
    assert.match(stdout, /connect refused/);
    assert.equal(read(run.dir, 'report'), before);
    assert.deepEqual(readResult(run.dir), run.result);
  });

  test('the embedded sink is gone when the run is', async (t) => {
    const run = await startLoadRun(t, ['--iterations', '5']);
    const { dir } = await run.ended();
    assert.ok(existsSync(dir) && lstatSync(dir).isSymbolicLink());
    assert.equal(basename(dirname(dir)), basename(run.out));
  });
});

function read(dir: string, file: keyof typeof RUN_FILES): string {
  return readFileSync(join(dir, RUN_FILES[file]), 'utf8');
}
