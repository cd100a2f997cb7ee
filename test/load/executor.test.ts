import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ClockDriver } from '#src/load/clock-driver.js';
import { createExecutor } from '#src/load/executor.js';
import type { LoadControl, Slot, Workload } from '#src/load/workload.js';
import type { ExecutorSpec } from '#src/scenario/executor-spec.js';
import { createRealClock, takeAnchor } from '#src/shard/real-clock.js';
import type { Answers } from './fake-workload.js';
import {
  constantArrivalRate,
  constantVus,
  countDropped,
  createRig,
  hashDraw,
  numbersOf,
  perVuIterations,
  type RigOptions,
  type RigShard,
  rampingArrivalRate,
  rampingVus,
  range,
  START_US,
  sharedIterations,
} from './rig.js';

const delay = fc.option(fc.integer({ min: 0, max: 40_000 }), { nil: null });

const answer: fc.Arbitrary<Answers> = fc.record({
  readyUs: delay,
  doneUs: delay,
  first: fc.constantFrom('ready', 'done'),
});

/** Any order of ready and done, at once or later, from any mix of VUs. */
const options: fc.Arbitrary<RigOptions> = fc
  .record({
    shards: fc.integer({ min: 1, max: 4 }),
    answers: fc.array(answer, { minLength: 1, maxLength: 7 }),
    interruptUs: fc.option(fc.integer({ min: 0, max: 5_000 }), { nil: null }),
    timersEarlyUs: fc.integer({ min: 0, max: 900 }),
    turnUs: fc.integer({ min: 5, max: 40 }),
  })
  .map(({ answers, ...rest }) => ({
    ...rest,
    answers: (vu: number, slot: Slot) => ({
      ...answers[(vu + slot.iteration) % answers.length]!,
      // Time must pass somewhere, or a closed executor starts without end within its duration.
      ...(slot.iteration % 5 === 0 ? { readyUs: 3_000 } : {}),
    }),
  }));

const grace = fc.constantFrom(0, 10, 1_000);
const vus = fc.integer({ min: 1, max: 9 });

const closedCounted: fc.Arbitrary<{ spec: ExecutorSpec; total: number }> = fc
  .record({ vus, iterations: fc.integer({ min: 0, max: 60 }), gracefulStopMs: grace, isShared: fc.boolean() })
  .map(({ isShared, ...keys }) =>
    isShared
      ? { spec: sharedIterations(keys), total: keys.iterations }
      : { spec: perVuIterations(keys), total: keys.iterations * keys.vus },
  );

const constantArrivals = fc
  .record({
    rate: fc.integer({ min: 1, max: 400 }),
    arrival: fc.constantFrom('uniform', 'poisson'),
    durationMs: fc.integer({ min: 1, max: 300 }),
    gracefulStopMs: grace,
    preAllocatedVUs: fc.integer({ min: 0, max: 9 }),
    maxVUs: vus,
  })
  .map((keys) => constantArrivalRate({ ...keys, maxVUs: Math.max(keys.maxVUs, keys.preAllocatedVUs) }));

const rate = fc.integer({ min: 0, max: 400 });

const rampingArrivals = fc
  .record({
    startRate: rate,
    arrival: fc.constantFrom('uniform', 'poisson'),
    stages: fc.array(fc.record({ durationMs: fc.integer({ min: 0, max: 100 }), target: rate }), {
      minLength: 1,
      maxLength: 4,
    }),
    gracefulStopMs: grace,
    preAllocatedVUs: fc.integer({ min: 0, max: 9 }),
    maxVUs: vus,
  })
  .map((keys) => rampingArrivalRate({ ...keys, maxVUs: Math.max(keys.maxVUs, keys.preAllocatedVUs) }));

const traces = fc
  .record({
    traceUs: fc.array(fc.integer({ min: 0, max: 200_000 }), { minLength: 1, maxLength: 60 }),
    gracefulStopMs: grace,
    preAllocatedVUs: fc.integer({ min: 0, max: 9 }),
    maxVUs: vus,
  })
  .map(({ traceUs, ...keys }) =>
    rampingArrivalRate({
      ...keys,
      arrival: 'trace',
      stages: [],
      traceUs: traceUs.sort((a, b) => a - b),
      durationMs: 201,
      maxVUs: Math.max(keys.maxVUs, keys.preAllocatedVUs),
    }),
  );

const arrivals = fc.oneof(constantArrivals, rampingArrivals, traces);

const comings = fc
  .record({
    startVUs: fc.integer({ min: 0, max: 6 }),
    stages: fc.array(
      fc.record({ durationMs: fc.integer({ min: 0, max: 60 }), target: fc.integer({ min: 0, max: 6 }) }),
      { minLength: 1, maxLength: 4 },
    ),
    gracefulRampDownMs: grace,
    gracefulStopMs: grace,
  })
  // Without a VU it would not be a scenario.
  .map((keys) => rampingVus({ ...keys, startVUs: Math.max(keys.startVUs, 1) }));

const anySpec: fc.Arbitrary<ExecutorSpec> = fc.oneof(
  closedCounted.map(({ spec }) => spec),
  closedCounted.map(({ spec }) => ({ ...spec, maxDurationMs: 50 }) as ExecutorSpec),
  fc
    .record({ vus, durationMs: fc.integer({ min: 1, max: 200 }), gracefulStopMs: grace })
    .map((keys) => constantVus(keys)),
  comings,
  arrivals,
);

/** What must hold whatever happened. The fake workload itself checks what a VU may be asked. */
function assertOver(shards: readonly RigShard[]): void {
  const numbers = numbersOf(shards);
  assert.equal(new Set(numbers).size, numbers.length, 'a number was used twice');
  for (const { executor, workload, started, endsUs } of shards) {
    assert.equal(endsUs.length, 1, 'onEnd is called once');
    assert.equal(executor.activeVus, 0);
    assert.equal(workload.inFlight, 0);
    assert.equal(workload.done, started.length);
    assert.deepEqual(
      workload.iterations.map(({ slot }) => slot),
      started,
    );
    const seen = new Set([...executor.vus()]);
    assert.deepEqual(new Set(workload.retired), seen);
  }
}

test('iterations that are counted are all started, over all shards each number once', () => {
  fc.assert(
    fc.property(closedCounted, options, ({ spec, total }, rigOptions) => {
      const rig = createRig(spec, rigOptions);
      rig.run();
      assertOver(rig.shards);
      assert.deepEqual(numbersOf(rig.shards), range(total));
      assert.equal(countDropped(rig.shards), 0);
    }),
  );
});

test('iterations that maxDuration cuts short are started or dropped, none twice and none forgotten', () => {
  fc.assert(
    fc.property(closedCounted, options, ({ spec, total }, rigOptions) => {
      const rig = createRig({ ...spec, maxDurationMs: 20 } as ExecutorSpec, rigOptions);
      rig.run();
      assertOver(rig.shards);
      assert.equal(numbersOf(rig.shards).length + countDropped(rig.shards), total);
    }),
  );
});

test('arrivals are started or dropped, none twice and none forgotten', () => {
  fc.assert(
    fc.property(arrivals, options, (spec, rigOptions) => {
      const rig = createRig(spec, rigOptions);
      rig.run();
      assertOver(rig.shards);
      const roomy = createRig({ ...spec, preAllocatedVUs: 200, maxVUs: 200 });
      roomy.run();
      assert.equal(countDropped(roomy.shards), 0);
      const scheduled = numbersOf(rig.shards).length + countDropped(rig.shards);
      assert.equal(scheduled, roomy.shards[0]!.started.length);
    }),
  );
});

test('stop and abort at any moments end any executor, with everything begun accounted for', () => {
  const action = fc.record({ atUs: fc.integer({ min: -5_000, max: 200_000 }), isAbort: fc.boolean() });
  fc.assert(
    fc.property(anySpec, options, fc.array(action, { maxLength: 3 }), (spec, rigOptions, actions) => {
      const mayReturn = spec.executor === 'ramping-vus';
      const rig = createRig(spec, { ...rigOptions, mayReturn, startUs: START_US - 10_000 });
      for (const { executor } of rig.shards) {
        for (const { atUs, isAbort } of actions) {
          rig.clock.at(START_US + atUs, () => (isAbort ? executor.abort() : executor.stop()));
        }
      }
      rig.run();
      assertOver(rig.shards);
    }),
  );
});

test('on the real clock every executor starts as many iterations as in virtual time', async () => {
  const expected = [
    [sharedIterations({ vus: 3, iterations: 500 }), 500],
    [perVuIterations({ vus: 3, iterations: 100 }), 300],
    [constantArrivalRate({ rate: 500, durationMs: 200, preAllocatedVUs: 200, maxVUs: 200 }), 100],
    [
      rampingArrivalRate({
        stages: [{ durationMs: 200, target: 1_000 }],
        preAllocatedVUs: 200,
        maxVUs: 200,
      }),
      100,
    ],
  ] as const;
  const driver = new ClockDriver(createRealClock(takeAnchor()));
  const counts = await Promise.all(expected.map(([spec]) => countOnRealClock(spec, driver)));
  assert.deepEqual(
    counts,
    expected.map(([, count]) => count),
  );
});

async function countOnRealClock(spec: ExecutorSpec, driver: ClockDriver): Promise<number> {
  let control: LoadControl;
  let done = 0;
  const workload: Workload = {
    iterate: (vu) => {
      setImmediate(() => {
        done++;
        control.done(vu);
        control.ready(vu);
      });
    },
    retire: () => {},
    interrupt: () => {},
  };
  await new Promise<void>((resolve) => {
    const executor = createExecutor(spec, {
      shard: { index: 0, count: 1 },
      driver,
      draw: hashDraw,
      workload,
      observer: { started: () => {}, dropped: () => {} },
      onEnd: resolve,
    });
    control = executor;
    executor.start(driver.clock.nowUs());
  });
  return done;
}
