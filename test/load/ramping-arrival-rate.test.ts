import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, countDropped, createRig, numbersOf, rampingArrivalRate, range, START_US } from './rig.js';

function stages(...pairs: [durationMs: number, target: number][]) {
  return pairs.map(([durationMs, target]) => ({ durationMs, target }));
}

for (const { title, startRate, ramp, serviceMs, vus, started, dropped } of [
  { title: 'up', startRate: 0, ramp: stages([2_000, 100]), serviceMs: 5, vus: 1, started: 100, dropped: 0 },
  { title: 'down', startRate: 100, ramp: stages([2_000, 0]), serviceMs: 5, vus: 1, started: 100, dropped: 0 },
  { title: 'flat', startRate: 50, ramp: stages([2_000, 50]), serviceMs: 5, vus: 1, started: 100, dropped: 0 },
  {
    title: 'a jump',
    startRate: 0,
    ramp: stages([0, 50], [2_000, 50]),
    serviceMs: 5,
    vus: 1,
    started: 100,
    dropped: 0,
  },
  // Due every 10 ms, free again after 15.
  {
    title: 'too much',
    startRate: 100,
    ramp: stages([1_000, 100]),
    serviceMs: 15,
    vus: 1,
    started: 50,
    dropped: 50,
  },
]) {
  test(`${title}: ${started} started, ${dropped} dropped`, () => {
    const spec = rampingArrivalRate({ startRate, stages: ramp, preAllocatedVUs: vus, maxVUs: vus });
    const rig = createRig(spec, { answers: after(serviceMs * 1_000) });
    rig.run();
    assert.equal(rig.shards[0]!.started.length, started);
    assert.equal(countDropped(rig.shards), dropped);
  });
}

test('it starts at its startTime, and what is due at the very end still begins', () => {
  const spec = rampingArrivalRate({ startRate: 2, stages: stages([1_000, 2]), startTimeMs: 3_000 });
  const rig = createRig(spec);
  rig.run();
  assert.deepEqual(
    rig.shards[0]!.started.map(({ scheduledAtUs }) => scheduledAtUs - START_US),
    [3_500_000, 4_000_000],
  );
});

test('VUs beyond the pre-allocated ones come into being as the rate rises', () => {
  const spec = rampingArrivalRate({ stages: stages([4_000, 20]), preAllocatedVUs: 1, maxVUs: 10 });
  const rig = createRig(spec, { answers: after(300_000) });
  rig.run(START_US + 1_000_000);
  assert.equal(rig.shards[0]!.executor.activeVus, 2);
  rig.clock.run(START_US + 4_000_000 - 1);
  assert.equal(rig.shards[0]!.executor.activeVus, 6);
});

for (const arrival of ['uniform', 'poisson'] as const) {
  test(`shards start together the ${arrival} arrivals that one would`, () => {
    const ramp = stages([500, 300], [500, 10], [0, 200], [500, 200]);
    const spec = rampingArrivalRate({ arrival, stages: ramp, preAllocatedVUs: 50, maxVUs: 50 });
    const whole = createRig(spec);
    whole.run();
    const [one] = whole.shards;
    assert.deepEqual(numbersOf(whole.shards), range(one!.started.length));
    for (const shards of [2, 3, 4]) {
      const rig = createRig(spec, { shards });
      rig.run();
      const scheduled = rig.shards.flatMap((shard) => shard.started.map((slot) => slot.scheduledAtUs));
      assert.deepEqual(
        scheduled.sort((a, b) => a - b),
        one!.started.map((slot) => slot.scheduledAtUs),
      );
    }
  });
}
