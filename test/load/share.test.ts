import assert from 'node:assert/strict';
import { test } from 'node:test';
import { narrowedTo, numberAt, positionOf, sizeOf } from '#src/load/share.js';
import { range } from './rig.js';

test('the shares of all shards hold every number once', () => {
  for (const count of [1, 2, 3, 4, 7]) {
    for (const total of [0, 1, 2, 6, 7, 8, 100]) {
      const numbers = range(count).flatMap((index) => {
        const share = { index, count };
        return range(sizeOf(share, total)).map((i) => numberAt(share, i));
      });
      assert.deepEqual(
        numbers.sort((a, b) => a - b),
        range(total),
        `${total} over ${count}`,
      );
    }
  }
});

test('a position is the inverse of a number, and fractional for numbers of other shards', () => {
  const share = { index: 2, count: 5 };
  assert.equal(positionOf(share, numberAt(share, 17)), 17);
  assert.ok(!Number.isInteger(positionOf(share, 3)));
});

test('shards beyond the number of VUs own nothing and the others divide everything', () => {
  const shares = range(4).map((index) => narrowedTo({ index, count: 4 }, 3));
  assert.deepEqual(
    shares.map((share) => sizeOf(share, 3)),
    [1, 1, 1, 0],
  );
  assert.deepEqual(
    shares.map((share) => sizeOf(share, 10)),
    [4, 3, 3, 0],
  );
});
