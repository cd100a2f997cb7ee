import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, constantArrivalRate, countDropped, createRig, numbersOf, range, START_US } from './rig.js';

const TURN_US = 10;

for (const { rate, serviceMs, maxVUs, durationMs, started, dropped } of [
  { rate: 100, serviceMs: 5, maxVUs: 1, durationMs: 1_000, started: 100, dropped: 0 },
  { rate: 100, serviceMs: 1_005, maxVUs: 10, durationMs: 1_000, started: 10, dropped: 90 },
  { rate: 100, serviceMs: 1_005, maxVUs: 10, durationMs: 2_000, started: 20, dropped: 180 },
  { rate: 100, serviceMs: 15, maxVUs: 1, durationMs: 1_000, started: 50, dropped: 50 },
  { rate: 100, serviceMs: 95, maxVUs: 10, durationMs: 1_000, started: 100, dropped: 0 },
  { rate: 100, serviceMs: 95, maxVUs: 9, durationMs: 1_000, started: 90, dropped: 10 },
]) {
  test(`${rate}/s for ${durationMs} ms, ${serviceMs} ms of service, ${maxVUs} VUs: ${started} started, ${dropped} dropped`, () => {
    const spec = constantArrivalRate({ rate, durationMs, preAllocatedVUs: maxVUs, maxVUs });
    const rig = createRig(spec, { answers: after(serviceMs * 1_000) });
    rig.run();
    const [shard] = rig.shards;
    assert.equal(shard!.started.length, started);
    assert.equal(countDropped(rig.shards), dropped);
    assert.equal(shard!.workload.done, started);
    const outcomes = [
      ...shard!.started.map((slot) => slot.scheduledAtUs),
      ...shard!.dropped.map((d) => d.atUs),
    ];
    assert.deepEqual(
      outcomes.sort((a, b) => a - b),
      range(started + dropped).map((n) => START_US + (n * 1_000_000) / rate),
    );
  });
}

test('with ten VUs and a second of service, the first ten arrivals start and the next ninety are dropped', () => {
  const spec = constantArrivalRate({ preAllocatedVUs: 10, maxVUs: 10, durationMs: 2_000 });
  const rig = createRig(spec, { answers: after(1_000_000 - 50) });
  rig.run();
  assert.deepEqual(numbersOf(rig.shards), [...range(10), ...range(10).map((n) => 100 + n)]);
});

test('arrivals start within a turn of the loop of their due time, although timers are early', () => {
  const spec = constantArrivalRate({ rate: 70, preAllocatedVUs: 2, maxVUs: 2 });
  const rig = createRig(spec, { timersEarlyUs: 450, turnUs: TURN_US });
  rig.run();
  assert.equal(rig.shards[0]!.started.length, 70);
  for (const { scheduledAtUs, startedAtUs } of rig.shards[0]!.started) {
    assert.ok(startedAtUs >= scheduledAtUs && startedAtUs <= scheduledAtUs + TURN_US);
  }
});

test('VUs beyond the pre-allocated ones come into being only when none is free', () => {
  const spec = constantArrivalRate({ rate: 10, preAllocatedVUs: 2, maxVUs: 4 });
  const rig = createRig(spec, { answers: after(250_000) });
  rig.run(START_US + 950_000);
  const { executor, workload } = rig.shards[0]!;
  assert.equal(executor.activeVus, 3);
  assert.equal(countDropped(rig.shards), 0);
  rig.clock.run();
  assert.deepEqual(workload.retired.toSorted(), [0, 1, 2]);
});

test('free VUs take turns', () => {
  const rig = createRig(constantArrivalRate({ rate: 10, preAllocatedVUs: 3, maxVUs: 3 }));
  rig.run();
  assert.deepEqual(
    rig.shards[0]!.workload.iterations.map(({ vu }) => vu),
    [0, 1, 2, 0, 1, 2, 0, 1, 2, 0],
  );
});

test('after a busy loop every arrival that fell due is handled in one pass, in order, and its lateness shows', () => {
  const rig = createRig(constantArrivalRate({ preAllocatedVUs: 3, maxVUs: 3 }));
  rig.clock.at(START_US + 95_000, () => rig.clock.spend(50_000));
  rig.run();
  const { started, dropped } = rig.shards[0]!;
  const late = started.filter((slot) => slot.startedAtUs - slot.scheduledAtUs > 1_000);
  assert.deepEqual(
    late.map((slot) => slot.iteration),
    [10, 11, 12],
  );
  assert.deepEqual(
    dropped.map(({ atUs }) => atUs - START_US),
    [130_000, 140_000],
  );
});

test('shards start together the numbers that one would', () => {
  for (const arrival of ['uniform', 'poisson'] as const) {
    const spec = constantArrivalRate({ arrival, preAllocatedVUs: 50, maxVUs: 50 });
    const whole = createRig(spec);
    whole.run();
    for (const shards of [2, 3, 4]) {
      const rig = createRig(spec, { shards });
      rig.run();
      const scheduled = rig.shards.flatMap((shard) => shard.started.map((slot) => slot.scheduledAtUs));
      assert.deepEqual(numbersOf(rig.shards), numbersOf(whole.shards));
      assert.deepEqual(
        scheduled.sort((a, b) => a - b),
        whole.shards[0]!.started.map((slot) => slot.scheduledAtUs),
      );
    }
  }
});

test('more shards than VUs lose no arrival', () => {
  const rig = createRig(constantArrivalRate({ preAllocatedVUs: 1, maxVUs: 2 }), { shards: 3 });
  const vus = () => rig.shards.map((shard) => shard.executor.vus());
  assert.deepEqual(vus(), [[0], [], []]);
  rig.run();
  assert.deepEqual(numbersOf(rig.shards), range(100));
  assert.deepEqual(vus(), [[0], [1], []]);
});
