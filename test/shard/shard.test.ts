import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutorSpec } from '#src/scenario/executor-spec.js';
import { constantArrivalRate, constantVus, perVuIterations, sharedIterations } from '#test/load/rig.js';
import { tlsOptions } from '../smtp/options.js';
import { assertCompleted, assertIdentities, assertMetricsAgree, assertServerAgrees } from './identities.js';
import { startMailServer } from './mail-server.js';
import { acceptedNumbers, countsOf, runShards, scenarioOf, TIMEOUTS, totalOf } from './shard-rig.js';
import type { Answer, Policy, Step } from './smtp-dialog.js';

const OPEN = { rate: 400, durationMs: 200, preAllocatedVUs: 4, maxVUs: 12 } as const;
const EXECUTORS: Readonly<Record<string, ExecutorSpec>> = {
  'shared-iterations': sharedIterations({ vus: 6, iterations: 90 }),
  'per-vu-iterations': perVuIterations({ vus: 5, iterations: 18 }),
  'constant-vus': constantVus({ vus: 4, durationMs: 150 }),
  'constant-arrival-rate, uniform': constantArrivalRate({ ...OPEN, arrival: 'uniform' }),
  'constant-arrival-rate, poisson': constantArrivalRate({ ...OPEN, arrival: 'poisson' }),
};
const RETRIES = { attempts: 3, delayMs: 5, factor: 2, classes: [], inDoubt: false, reusedSession: true };
const ONE_SESSION = { min: Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };
const CHUNKING = '250-test.example\r\n250-PIPELINING\r\n250-SIZE\r\n250 CHUNKING';
const PIPELINING = ['off', 'auto', 'coalesced'] as const;

/** For tests that end a run themselves: a slow machine must not end it first. */
function forLong(spec: ExecutorSpec): ExecutorSpec {
  return 'durationMs' in spec ? { ...spec, durationMs: 60_000 } : spec;
}

function hashOf(steps: number): number {
  return Math.imul(steps ^ (steps >>> 7), 0x2c1b3c6d) >>> 8;
}

/** Refuses one in eight steps, by a hash of how many there were: 4yz, 5yz, 421 or no word at all. */
function moody(seed: number): Policy {
  const answers: readonly Answer[] = ['450 4.7.1 later', '550 5.1.1 nobody', '421 4.3.2 going', 'hang-up'];
  let steps = seed;
  return (step: Step) => {
    steps++;
    const hash = hashOf(steps);
    if (step === 'QUIT' || step === 'RSET' || hash % 8 !== 0) return null;
    // Half of what goes wrong goes wrong with recipients, as in life.
    return step === 'RCPT' ? answers[(hash >>> 8) % 2]! : answers[(hash >>> 8) % 4]!;
  };
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

for (const [name, spec] of Object.entries(EXECUTORS)) {
  describe(`a shard with ${name}`, () => {
    for (const pipelining of PIPELINING) {
      test(`adds up against a good server, pipelining ${pipelining}`, async (t) => {
        const server = await startMailServer(t);
        const scenario = scenarioOf({ a: spec }, { port: server.port, client: { pipelining } });
        const { snapshots } = await runShards(scenario);
        const counts = countsOf(snapshots);
        assert.ok(counts.accepted > 0);
        assert.equal(counts.accepted, counts.begun);
        assert.equal(counts.started, counts.begun);
        assertIdentities(snapshots);
        assertMetricsAgree(snapshots);
        assertServerAgrees(server, snapshots);
        assert.deepEqual(
          acceptedNumbers(snapshots),
          server.taken.map(({ number }) => number).sort((a, b) => a - b),
        );
      });

      test(`adds up against a moody server, pipelining ${pipelining}`, async (t) => {
        const server = await startMailServer(t, moody(pipelining.length));
        const scenario = scenarioOf({ a: spec }, { port: server.port, client: { pipelining } });
        const { snapshots } = await runShards(scenario);
        const { accepted, rejected, failed, partial } = countsOf(snapshots);
        // Where time decides how many there are, a slow machine may send too few.
        const isMoodSure = 'iterations' in spec;
        assert.ok(
          !isMoodSure || Math.min(accepted, rejected, failed, partial) > 0,
          'some outcome is missing',
        );
        assertIdentities(snapshots);
        assertMetricsAgree(snapshots);
        assertServerAgrees(server, snapshots);
      });
    }

    test('adds up with a warm-up, which is in the counts and not in the metrics', async (t) => {
      const server = await startMailServer(t);
      const scenario = scenarioOf({ a: { ...spec, warmupMs: 60 } }, { port: server.port });
      const { snapshots } = await runShards(scenario);
      assertIdentities(snapshots);
      assertServerAgrees(server, snapshots);
      const total = totalOf(snapshots);
      const warm = server.taken.filter(({ isWarmup }) => isWarmup).length;
      assert.equal(total.select('smtp_messages', 1)?.n, total.counts.begun - warm);
      assert.equal(total.select('smtp_message_duration', 1)?.n, total.counts.begun - warm);
    });

    test('adds up with a window of transactions in flight', async (t) => {
      const mood = moody(11);
      const server = await startMailServer(t, (step, argument) =>
        step === 'EHLO' ? CHUNKING : mood(step, argument),
      );
      const client = { chunkBytes: Number.MAX_SAFE_INTEGER, window: 5, pipelining: 'auto' } as const;
      const scenario = scenarioOf({ a: spec }, { port: server.port, client });
      const { snapshots } = await runShards(scenario);
      assert.ok(countsOf(snapshots).accepted > 0);
      assertIdentities(snapshots);
      assertMetricsAgree(snapshots);
      assertServerAgrees(server, snapshots);
    });

    test('adds up over sessions as iterations', async (t) => {
      const server = await startMailServer(t, moody(7));
      const client = { messagesPerSession: { min: 1, max: 4 }, pipelining: 'coalesced' } as const;
      const scenario = scenarioOf({ a: { ...spec, iteration: 'session' } }, { port: server.port, client });
      const { snapshots } = await runShards(scenario);
      assert.ok(countsOf(snapshots).begun > countsOf(snapshots).started);
      assertIdentities(snapshots);
      assertMetricsAgree(snapshots);
      assertServerAgrees(server, snapshots);
    });

    for (const iteration of ['message', 'session'] as const) {
      test(`adds up when what failed is tried again, with a ${iteration} as iteration`, async (t) => {
        const server = await startMailServer(t, moody(iteration.length));
        const client = { retries: RETRIES, messagesPerSession: { min: 1, max: 4 } };
        const scenario = scenarioOf({ a: { ...spec, iteration } }, { port: server.port, client });
        const { snapshots } = await runShards(scenario);
        const total = totalOf(snapshots);
        const again = ['retry', 'reused_session'].map(
          (cause) => total.select(`smtp_attempts{cause:${cause}}`, 1)?.n,
        );
        assert.ok(
          !('iterations' in spec) || again.every((n) => n !== undefined && n > 0),
          'nothing was tried again',
        );
        total.destroy();
        assertIdentities(snapshots);
        assertMetricsAgree(snapshots);
        assertCompleted(snapshots);
        assertServerAgrees(server, snapshots);
      });
    }

    test('adds up when it is aborted while messages wait to be tried again', async (t) => {
      let abort = () => {};
      let steps = 0;
      const server = await startMailServer(t, (step) => {
        if (++steps === 150) abort();
        return step === 'RCPT' && steps % 2 === 0 ? '450 4.2.0 greylisted' : null;
      });
      const client = { retries: { ...RETRIES, delayMs: 60_000 }, pipelining: 'coalesced' } as const;
      const { snapshots } = await runShards(
        scenarioOf({ a: forLong(spec) }, { port: server.port, client }),
        1,
        ([shard]) => {
          abort = () => shard?.abort();
        },
      );
      assert.ok(countsOf(snapshots).rejected + countsOf(snapshots).partial > 0, 'nothing waited');
      assertIdentities(snapshots);
      assertMetricsAgree(snapshots);
      assertCompleted(snapshots);
    });

    test('adds up when it is stopped, and lets what is in flight finish', async (t) => {
      let stop = () => {};
      let steps = 0;
      const server = await startMailServer(t, () => {
        if (++steps === 100) stop();
        return null;
      });
      const { snapshots } = await runShards(
        scenarioOf({ a: forLong(spec) }, { port: server.port }),
        1,
        ([shard]) => {
          stop = () => shard!.stop();
        },
      );
      const { begun, accepted } = countsOf(snapshots);
      assert.ok(begun > 0);
      assert.equal(accepted, begun);
      assertIdentities(snapshots);
      assertServerAgrees(server, snapshots);
    });

    test('adds up when it is aborted, and what was sent without a reply is in doubt', async (t) => {
      let abort = () => {};
      let contents = 0;
      const server = await startMailServer(t, (step) => {
        if (step !== 'CONTENT' || ++contents < 12) return null;
        if (contents === 14) abort();
        return 'silence';
      });
      const { snapshots, ends } = await runShards(
        scenarioOf({ a: forLong(spec) }, { port: server.port }),
        1,
        ([shard]) => {
          abort = () => setImmediate(() => shard!.abort());
        },
      );
      const { accepted, interrupted, inDoubt } = countsOf(snapshots);
      assert.deepEqual([accepted, ends], [11, 1]);
      assert.ok(inDoubt >= 3 && interrupted >= inDoubt, `${interrupted} interrupted, ${inDoubt} in doubt`);
      assertIdentities(snapshots);
      assertMetricsAgree(snapshots);
      assertServerAgrees(server, snapshots);
    });
  });
}

describe('a shard', () => {
  test('adds up over LMTP, where each recipient has a reply of its own', async (t) => {
    const policy: Policy = (step, argument) =>
      step === 'CONTENT' && /user\d*[05]@/.test(argument) ? '550 5.2.2 full' : null;
    const server = await startMailServer(t, policy, { isLmtp: true });
    const target = { protocol: 'lmtp' } as const;
    const scenario = scenarioOf({ a: EXECUTORS['shared-iterations']! }, { port: server.port, target });
    const { snapshots } = await runShards(scenario);
    const { rejected, partial } = countsOf(snapshots);
    assert.ok(rejected > 0 && partial > 0);
    assertIdentities(snapshots);
    assertMetricsAgree(snapshots);
    assertServerAgrees(server, snapshots);
  });

  test('adds up when nobody listens', async () => {
    const scenario = scenarioOf(
      { a: sharedIterations({ vus: 3, iterations: 12 }) },
      { port: await unusedPort() },
    );
    const { snapshots, reports } = await runShards(scenario);
    const { begun, failed, undecided, offered } = countsOf(snapshots);
    assert.deepEqual([begun, failed], [12, 12]);
    assert.equal(undecided, offered);
    assertIdentities(snapshots);
    assertMetricsAgree(snapshots);
    const [row] = totalOf(snapshots).outcomes;
    assert.deepEqual([row?.phase, row?.cause, row?.class], ['connect', 'refused', 'network']);
    assert.equal(reports.filter(({ why }) => why === 'failed').length, 12);
  });

  test('adds up when iterations are dropped because every VU is busy', async (t) => {
    const server = await startMailServer(t, (step) => (step === 'CONTENT' ? 'silence' : null));
    const spec = constantArrivalRate({ rate: 500, durationMs: 100, maxVUs: 2, gracefulStopMs: 50 });
    const { snapshots } = await runShards(scenarioOf({ a: spec }, { port: server.port }));
    const { scheduled, started, dropped, interrupted } = countsOf(snapshots);
    assert.deepEqual([scheduled, started, dropped, interrupted], [50, 2, 48, 2]);
    assertIdentities(snapshots);
    assertMetricsAgree(snapshots);
  });

  test('tells the arrivals that were dropped apart from what closed executors do beside them', async (t) => {
    const server = await startMailServer(t, (step) => (step === 'CONTENT' ? 'silence' : null));
    const open = constantArrivalRate({
      rate: 100,
      durationMs: 200,
      preAllocatedVUs: 1,
      maxVUs: 1,
      gracefulStopMs: 0,
    });
    const closed = sharedIterations({ vus: 1, iterations: 9, maxDurationMs: 200, gracefulStopMs: 0 });
    const { snapshots } = await runShards(scenarioOf({ open, closed }, { port: server.port }));
    const total = totalOf(snapshots);
    assert.deepEqual(total.arrivals, { started: 1, dropped: 19 });
    assert.equal(total.counts.dropped, 19 + 8);
    total.destroy();
  });

  test('counts every byte that the server read and wrote', async (t) => {
    let steps = 0;
    const policy: Policy = (step) =>
      step === 'RCPT' && hashOf(++steps) % 3 === 0 ? '550 5.1.1 nobody' : null;
    const server = await startMailServer(t, policy);
    const { snapshots } = await runShards(
      scenarioOf({ a: EXECUTORS['shared-iterations']! }, { port: server.port }),
    );
    const total = totalOf(snapshots);
    assert.equal(total.select('data_sent', 1)?.n, server.traffic.read);
    assert.equal(total.select('data_received', 1)?.n, server.traffic.written);
  });

  test('holds its share of the idle sessions beside the load, which end with it', async (t) => {
    let idle = 0;
    let most = 0;
    const server = await startMailServer(t, (step) => {
      if (step === 'NOOP') idle++;
      most = Math.max(most, server.openConnections);
      return null;
    });
    const spec = constantVus({ vus: 2, durationMs: 400 });
    const client = { idle: { sessions: 21, noopEveryMs: 50 }, messagesPerSession: ONE_SESSION };
    const { snapshots } = await runShards(scenarioOf({ a: spec }, { port: server.port, client }), 2);
    assert.ok(idle >= 21, `${idle} NOOPs`);
    assert.equal(most, 23);
    const total = totalOf(snapshots);
    assert.equal(total.select('smtp_sessions', 1)?.n, 23);
    assert.equal(total.select('smtp_idle_sessions_lost', 1)?.n ?? 0, 0);
    total.destroy();
    assert.equal(server.openConnections, 0);
    assertIdentities(snapshots);
    assertServerAgrees(server, snapshots);
  });

  test('leaves no connection and no open session behind', async (t) => {
    const server = await startMailServer(t, moody(11));
    const { snapshots } = await runShards(scenarioOf(EXECUTORS, { port: server.port }));
    assertIdentities(snapshots);
    assertServerAgrees(server, snapshots);
    const last = snapshots.at(-1);
    assert.deepEqual(last?.gauges, { vus: 0, smtp_sessions_open: 0 });
    // The deadline of the test file is the limit.
    while (server.openConnections > 0) await sleep(5);
  });

  test('numbers its snapshots without a gap, touching in time, and the last one alone is final', async (t) => {
    const server = await startMailServer(t);
    const spec = constantArrivalRate({ rate: 100, durationMs: 1_050, preAllocatedVUs: 4, maxVUs: 4 });
    const { snapshots, ends } = await runShards(scenarioOf({ a: spec }, { port: server.port }), 2);
    assert.equal(ends, 2);
    for (const source of ['shard-0', 'shard-1']) {
      const own = snapshots.filter((snapshot) => snapshot.source === source);
      assert.deepEqual(
        own.map(({ seq }) => seq),
        own.map((_, i) => i),
      );
      assert.deepEqual(
        own.map(({ final }) => final),
        own.map((_, i) => i === own.length - 1),
      );
      assert.ok(own.length >= 2);
      for (const [i, { fromUs }] of own.entries()) if (i > 0) assert.equal(fromUs, own[i - 1]!.toUs);
      assert.ok(own.every(({ health }) => health.busyUs <= health.wallUs + 1));
    }
    assertIdentities(snapshots);
    assertMetricsAgree(snapshots);
    // Both shards' windows are of the same seconds: at its height both had all their VUs.
    assert.equal(totalOf(snapshots).metrics([], 1).vus?.values.max, 4);
  });

  test('does not wait for the end of sessions when it is aborted while they say QUIT', async (t) => {
    let abort = () => {};
    const server = await startMailServer(t, (step) => {
      if (step !== 'QUIT') return null;
      setImmediate(abort);
      return 'silence';
    });
    const client = { timeouts: { ...TIMEOUTS, quitMs: 60_000 } };
    const scenario = scenarioOf({ a: sharedIterations({}) }, { port: server.port, client });
    const { snapshots } = await runShards(scenario, 1, ([shard]) => {
      abort = () => shard!.abort();
    });
    assert.equal(countsOf(snapshots).accepted, 1);
    // A snapshot a second: unaided it would take five.
    assert.ok(snapshots.length < 4);
  });

  test('does nothing when it is started after it was stopped', async (t) => {
    const server = await startMailServer(t);
    const scenario = scenarioOf({ a: sharedIterations({ iterations: 5 }) }, { port: server.port });
    const { snapshots, ends } = await runShards(scenario, 1, ([shard]) => {
      shard!.stop();
      shard!.abort();
    });
    assert.equal(ends, 1);
    assert.equal(snapshots.filter(({ final }) => final).length, 1);
    assert.equal(countsOf(snapshots).started, 0);
  });

  test('says why a message cannot be composed before it starts', async () => {
    const scenario = scenarioOf({ a: sharedIterations({}) }, { port: 1 });
    const tooSmall = [{ kind: 'size', weight: 1, sizeBytes: 10, dkim: [], expect: null }] as const;
    await assert.rejects(runShards({ ...scenario, messages: tooSmall }), { code: 'MESSAGE_SIZE_TOO_SMALL' });
  });
});

test('a shard whose TLS options OpenSSL does not take cannot be prepared', async () => {
  const target = { tls: tlsOptions({ mode: 'starttls', ciphers: 'NOPE' }) };
  const run = runShards(scenarioOf({ a: EXECUTORS['shared-iterations']! }, { port: 9, target }));
  await assert.rejects(run, { code: 'TLS_OPTIONS_INVALID' });
});
