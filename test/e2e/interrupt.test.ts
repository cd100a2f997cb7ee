import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Snapshot } from '#src/metrics/snapshot.js';
import { foldRunDirectory } from '#src/result/fold.js';
import { RUN_FILES, readResult } from '#src/result/run-directory.js';
import { runCli } from '../cli.js';
import { childrenOf, isAlive } from '../processes.js';
import { temporaryDir } from '../tmp.js';
import { assertAddsUp, assertExit, startLoadRun, sum } from './load-run.js';
import { startScriptedServer } from './scripted-server.js';

const SIDE_BY_SIDE = { concurrency: 2 };
const ENDLESS = ['--vus', '3', '--duration', '10m'];

describe('a signal in the middle of a run', SIDE_BY_SIDE, () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    test(`${signal} once: what is in flight ends, and the result is complete, aborted, 105`, async (t) => {
      const running = await startLoadRun(t, [...ENDLESS, '--workers', '2']);
      await until(() => snapshotsOf(running.out).length >= 2);
      running.child.kill(signal);
      const run = await running.ended();
      assertExit(run, 105);
      assertAddsUp(run.result);
      const { counts, health } = run.result;
      assert.equal(run.result.run.status, 'aborted');
      assert.ok(counts.accepted > 0);
      assert.equal(counts.begun, counts.accepted);
      assert.match(health.reasons[0] ?? '', new RegExp(`^The run was aborted: stopped by ${signal}\\.$`));
      assert.deepEqual(readdirSync(run.dir).sort(), Object.values(RUN_FILES).sort());
      assert.deepEqual((await foldRunDirectory(run.dir)).result, run.result);
      assert.match(run.stderr, new RegExp(`${signal}: no further messages; waiting for those in flight`));
      assert.match(run.stdout, /exit 105/);
    });
  }

  test('nobody who reads stderr any more: the run goes on to its end and writes its result', async (t) => {
    const running = await startLoadRun(t, ENDLESS);
    await until(() => snapshotsOf(running.out).length >= 1);
    running.child.stderr.destroy();
    running.child.kill('SIGINT');
    const run = await running.ended();
    assertExit(run, 105);
    assertAddsUp(run.result);
    assert.equal(run.result.run.status, 'aborted');
  });

  test('before the first message, it ends all the same', async (t) => {
    const running = await startLoadRun(t, ENDLESS);
    await until(() => existsSync(running.out) && readdirSync(running.out).length > 0);
    running.child.kill('SIGINT');
    const run = await running.ended();
    assertExit(run, 105);
    assertAddsUp(run.result);
    assert.equal(run.result.run.status, 'aborted');
  });

  test('twice: what is in flight is cut off, counted as interrupted and in doubt', async (t) => {
    const server = await startScriptedServer(t, { END: 'silence' });
    // Patience enough to outlast this test: only the second signal can end it.
    const patience = ['scenarios.default.gracefulStop=10m', 'client.timeouts.dataTermination=10m'];
    const sets = patience.flatMap((value) => ['--set', value]);
    const running = await startLoadRun(t, [...ENDLESS, '--target', server.url, ...sets]);
    await until(() => server.messages() === 3);
    running.child.kill('SIGINT');
    await running.waitForOutput(/waiting for those in flight/);
    running.child.kill('SIGINT');
    const run = await running.ended();
    assertExit(run, 105);
    assertAddsUp(run.result);
    const { begun, interrupted, inDoubt, undecided } = run.result.counts;
    assert.deepEqual(
      { begun, interrupted, inDoubt, undecided },
      { begun: 3, interrupted: 3, inDoubt: 3, undecided: 3 },
    );
    assert.equal(run.result.run.status, 'aborted');
  });

  test('once, with gracefulStop: 0s, cuts off too', async (t) => {
    const server = await startScriptedServer(t, { GREETING: 'silence' });
    const args = ['--target', server.url, '--set', 'scenarios.default.gracefulStop=0s'];
    const running = await startLoadRun(t, [...ENDLESS, ...args]);
    await until(() => server.connections() === 3);
    running.child.kill('SIGINT');
    const run = await running.ended();
    assertExit(run, 105);
    assertAddsUp(run.result);
    assert.deepEqual([run.result.counts.interrupted, run.result.counts.inDoubt], [3, 0]);
  });
});

describe('what a run that was killed leaves behind', SIDE_BY_SIDE, () => {
  test('a journal from which report rebuilds all but the last second; and no sink', async (t) => {
    const running = await startLoadRun(t, ENDLESS);
    await until(() => snapshotsOf(running.out).length >= 3);
    const children = childrenOf(running.child.pid ?? 0);
    running.child.kill('SIGKILL');
    assert.equal((await running.done).signal, 'SIGKILL');

    const dir = runDirectoryIn(running.out);
    assert.deepEqual(readdirSync(dir).sort(), [RUN_FILES.journal, RUN_FILES.messages, RUN_FILES.rerun]);
    const journaled = sum(snapshotsOf(running.out), ({ counts }) => counts.accepted);
    assert.ok(journaled > 0);

    const { code, stdout, stderr } = await runCli(['report', dir]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /the run ended without closing its journal/);
    const result = readResult(dir);
    assert.equal(result.run.status, 'failed');
    assert.equal(result.counts.accepted, journaled);
    assert.equal(
      sum(result.series, (row) => row.accepted),
      journaled,
    );
    assert.ok(result.run.durationMs >= 2_000);
    assert.deepEqual(readdirSync(dir).sort(), Object.values(RUN_FILES).sort());
    if (process.platform !== 'linux') return;
    assert.equal(children.length, 1);
    await until(() => children.every((pid) => !isAlive(pid)));
  });

  test('a torn last line costs that line and is mentioned', async (t) => {
    const running = await startLoadRun(t, ENDLESS);
    await until(() => snapshotsOf(running.out).length >= 2);
    running.child.kill('SIGKILL');
    await running.done;
    const dir = runDirectoryIn(running.out);
    const copy = await temporaryDir(t);
    const lines = readFileSync(join(dir, RUN_FILES.journal), 'utf8').split('\n').slice(0, -1);
    const torn = `${lines.slice(0, -1).join('\n')}\n${lines.at(-1)?.slice(0, 40)}`;
    writeFileSync(join(copy, RUN_FILES.journal), torn);
    const { code, stderr } = await runCli(['report', '--quiet', copy]);
    assert.equal(code, 0);
    assert.match(stderr, new RegExp(`^warning: .*line ${lines.length}, the last of the journal, is torn`));
  });
});

describe('a run that cannot go on', SIDE_BY_SIDE, () => {
  test('when files may not grow any more, ends with 1 and says so; report rebuilds what was measured', async (t) => {
    // The limit of a process stands in for a full disk, which a test cannot have.
    const under = ['sh', '-c', 'ulimit -f 40; exec "$@"', 'sh'];
    const running = await startLoadRun(t, [...ENDLESS, '--log-messages', 'all'], { under });
    const { code, stderr } = await running.done;
    assert.equal(code, 1);
    assert.match(stderr, /could not be written \(EFBIG\) \[RESULT_WRITE_FAILED\]\n +Check the disk/);

    const dir = runDirectoryIn(running.out);
    const rebuilt = await runCli(['report', '--quiet', dir]);
    assert.equal(rebuilt.code, 0, rebuilt.stderr);
    const result = readResult(dir);
    assert.equal(result.run.status, 'failed');
    assert.ok(result.counts.accepted > 0);
  });

  test('when the embedded sink dies, ends with 1, failed, with what was measured before', async (t) => {
    if (process.platform !== 'linux') return t.skip('finds the sink in /proc');
    const running = await startLoadRun(t, ENDLESS);
    await until(() => snapshotsOf(running.out).length >= 2);
    const [sink] = childrenOf(running.child.pid ?? 0);
    process.kill(sink ?? assert.fail('no sink'), 'SIGKILL');
    const run = await running.ended();
    assert.equal(run.code, 1);
    assert.match(
      run.stderr,
      /the embedded sink ended during the run: was ended by SIGKILL \[RUN_SINK_DIED\]/,
    );
    assert.equal(run.result.run.status, 'failed');
    assertAddsUp(run.result);
    assert.ok(run.result.counts.accepted > 0);
  });
});

/** Waits for something that will be true in a moment; the deadline of the test file ends a wait in vain. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

function runDirectoryIn(out: string): string {
  const name = readdirSync(out).find((entry) => entry !== 'latest');
  return join(out, name ?? assert.fail('no run directory'));
}

/** What shards have reported in whole lines of the journal so far. */
function snapshotsOf(out: string): Snapshot[] {
  const [name] = existsSync(out) ? readdirSync(out) : [];
  const path = join(out, name ?? '', RUN_FILES.journal);
  if (name === undefined || !existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  const snapshots = lines.map((line) => JSON.parse(line).snapshot as Snapshot | undefined);
  return snapshots.filter((snapshot) => snapshot !== undefined).filter(({ source }) => source !== 'sink');
}
