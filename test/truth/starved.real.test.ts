/**
 * A generator that cannot reach what was asked of it says so and refuses the verdict; one that has room, before a server that cannot
 * take the rate, does not. Without CPU (one core shared with three busy loops), without descriptors, without ports.
 *
 * Rounds that other work on the machine has disturbed are repeated, three times at most; the last one counts.
 */
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { describe, type TestContext, test } from 'node:test';
import { startBusyLoops } from '../busy-loops.js';
import { startCliSink } from '../e2e/cli-sink.js';
import { assertAddsUp, type LoadRun, loadRun, scenarioFile } from '../e2e/load-run.js';
import { requireProgram } from '../servers/require-program.js';

const ROUNDS = 3;

describe('the verdict on the generator', { concurrency: 1 }, () => {
  test('without CPU: is invalid, exit 120, and names the CPU', async (t) => {
    if (requireProgram(t, 'taskset') === undefined) return;
    // On a single core the loops would starve the server as well.
    if (availableParallelism() < 2) return t.skip('needs two cores');
    const { port } = await startCliSink(t);
    startBusyLoops(t, 3);
    const under = ['taskset', '-c', '0'];
    const run = await bestOf(
      (r) => r.code === 120,
      () => atRate(t, { port, rate: 300, under }),
    );
    assert.equal(run.code, 120, run.stdout);
    assert.match(run.result.health.reasons.join('\n'), /waited .* of the time for a CPU/);
    assert.match(run.stdout, /INVALID/);
  });

  test('without descriptors: is invalid, exit 120, and says which limit to raise', async (t) => {
    const { port } = await startCliSink(t);
    const file = await scenarioFile(t, {
      target: { url: `smtp://127.0.0.1:${port}` },
      scenarios: {
        all: {
          executor: 'per-vu-iterations',
          vus: 500,
          iterations: 2,
          maxDuration: '3s',
          gracefulStop: '1s',
        },
      },
    });
    const under = ['sh', '-c', 'ulimit -n 300; exec "$@"', 'sh'];
    const run = await loadRun(t, [file], { under });
    assert.equal(run.code, 120, run.stdout);
    assertAddsUp(run.result);
    assert.ok((run.result.health.faults.EMFILE ?? 0) > 0, JSON.stringify(run.result.health.faults));
    assert.match(run.result.health.reasons.join('\n'), /EMFILE/);
  });

  test('without ports: is invalid, exit 120, and says what to do', async (t) => {
    if (requireProgram(t, 'unshare') === undefined || requireProgram(t, 'ip') === undefined) return;
    // A network of its own, in which sixteen ports are free for clients; the server is there too.
    const file = await scenarioFile(t, {
      target: { url: 'embedded' },
      client: { messagesPerSession: 1 },
      scenarios: { all: { executor: 'constant-vus', vus: 60, duration: '2s', gracefulStop: '1s' } },
    });
    const setUp =
      'ip link set lo up && echo "40000 40015" > /proc/sys/net/ipv4/ip_local_port_range && exec "$@"';
    const run = await loadRun(t, [file], { under: ['unshare', '-n', 'sh', '-c', setUp, 'sh'] });
    assert.equal(run.code, 120, run.stdout);
    assertAddsUp(run.result);
    const { faults, reasons } = run.result.health;
    assert.ok((faults.EADDRNOTAVAIL ?? 0) > 0, JSON.stringify(faults));
    assert.match(reasons.join('\n'), /EADDRNOTAVAIL/);
  });

  test('before a server that is full, with room: drops what it cannot take, and the run is not invalid: it says that the server is full, or to raise maxVUs', async (t) => {
    const behaviours = await scenarioFile(t, { behaviours: [{ when: { verb: 'CONTENT' }, delay: '500ms' }] });
    const { port } = await startCliSink(t, ['--behaviours', behaviours]);
    const run = await bestOf(
      (r) => r.code !== 120,
      () => atRate(t, { port, rate: 100, under: [] }),
    );
    assert.notEqual(run.code, 120, run.result.health.reasons.join('\n'));
    assert.equal(run.result.health.verdict, 'degraded');
    // Twenty VUs take forty a second.
    assert.ok(run.result.counts.dropped > run.result.counts.scheduled / 3, JSON.stringify(run.result.counts));
    assert.match(run.result.health.reasons.join('\n'), /maxVUs/);
  });
});

/** For four seconds, with twenty VUs. */
async function atRate(
  t: TestContext,
  { port, rate, under }: { readonly port: number; readonly rate: number; readonly under: readonly string[] },
): Promise<LoadRun> {
  const file = await scenarioFile(t, {
    target: { url: `smtp://127.0.0.1:${port}` },
    scenarios: {
      all: {
        executor: 'constant-arrival-rate',
        rate,
        duration: '4s',
        preAllocatedVUs: 20,
        gracefulStop: '2s',
      },
    },
  });
  const run = await loadRun(t, [file], { under, timeoutMs: 120_000 });
  assertAddsUp(run.result);
  return run;
}

async function bestOf(isGood: (run: LoadRun) => boolean, run: () => Promise<LoadRun>): Promise<LoadRun> {
  for (let round = 1; ; round++) {
    const one = await run();
    if (isGood(one) || round === ROUNDS) return one;
  }
}
