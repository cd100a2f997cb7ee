import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileWeights } from '#src/message/weighted.js';

test('each index owns a share of the draws as large as its weight', () => {
  const choose = compileWeights([3, 0, 1], 'x');
  assert.deepEqual([0, 0.5, 0.7499, 0.75, 0.999, 1 - 2 ** -53].map(choose), [0, 0, 0, 2, 2, 2]);
});

test('an index of weight 0 is never chosen, wherever it stands', () => {
  for (const weights of [
    [0, 1, 1],
    [1, 0, 1],
    [1, 1, 0],
  ]) {
    const choose = compileWeights(weights, 'x');
    for (let step = 0; step < 1000; step++) assert.notEqual(weights[choose(step / 1000)], 0);
  }
});

test('even draws give even shares over thousands of weights', () => {
  const weights = Array.from({ length: 2000 }, (_, index) => (index % 4) + 1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const choose = compileWeights(weights, 'x');
  const counts = weights.map(() => 0);
  for (let point = 0; point < total; point++) {
    const index = choose((point + 0.5) / total);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  assert.deepEqual(counts, weights);
});

test('weights without a sum over 0 are refused', () => {
  for (const weights of [[], [0], [0, 0], [-1, 2], [Number.NaN], [Number.POSITIVE_INFINITY]]) {
    assert.throws(() => compileWeights(weights, 'messages'), { code: 'MESSAGE_WEIGHTS_INVALID' });
  }
});
