import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, createRig, numbersOf, perVuIterations, range, START_US } from './rig.js';

test('each VU runs its own iterations at its own pace, numbered j · vus + v', () => {
  const rig = createRig(perVuIterations({ vus: 3, iterations: 2 }), {
    answers: (vu) => after((vu + 1) * 100_000)(),
  });
  rig.run();
  const { workload, started } = rig.shards[0]!;
  assert.deepEqual(
    workload.iterations.map(({ vu, slot }) => [vu, slot.iteration]),
    [
      [0, 0],
      [1, 1],
      [2, 2],
      [0, 3],
      [1, 4],
      [2, 5],
    ],
  );
  assert.equal(Math.round((started[5]!.startedAtUs - START_US) / 1_000), 300);
});

test('a VU is retired as soon as its own iterations are over', () => {
  const rig = createRig(perVuIterations({ vus: 2, iterations: 2 }), {
    answers: (vu) => after(vu === 0 ? 100_000 : 900_000)(),
  });
  rig.run(START_US + 500_000);
  const { executor, workload } = rig.shards[0]!;
  assert.deepEqual(workload.retired, [0]);
  assert.equal(executor.activeVus, 1);
  rig.clock.run();
  assert.deepEqual(workload.retired, [0, 1]);
});

test('what the slow VUs could not start within maxDuration is dropped', () => {
  const rig = createRig(perVuIterations({ vus: 2, iterations: 10, maxDurationMs: 1_000 }), {
    answers: (vu) => after(vu === 0 ? 50_000 : 300_000)(),
  });
  rig.run();
  assert.equal(rig.shards[0]!.started.length, 14);
  assert.deepEqual(rig.shards[0]!.dropped, [{ atUs: START_US + 1_000_000, count: 6 }]);
});

for (const [vus, iterations, shards] of [
  [7, 3, 1],
  [7, 3, 2],
  [7, 3, 3],
  [2, 5, 4],
] as const) {
  test(`the ${vus} VUs of ${shards} shards run every number once, each VU its own`, () => {
    const rig = createRig(perVuIterations({ vus, iterations }), { shards });
    rig.run();
    assert.deepEqual(numbersOf(rig.shards), range(vus * iterations));
    for (const { workload, endsUs } of rig.shards) {
      assert.equal(endsUs.length, 1);
      for (const { vu, slot } of workload.iterations) assert.equal(slot.iteration % vus, vu);
    }
  });
}
