import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PendingMessage } from '#src/shard/pending-message.js';
import { MAX_WAITING, RetryQueue } from '#src/shard/retry-queue.js';
import { VirtualClock } from '#test/load/virtual-clock.js';

const START_US = 1_000_000;

/** Takes what is due whenever it is told. */
function queueOf() {
  const clock = new VirtualClock({ startUs: START_US });
  const taken: { dueAtUs: number; atUs: number }[] = [];
  const queue: RetryQueue = new RetryQueue({
    nowUs: () => clock.nowUs(),
    setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs),
    onDue: () => {
      for (let next = queue.takeDue(); next !== null; next = queue.takeDue())
        taken.push({ dueAtUs: next.dueAtUs, atUs: clock.nowUs() });
    },
  });
  const add = (dueAtUs: number) => queue.add({ dueAtUs } as PendingMessage);
  return { clock, queue, taken, add };
}

test('whatever is added, it is due in order and never early', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), (delaysMs) => {
      const { clock, taken, add } = queueOf();
      for (const delayMs of delaysMs) add(START_US + delayMs * 1000);
      clock.run();
      const due = taken.map(({ dueAtUs }) => dueAtUs);
      assert.deepEqual(
        due,
        [...due].sort((a, b) => a - b),
      );
      assert.equal(taken.length, delaysMs.length);
      assert.ok(taken.every(({ dueAtUs, atUs }) => atUs >= dueAtUs));
    }),
  );
});

test('one that is due before all others is not kept by them', () => {
  const { clock, taken, add } = queueOf();
  add(START_US + 9_000_000);
  add(START_US + 1_000_000);
  clock.run(START_US + 2_000_000);
  assert.equal(taken.length, 1);
});

test('nothing is due any more when all was taken', () => {
  const { clock, queue, taken, add } = queueOf();
  add(START_US + 1_000);
  add(START_US + 2_000);
  assert.equal(queue.takeAll().length, 2);
  clock.run();
  assert.deepEqual([taken.length, queue.takeDue()], [0, null]);
});

test('it says when it is full', () => {
  const { queue, add } = queueOf();
  for (let i = 0; i < MAX_WAITING - 1; i++) add(START_US + i);
  assert.equal(queue.isFull, false);
  add(START_US);
  assert.equal(queue.isFull, true);
  queue.takeDue();
  assert.equal(queue.isFull, false);
});
