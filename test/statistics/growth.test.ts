import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growthOf } from '#src/statistics/growth.js';
import { REFERENCE } from './reference.js';

test('slope and p agree with SciPy', () => {
  for (const { values, slope, p } of REFERENCE.growth) {
    const found = growthOf(values);
    assert.ok(Math.abs(found.slope - slope) < 1e-9, `${found.slope} ${slope}`);
    assert.ok(Math.abs(found.p - p) < 1e-6, `${found.p} ${p}`);
  }
});

test('too few numbers, or equal ones, do not grow', () => {
  assert.deepEqual(growthOf([]), { slope: 0, p: 1 });
  assert.deepEqual(growthOf([3]), { slope: 0, p: 1 });
  const { slope, p } = growthOf([3, 3, 3, 3]);
  assert.equal(slope, 0);
  assert.ok(p >= 0.4);
});

test('a few spikes are no growth', () => {
  const { slope, p } = growthOf([5, 4, 5, 900, 5, 4, 5, 4, 5, 4, 5, 800]);
  assert.equal(slope, 0);
  assert.ok(p > 0.05);
});
