import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, constantVus, countDropped, createRig, numbersOf, range, START_US } from './rig.js';

test('every VU iterates back to back until the duration is over, and nothing is dropped', () => {
  const rig = createRig(constantVus({ vus: 3, durationMs: 1_000 }), { answers: after(150_000) });
  rig.run();
  const { started, workload } = rig.shards[0]!;
  assert.equal(started.length, 3 * 7);
  assert.deepEqual(numbersOf(rig.shards), range(21));
  assert.equal(countDropped(rig.shards), 0);
  assert.equal(workload.maxInFlight, 3);
  assert.equal(workload.done, 21);
});

test('in a closed executor an iteration is scheduled when it starts', () => {
  const rig = createRig(constantVus({ vus: 3 }), { answers: after(150_000) });
  rig.run();
  for (const slot of rig.shards[0]!.started) assert.equal(slot.scheduledAtUs, slot.startedAtUs);
});

test('a VU that becomes ready at the very end gets no further iteration, one just before does', () => {
  for (const [beforeEndUs, count] of [
    [0, 1],
    [1, 2],
  ] as const) {
    const readyAtUs = START_US + 1_000_000 - beforeEndUs;
    const rig = createRig(constantVus({ vus: 1, durationMs: 1_000 }), {
      answers: (_vu, { iteration, startedAtUs }) =>
        after(iteration === 0 ? readyAtUs - startedAtUs : 100_000)(),
    });
    rig.run();
    assert.equal(rig.shards[0]!.started.length, count);
  }
});

test('shards share the VUs and number their own starts', () => {
  const rig = createRig(constantVus({ vus: 5, durationMs: 1_000 }), { shards: 2, answers: after(150_000) });
  rig.run();
  const [even, odd] = rig.shards;
  assert.deepEqual(even!.executor.vus(), [0, 2, 4]);
  assert.deepEqual(odd!.executor.vus(), [1, 3]);
  assert.deepEqual(
    numbersOf([even!]),
    range(21).map((i) => 2 * i),
  );
  assert.deepEqual(
    numbersOf([odd!]),
    range(14).map((i) => 2 * i + 1),
  );
});

test('a shard without a VU is over at once', () => {
  const rig = createRig(constantVus({ vus: 1, durationMs: 60_000 }), { shards: 2 });
  rig.run(START_US + 10_000);
  assert.deepEqual(
    rig.shards.map((shard) => shard.endsUs.length),
    [0, 1],
  );
});
