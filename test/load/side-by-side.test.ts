/** Properties of all executors: several of them at once, and each over any number of shards. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ExecutorSpec } from '#src/scenario/executor-spec.js';
import {
  after,
  constantArrivalRate,
  constantVus,
  countDropped,
  createRig,
  createRigs,
  dueOf,
  numbersOf,
  perVuIterations,
  type RigShard,
  rampingArrivalRate,
  rampingVus,
  range,
  START_US,
  sharedIterations,
} from './rig.js';

/** Each executor, with room for all its arrivals unless a property takes it away. */
const ROOM = { preAllocatedVUs: 400, maxVUs: 400 };
const STAGES = [
  { durationMs: 150, target: 300 },
  { durationMs: 0, target: 50 },
  { durationMs: 150, target: 0 },
];
const EXECUTORS: Readonly<Record<string, ExecutorSpec>> = {
  'shared-iterations': sharedIterations({ vus: 5, iterations: 83 }),
  'per-vu-iterations': perVuIterations({ vus: 6, iterations: 13 }),
  'constant-vus': constantVus({ vus: 7, durationMs: 120 }),
  'ramping-vus': rampingVus({
    startVUs: 2,
    stages: [
      { durationMs: 100, target: 6 },
      { durationMs: 100, target: 0 },
      { durationMs: 50, target: 3 },
    ],
  }),
  'constant-arrival-rate, uniform': constantArrivalRate({ rate: 300, durationMs: 250, ...ROOM }),
  'constant-arrival-rate, poisson': constantArrivalRate({
    rate: 300,
    durationMs: 250,
    arrival: 'poisson',
    ...ROOM,
  }),
  'ramping-arrival-rate, uniform': rampingArrivalRate({ startRate: 40, stages: STAGES, ...ROOM }),
  'ramping-arrival-rate, poisson': rampingArrivalRate({ stages: STAGES, arrival: 'poisson', ...ROOM }),
  'ramping-arrival-rate, trace': rampingArrivalRate({
    arrival: 'trace',
    stages: [],
    traceUs: [0, 0, 0, 1, 17_500, 17_500, 90_000, 250_000],
    durationMs: 251,
    ...ROOM,
  }),
};

function isOpen(spec: ExecutorSpec): boolean {
  return 'maxVUs' in spec;
}

/** Iteration number and when it was due, µs from the start. */
function arrivalsOf(shards: readonly RigShard[]): [number, number][] {
  const all = shards.flatMap(({ started }) => started);
  return all
    .map(({ iteration, scheduledAtUs }): [number, number] => [iteration, scheduledAtUs - START_US])
    .sort(([a], [b]) => a - b);
}

for (const [name, spec] of Object.entries(EXECUTORS)) {
  test(`${name}: 1, 2 and 4 shards make the same iterations`, () => {
    const options = { answers: after(700), mayReturn: spec.executor === 'ramping-vus' };
    const of = (shards: number) => {
      const rig = createRig(spec, { ...options, shards });
      rig.run();
      return rig.shards;
    };
    const one = of(1);
    assert.ok(numbersOf(one).length >= 8);
    for (const count of [2, 4]) {
      const several = of(count);
      assert.equal(countDropped(several), 0);
      if (isOpen(spec)) assert.deepEqual(arrivalsOf(several), arrivalsOf(one));
      // VUs that are limited by time begin as often, at the same moments, under numbers of their own.
      else if (!('iterations' in spec)) assert.deepEqual(dueOf(several), dueOf(one));
      else assert.deepEqual(numbersOf(several), numbersOf(one));
    }
  });
}

test('what is due does not depend on the VUs there are for it, nor on the shards', () => {
  const open = Object.values(EXECUTORS).filter(isOpen);
  fc.assert(
    fc.property(
      fc.constantFrom(...open),
      fc.integer({ min: 1, max: 6 }),
      fc.constantFrom(1, 2, 4),
      fc.integer({ min: 0, max: 80_000 }),
      (spec, maxVUs, shards, us) => {
        const roomy = createRig(spec);
        roomy.run();
        const tight = createRig({ ...spec, preAllocatedVUs: 0, maxVUs } as ExecutorSpec, {
          shards,
          answers: after(us),
        });
        tight.run();
        assert.deepEqual(dueOf(tight.shards), dueOf(roomy.shards));
      },
    ),
  );
});

test('scenarios at once add up each by itself, and each does what it does alone, from its startTime on', () => {
  const scenario = fc.record({
    name: fc.constantFrom(...Object.keys(EXECUTORS)),
    startTimeMs: fc.integer({ min: 0, max: 400 }),
    maxVUs: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(
      fc.array(scenario, { minLength: 2, maxLength: 5 }),
      fc.constantFrom(1, 2, 4),
      fc.integer({ min: 100, max: 40_000 }),
      (scenarios, shards, us) => {
        const specs = scenarios.map(({ name, startTimeMs, maxVUs }) => {
          const spec = { ...EXECUTORS[name]!, startTimeMs };
          return (isOpen(spec) ? { ...spec, preAllocatedVUs: 1, maxVUs } : spec) as ExecutorSpec;
        });
        const rigs = createRigs(specs, { shards, answers: after(us), mayReturn: true });
        rigs[0]!.run();
        for (const [index, rig] of rigs.entries()) assertAsAlone(rig.shards, specs[index]!);
      },
    ),
    { numRuns: 60 },
  );
});

function assertAsAlone(shards: readonly RigShard[], spec: ExecutorSpec): void {
  const numbers = numbersOf(shards);
  assert.equal(new Set(numbers).size, numbers.length);
  for (const { endsUs, workload, started } of shards) {
    assert.equal(endsUs.length, 1);
    assert.equal(workload.done, started.length);
  }
  const due = dueOf(shards);
  assert.ok(due.every((us) => us >= spec.startTimeMs * 1_000));
  if ('iterations' in spec) {
    const total = spec.executor === 'per-vu-iterations' ? spec.iterations * spec.vus : spec.iterations;
    assert.deepEqual(numbers, range(total));
  } else if (isOpen(spec)) {
    const alone = createRig({ ...spec, startTimeMs: 0, ...ROOM } as ExecutorSpec);
    alone.run();
    assert.deepEqual(
      due,
      dueOf(alone.shards).map((us) => us + spec.startTimeMs * 1_000),
    );
  }
}
