import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrap } from '#src/statistics/bootstrap.js';
import { createDraws } from '#src/statistics/draws.js';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('the interval of a mean is about what the normal distribution says', () => {
  const draw = createDraws(1);
  const sample = Array.from({ length: 200 }, () =>
    Array.from({ length: 12 }, draw).reduce((a, b) => a + b, -6),
  );
  const [found] = bootstrap(sample, (values) => [mean(values)], { resamples: 2_000, confidence: 0.95, draw });
  const [low, high] = [found!.low - mean(sample), found!.high - mean(sample)];
  const expected = 1.96 / Math.sqrt(200);
  assert.ok(Math.abs(low + expected) < 0.02 && Math.abs(high - expected) < 0.02, `${low} … ${high}`);
});

test('several numbers have an interval each; one that never is a number has none', () => {
  const options = { resamples: 50, confidence: 0.9, draw: createDraws(2) };
  const [same, none] = bootstrap([4, 4, 4], (values) => [mean(values), Number.NaN], options);
  assert.deepEqual(same, { low: 4, high: 4 });
  assert.equal(none, null);
});

test('the same seed draws the same, evenly from 0 to 1', () => {
  const [one, other] = [createDraws(9), createDraws(9)];
  const drawn = Array.from({ length: 1_000 }, one);
  assert.deepEqual(drawn, Array.from({ length: 1_000 }, other));
  assert.ok(drawn.every((value) => value >= 0 && value < 1));
  assert.ok(Math.abs(mean(drawn) - 0.5) < 0.03);
});
