import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changePoints } from '#src/statistics/change-points.js';
import { createDraws } from '#src/statistics/draws.js';

/** Numbers around each mean in turn. */
function series(seed: number, ...parts: readonly (readonly [mean: number, length: number])[]): number[] {
  const draw = createDraws(seed);
  const normal = () => Array.from({ length: 12 }, draw).reduce((sum, one) => sum + one, -6);
  return parts.flatMap(([mean, length]) => Array.from({ length }, () => mean + normal()));
}

function find(values: readonly number[], seed = 1) {
  return changePoints(values, { level: 0.05, permutations: 199, least: 3, draw: createDraws(seed) });
}

test('a step is found where it is', () => {
  const [found, ...more] = find(series(1, [10, 20], [14, 20]));
  assert.deepEqual(more, []);
  assert.equal(found?.index, 20);
  assert.ok(found.p <= 0.01);
});

test('so are two, in the order of the series', () => {
  const found = find(series(2, [10, 15], [15, 15], [11, 15])).map(({ index }) => index);
  assert.equal(found.length, 2);
  assert.ok(Math.abs(found[0]! - 15) <= 1 && Math.abs(found[1]! - 30) <= 1, `${found}`);
});

test('of 100 series without a step, about five seem to have one', () => {
  const wrong = Array.from({ length: 100 }, (_, i) => find(series(100 + i, [10, 24]), i)).filter(
    ({ length }) => length > 0,
  );
  assert.ok(wrong.length <= 10, `${wrong.length}`);
  assert.ok(wrong.length >= 1, 'a test that never errs sees nothing either');
});

test('what is too short, or all the same, has none', () => {
  assert.deepEqual(find([]), []);
  assert.deepEqual(find([1, 9]), []);
  assert.deepEqual(find([1, 1, 9, 9, 9]), []);
  assert.deepEqual(find(Array.from({ length: 30 }, () => 5)), []);
});

test('one run that was off is no change', () => {
  const values = series(3, [10, 30]);
  values[12] = 60;
  assert.deepEqual(find(values), []);
});
