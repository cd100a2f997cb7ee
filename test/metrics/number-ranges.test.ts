import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RangeCollector } from '#src/metrics/number-ranges.js';
import type { NumberRange } from '#src/metrics/snapshot.js';

function expand(ranges: readonly NumberRange[]): number[] {
  return ranges.flatMap(([first, count, step]) =>
    Array.from({ length: count }, (_, index) => first + index * step),
  );
}

test('numbers that follow each other at the step are one range', () => {
  const collector = new RangeCollector(4);
  for (const number of [13, 1, 5, 9]) collector.add(number);
  assert.deepEqual(collector.take(), [[1, 4, 4]]);
});

test('a gap ends a range', () => {
  const collector = new RangeCollector(1);
  for (const number of [1, 2, 3, 7, 8, 20]) collector.add(number);
  assert.deepEqual(collector.take(), [
    [1, 3, 1],
    [7, 2, 1],
    [20, 1, 1],
  ]);
});

test('numbers of two scenarios that interleave are two ranges', () => {
  const collector = new RangeCollector(2);
  for (let number = 0; number < 100; number++) collector.add(number);
  assert.deepEqual(collector.take(), [
    [0, 50, 2],
    [1, 50, 2],
  ]);
});

test('ranges come by their first number', () => {
  const collector = new RangeCollector(3);
  for (const number of [20, 4, 7, 2, 5]) collector.add(number);
  assert.deepEqual(collector.take(), [
    [2, 2, 3],
    [4, 2, 3],
    [20, 1, 3],
  ]);
});

test('what was taken is not taken again', () => {
  const collector = new RangeCollector(1);
  assert.deepEqual(collector.take(), []);
  collector.add(5);
  assert.deepEqual(collector.take(), [[5, 1, 1]]);
  assert.deepEqual(collector.take(), []);
  collector.add(6);
  assert.deepEqual(collector.take(), [[6, 1, 1]]);
});

test('more numbers than it has room for at first, in any order, are one range', () => {
  const collector = new RangeCollector(2);
  for (let index = 9_999; index >= 0; index--) collector.add(1 + 2 * index);
  assert.deepEqual(collector.take(), [[1, 10_000, 2]]);
});

test('the ranges hold exactly the numbers added, whatever the step', () => {
  const numbers = fc.array(fc.nat({ max: 2 ** 40 }), { maxLength: 300 });
  const close = fc.array(fc.nat({ max: 60 }), { maxLength: 300 });
  fc.assert(
    fc.property(fc.oneof(numbers, close), fc.integer({ min: 1, max: 8 }), (added, step) => {
      const collector = new RangeCollector(step);
      for (const number of added) collector.add(number);
      const sorted = (values: number[]) => [...values].sort((a, b) => a - b);
      assert.deepEqual(sorted(expand(collector.take())), sorted(added));
    }),
  );
});
