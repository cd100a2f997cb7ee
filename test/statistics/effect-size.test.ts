import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leastPairs, pairsNeeded, smallestVisible, standardDeviation } from '#src/statistics/effect-size.js';
import { signedRankP } from '#src/statistics/signed-rank.js';

/** Of n values with a standard deviation of 1. */
function unit(n: number): readonly number[] {
  const values = Array.from({ length: n }, (_, i) => i);
  const deviation = standardDeviation(values);
  return values.map((value) => value / deviation);
}

test('what so many pairs can see, in standard deviations, is what the research says', () => {
  const seen = [6, 8, 10, 15, 20].map((n) => smallestVisible(unit(n)).toFixed(2));
  assert.deepEqual(seen, ['1.46', '1.18', '1.02', '0.80', '0.68']);
  assert.equal(smallestVisible([1]), Number.POSITIVE_INFINITY);
});

test('the pairs that are needed are the fewest that see it', () => {
  const values = unit(10);
  assert.equal(pairsNeeded(values, smallestVisible(values)), 10);
  assert.equal(pairsNeeded(values, smallestVisible(values) * 0.999), 11);
  assert.equal(pairsNeeded(values, 100), 6);
  assert.equal(pairsNeeded(values, -1.02), 10);
  assert.equal(pairsNeeded(values, 1e-6), null);
  assert.equal(pairsNeeded([1, 1, 1], 0.01), 6);
});

test('with fewer pairs than this the smallest p-value there is is too large', () => {
  for (const questions of [1, 2, 3, 4, 8]) {
    const least = leastPairs(questions);
    const smallest = (pairs: number) =>
      questions * signedRankP(Array.from({ length: pairs }, (_, i) => i + 1));
    assert.ok(smallest(least) < 0.05, `${questions}`);
    assert.ok(smallest(least - 1) >= 0.05, `${questions}`);
  }
});
