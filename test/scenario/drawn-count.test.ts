import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFixed, mostOf, toDrawnCount } from '#src/scenario/drawn-count.js';
import { load } from './load.js';

test('a number, a range and a map of weights are counts with their bounds', () => {
  assert.deepEqual(toDrawnCount(7), { min: 7, max: 7 });
  assert.deepEqual(toDrawnCount({ max: 5, min: 2 }), { min: 2, max: 5 });
  assert.deepEqual(toDrawnCount({ 10: 10, 1: 70, 99: 0 }), {
    min: 1,
    max: 10,
    weights: [
      { count: 1, weight: 70 },
      { count: 10, weight: 10 },
      { count: 99, weight: 0 },
    ],
  });
});

test('the most that may come is known, and whether it is always the same', () => {
  assert.deepEqual([7, { min: 2, max: 5 }, { 3: 1, 9: 2, 50: 0 }, { min: 1 }].map(mostOf), [
    7,
    5,
    9,
    undefined,
  ]);
  assert.deepEqual([7, { min: 5, max: 5 }, { 3: 1, 9: 0 }, { min: 2, max: 5 }, { 3: 1, 9: 1 }].map(isFixed), [
    true,
    true,
    true,
    false,
    false,
  ]);
});

test('the file names the numbers of messages of a session with their weights', () => {
  const { scenario } = load('client: { messagesPerSession: { 1: 70, 2: 20, 10: 10 } }');
  assert.deepEqual(scenario.client.messagesPerSession, {
    min: 1,
    max: 10,
    weights: [
      { count: 1, weight: 70 },
      { count: 2, weight: 20 },
      { count: 10, weight: 10 },
    ],
  });
});
