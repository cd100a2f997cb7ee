import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  constantVus,
  createRig,
  numbersOf,
  perVuIterations,
  range,
  START_US,
  sharedIterations,
} from './rig.js';

const AT_ONCE = { readyUs: null, doneUs: null };

for (const first of ['ready', 'done'] as const) {
  test(`a workload that answers within iterate, ${first} first, runs without recursion`, () => {
    const spec = sharedIterations({ vus: 3, iterations: 50_000 });
    const rig = createRig(spec, { answers: () => ({ ...AT_ONCE, first }) });
    rig.run();
    const { workload, endsUs } = rig.shards[0]!;
    assert.equal(workload.done, 50_000);
    assert.equal(workload.maxDepth, 1);
    assert.equal(endsUs.length, 1);
  });
}

test('a workload that answers within iterate does not keep timers and sockets from their turn', () => {
  const rig = createRig(constantVus({ vus: 2 }), {
    answers: () => {
      rig.clock.spend(20);
      return AT_ONCE;
    },
  });
  const sinceUs: number[] = [];
  for (const i of range(100)) {
    const dueUs = START_US + i * 5_000;
    rig.clock.at(dueUs, () => sinceUs.push(rig.clock.nowUs() - dueUs));
  }
  rig.run();
  assert.equal(sinceUs.length, 100);
  assert.ok(Math.max(...sinceUs) < 2_000, `${Math.max(...sinceUs)} µs late`);
  const last = rig.shards[0]!.started.at(-1)!;
  assert.ok(last.startedAtUs < START_US + 1_000_000);
});

test('a workload that begins to answer within iterate when the run is under way is served to the end', () => {
  const rig = createRig(sharedIterations({ vus: 1, iterations: 1_000 }), {
    answers: (_vu, { iteration }) => (iteration === 0 ? { readyUs: 1_000, doneUs: 1_000 } : AT_ONCE),
  });
  rig.run(START_US + 100_000);
  assert.equal(rig.shards[0]!.workload.done, 1_000);
  assert.equal(rig.shards[0]!.endsUs.length, 1);
});

test('a VU that is ready before it is done starts its next iteration at once', () => {
  const rig = createRig(perVuIterations({ vus: 1, iterations: 4 }), {
    answers: () => ({ readyUs: 100_000, doneUs: 250_000 }),
  });
  rig.run();
  const { started, workload, endsUs } = rig.shards[0]!;
  const originUs = started[0]!.startedAtUs;
  assert.deepEqual(
    started.map((slot) => slot.startedAtUs - originUs),
    [0, 100_000, 200_000, 300_000],
  );
  assert.equal(workload.maxInFlight, 3);
  assert.deepEqual(workload.retired, [0]);
  assert.equal(endsUs[0], originUs + 550_000);
});

test('a VU that says ready twice gets one iteration', () => {
  const rig = createRig(constantVus({ vus: 1 }), { answers: () => ({ readyUs: 300_000, doneUs: 300_000 }) });
  const { executor } = rig.shards[0]!;
  rig.clock.at(START_US + 100_000, () => {
    // Not what the fake's own state says, so that a second iteration would fail the test.
    executor.ready(0);
    executor.ready(0);
  });
  assert.throws(() => rig.run(), /without having said ready/);
  assert.deepEqual(numbersOf(rig.shards), [0, 1]);
});

test('a VU that waits to reconnect is not waited for when the numbers have run out', () => {
  const rig = createRig(sharedIterations({ vus: 2, iterations: 2 }), {
    answers: () => ({ readyUs: 5_000_000, doneUs: 1_000 }),
  });
  rig.run(START_US + 50_000);
  const { workload, endsUs } = rig.shards[0]!;
  assert.deepEqual(workload.retired, [0, 1]);
  assert.equal(endsUs.length, 1);
  // Their late ready changes nothing.
  rig.clock.run();
  assert.equal(endsUs.length, 1);
});

test('a VU that offers gets iterations inside the call, as long as any are left', () => {
  const rig = createRig(sharedIterations({ vus: 1, iterations: 5 }), {
    answers: (_vu, { iteration }) => ({
      ...(iteration === 0 && { offerUs: 10_000, room: 8 }),
      readyUs: 100_000,
      doneUs: 100_000,
    }),
  });
  rig.run();
  const { workload, started, endsUs } = rig.shards[0]!;
  assert.deepEqual(workload.offers, [true, true, true, true, false]);
  assert.deepEqual(
    started.slice(1).map((slot) => slot.startedAtUs - started[0]!.startedAtUs),
    Array(4).fill(10_000),
  );
  assert.deepEqual([workload.done, workload.retired, endsUs.length], [5, [0], 1]);
});

test('an offer in the moment after the end gets nothing', () => {
  const rig = createRig(constantVus({ vus: 1, durationMs: 100 }), {
    answers: () => ({ readyUs: 300_000, doneUs: 300_000 }),
  });
  const told: boolean[] = [];
  // The loop was busy across the end, and the alarm has not rung yet.
  rig.clock.at(START_US + 99_500, () => {
    rig.clock.spend(1_000);
    told.push(rig.shards[0]!.executor.offer(0));
  });
  rig.run();
  assert.deepEqual(told, [false]);
});

test('a VU that takes its ready back while it waits for its turn is passed over', () => {
  const rig = createRig(sharedIterations({ vus: 2, iterations: 2 }), {
    answers: (vu) => {
      if (vu === 0) rig.shards[0]!.executor.busy(1);
      return { readyUs: 100_000, doneUs: 100_000 };
    },
  });
  rig.run();
  assert.deepEqual(
    rig.shards[0]!.workload.iterations.map(({ vu }) => vu),
    [0, 0],
  );
});
