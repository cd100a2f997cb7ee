import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, countDropped, createRig, numbersOf, range, START_US, sharedIterations } from './rig.js';

for (const { vus, iterations, starts } of [
  { vus: 1, iterations: 3, starts: [0, 100, 200] },
  { vus: 2, iterations: 5, starts: [0, 0, 100, 100, 200] },
  { vus: 5, iterations: 2, starts: [0, 0] },
]) {
  test(`${vus} VUs share ${iterations} iterations and start each as soon as one is ready`, () => {
    const rig = createRig(sharedIterations({ vus, iterations }), { answers: after(100_000) });
    rig.run();
    const [shard] = rig.shards;
    assert.deepEqual(numbersOf(rig.shards), range(iterations));
    assert.deepEqual(
      shard!.started.map((slot) => Math.round((slot.startedAtUs - START_US) / 1_000)),
      starts,
    );
    assert.deepEqual(shard!.workload.retired.toSorted(), range(vus));
    assert.deepEqual(shard!.endsUs.length, 1);
  });
}

test('a fast VU takes more of the shared iterations than a slow one', () => {
  const rig = createRig(sharedIterations({ vus: 2, iterations: 11 }), {
    answers: (vu) => after(vu === 0 ? 100_000 : 900_000)(),
  });
  rig.run();
  const vus = rig.shards[0]!.workload.iterations.map(({ vu }) => vu);
  assert.equal(vus.filter((vu) => vu === 1).length, 2);
});

test('iterations never started when maxDuration is over are dropped, those in flight finish', () => {
  const spec = sharedIterations({ vus: 2, iterations: 100, maxDurationMs: 1_000 });
  const rig = createRig(spec, { answers: after(300_000) });
  rig.run();
  const [shard] = rig.shards;
  assert.equal(shard!.started.length, 8);
  assert.deepEqual(shard!.dropped, [{ atUs: START_US + 1_000_000, count: 92 }]);
  assert.equal(shard!.workload.done, 8);
  assert.deepEqual(shard!.workload.interrupted, []);
});

test('iterations not started when a run is stopped are not dropped', () => {
  const rig = createRig(sharedIterations({ vus: 2, iterations: 100 }), { answers: after(300_000) });
  rig.clock.at(START_US + 1_000_000, () => rig.shards[0]!.executor.stop());
  rig.run();
  assert.equal(rig.shards[0]!.started.length, 8);
  assert.equal(countDropped(rig.shards), 0);
  assert.equal(rig.shards[0]!.endsUs.length, 1);
});

test('iterations in flight when the numbers run out have until maxDuration and gracefulStop', () => {
  const spec = sharedIterations({ vus: 1, iterations: 1, maxDurationMs: 1_000, gracefulStopMs: 500 });
  const slow = createRig(spec, { answers: after(1_400_000) });
  slow.run();
  assert.deepEqual(slow.shards[0]!.workload.interrupted, []);
  const tooSlow = createRig(spec, { answers: after(1_600_000) });
  tooSlow.run();
  assert.deepEqual(tooSlow.shards[0]!.workload.interrupted, [0]);
});

for (const [vus, iterations, shards] of [
  [1, 10, 3],
  [2, 10, 4],
  [10, 3, 4],
  [7, 100, 3],
] as const) {
  test(`${shards} shards with ${vus} VUs run numbers 0 to ${iterations - 1} once each`, () => {
    const rig = createRig(sharedIterations({ vus, iterations }), { shards });
    rig.run();
    assert.deepEqual(numbersOf(rig.shards), range(iterations));
    assert.deepEqual(
      rig.shards.flatMap((shard) => shard.workload.retired).sort((a, b) => a - b),
      range(vus),
    );
    for (const shard of rig.shards) assert.equal(shard.endsUs.length, 1);
  });
}
