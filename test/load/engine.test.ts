import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BugError } from '#src/errors.js';
import type { ExecutorSpec } from '#src/scenario/executor-spec.js';
import {
  after,
  constantArrivalRate,
  constantVus,
  createRig,
  perVuIterations,
  type RigOptions,
  range,
  START_US,
  sharedIterations,
} from './rig.js';

/** Each executor with four VUs, busy for a second. */
const EXECUTORS: readonly ((keys: { startTimeMs?: number; gracefulStopMs?: number }) => ExecutorSpec)[] = [
  (keys) => sharedIterations({ vus: 4, iterations: 1_000_000, maxDurationMs: 1_000, ...keys }),
  (keys) => perVuIterations({ vus: 4, iterations: 1_000, maxDurationMs: 1_000, ...keys }),
  (keys) => constantVus({ vus: 4, durationMs: 1_000, ...keys }),
  (keys) => constantArrivalRate({ rate: 100, preAllocatedVUs: 4, maxVUs: 4, durationMs: 1_000, ...keys }),
];

function createShard(spec: ExecutorSpec, options: RigOptions = {}) {
  const rig = createRig(spec, options);
  return { rig, ...rig.shards[0]! };
}

for (const create of EXECUTORS) {
  const { executor: name } = create({});

  test(`${name}: the first iteration starts at startTime, and the duration runs from there`, () => {
    const { rig, executor, started, endsUs } = createShard(create({ startTimeMs: 2_000 }));
    rig.run(START_US + 1_999_000);
    assert.equal(executor.activeVus, 0);
    assert.equal(started.length, 0);
    rig.clock.run();
    assert.ok(started[0]!.startedAtUs - START_US - 2_000_000 <= 10);
    assert.ok(endsUs[0]! >= START_US + 3_000_000 && endsUs[0]! < START_US + 3_010_000);
  });

  test(`${name}: at the end all VUs are retired once, what is in flight finishes, and onEnd is called once`, () => {
    const { rig, executor, workload, endsUs } = createShard(create({}), { answers: after(300_000) });
    rig.run(START_US + 500_000);
    assert.equal(executor.activeVus, 4);
    rig.clock.run();
    assert.equal(executor.activeVus, 0);
    assert.deepEqual(workload.retired.toSorted(), range(4));
    assert.equal(workload.done, workload.iterations.length);
    assert.deepEqual(workload.interrupted, []);
    assert.equal(endsUs.length, 1);
    assert.equal(rig.clock.pending, 0);
  });

  test(`${name}: what is still in flight after gracefulStop is interrupted, and counted as done`, () => {
    const spec = create({ gracefulStopMs: 500 });
    const { rig, workload, endsUs } = createShard(spec, { answers: after(60_000_000) });
    rig.run(START_US + 1_499_000);
    assert.deepEqual(workload.interrupted, []);
    rig.clock.run(START_US + 1_501_000);
    assert.deepEqual(workload.interrupted, range(4));
    assert.equal(workload.done, 4);
    assert.equal(endsUs.length, 1);
  });

  test(`${name}: the end waits for interrupted iterations that take a moment to be over`, () => {
    const options = { answers: after(60_000_000), interruptUs: 40_000 };
    const { rig, workload, endsUs } = createShard(create({ gracefulStopMs: 0 }), options);
    rig.run();
    assert.deepEqual(workload.interrupted, range(4));
    assert.ok(endsUs[0]! - START_US >= 1_040_000 && endsUs[0]! - START_US < 1_041_000);
  });

  test(`${name}: stop lets iterations in flight finish within gracefulStop`, () => {
    for (const [gracefulStopMs, interrupted] of [
      [300, 0],
      [100, 4],
    ] as const) {
      const { rig, executor, workload, endsUs } = createShard(create({ gracefulStopMs }), {
        answers: after(300_000),
      });
      rig.clock.at(START_US + 500_000, () => executor.stop());
      rig.run(START_US + 500_000);
      const begun = workload.iterations.length;
      assert.deepEqual(endsUs, []);
      rig.clock.run();
      assert.equal(workload.iterations.length, begun);
      assert.equal(workload.interrupted.length, interrupted);
      assert.equal(workload.done, begun);
      assert.equal(endsUs.length, 1);
    }
  });

  test(`${name}: a second stop does not prolong gracefulStop, abort ends it`, () => {
    for (const [again, endUs] of [
      ['stop', 700_000],
      ['abort', 650_000],
    ] as const) {
      const { rig, executor, workload, endsUs } = createShard(create({ gracefulStopMs: 200 }), {
        answers: after(60_000_000),
      });
      rig.clock.at(START_US + 500_000, () => executor.stop());
      rig.clock.at(START_US + 650_000, () => executor[again]());
      rig.clock.at(START_US + 900_000, () => executor.abort());
      rig.run();
      assert.equal(workload.interrupted.length, 4);
      assert.equal(endsUs.length, 1);
      assert.ok(endsUs[0]! - START_US - endUs <= 10, `${again}: ${endsUs[0]! - START_US}`);
    }
  });

  test(`${name}: abort interrupts at once`, () => {
    const { rig, executor, workload, endsUs } = createShard(create({}), { answers: after(60_000_000) });
    rig.clock.at(START_US + 500_000, () => executor.abort());
    rig.run();
    assert.deepEqual(workload.interrupted, range(4));
    assert.deepEqual(endsUs, [START_US + 500_000]);
  });

  for (const action of ['stop', 'abort'] as const) {
    test(`${name}: ${action} before the start ends it, and start does nothing any more`, () => {
      const { rig, executor, workload, endsUs } = createShard(create({}));
      executor[action]();
      executor[action]();
      assert.deepEqual(workload.retired, range(4));
      assert.equal(endsUs.length, 1);
      rig.run();
      assert.equal(workload.iterations.length, 0);
      assert.equal(endsUs.length, 1);
    });

    test(`${name}: ${action} while waiting for startTime ends it`, () => {
      const { rig, executor, workload, endsUs } = createShard(create({ startTimeMs: 2_000 }));
      rig.clock.at(START_US + 1_000_000, () => executor[action]());
      rig.run();
      assert.equal(workload.iterations.length, 0);
      assert.deepEqual(endsUs, [START_US + 1_000_000]);
    });

    test(`${name}: ${action} may be called within iterate, also when iterations answer there`, () => {
      for (const us of [null, 1_000]) {
        const { rig, executor, workload, endsUs } = createShard(create({}), {
          answers: (_vu, { iteration }) => {
            if (iteration === 10) executor[action]();
            return { readyUs: us, doneUs: us };
          },
        });
        rig.run();
        assert.equal(workload.iterations.length, workload.done);
        assert.ok(workload.iterations.some(({ slot }) => slot.iteration === 10));
        assert.ok(workload.iterations.length <= 14, `${workload.iterations.length} iterations`);
        assert.equal(endsUs.length, 1);
      }
    });
  }

  test(`${name}: a VU that never says ready again keeps nothing from its end`, () => {
    const { rig, workload, endsUs } = createShard(create({}), {
      answers: () => ({ readyUs: 3_600_000_000, doneUs: 1_000 }),
    });
    rig.run(START_US + 1_100_000);
    assert.equal(workload.iterations.length, 4);
    assert.equal(endsUs.length, 1);
  });
}

test('a report for a VU of another shard, or done with nothing in flight, is a bug and not silence', () => {
  const { executor } = createShard(constantVus({ vus: 4 }), { shards: 2 });
  assert.throws(() => executor.ready(1), BugError);
  assert.throws(() => executor.done(0), BugError);
});
