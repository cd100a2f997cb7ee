import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRules, places } from '../load.js';

function session(words: string): string {
  return `client: { messagesPerSession: ${words} }`;
}

test('a count that is drawn is a range in order, or whole numbers with weights', () => {
  const path = 'client.messagesPerSession';
  assertRules([
    ['SCENARIO_RANGE_REVERSED', path, session('{ min: 3, max: 2 }'), session('{ min: 2, max: 2 }')],
    ['SCENARIO_KEY_MISSING', `${path}.max`, session('{ min: 3 }'), session('{ min: 3, max: 3 }')],
    ['SCENARIO_KEY_MISSING', `${path}.min`, session('{ max: 3 }'), session('{ min: 1, max: 3 }')],
    ['SCENARIO_OUT_OF_RANGE', `${path}.min`, session('{ min: 0, max: 3 }'), session('{ min: 1, max: 3 }')],
    ['SCENARIO_OUT_OF_RANGE', `${path}.max`, session('{ min: 1, max: 2.5 }'), session('{ min: 1, max: 2 }')],
    [
      'SCENARIO_OUT_OF_RANGE',
      `${path}.max`,
      session('{ min: 1, max: 1000000001 }'),
      session('{ min: 1, max: 1000000000 }'),
    ],
    [
      'SCENARIO_OUT_OF_RANGE',
      `${path}["1000000001"]`,
      session('{ 1000000001: 1 }'),
      session('{ 1000000000: 1 }'),
    ],
    [
      'SCENARIO_KEY_UNKNOWN',
      `${path}["5"]`,
      session('{ min: 1, max: 3, 5: 1 }'),
      session('{ min: 1, max: 3 }'),
    ],
    ['SCENARIO_OUT_OF_RANGE', `${path}["1"]`, session('{ 1: -5 }'), session('{ 1: 5 }')],
    ['SCENARIO_WEIGHTS', path, session('{ 1: 0, 2: 0 }'), session('{ 1: 0, 2: 0.5 }')],
    ['SCENARIO_WEIGHTS', path, session('{}'), session('{ 1: 1 }')],
    ['SCENARIO_FORMAT', `${path}["0"]`, session('{ 0: 5 }'), session('{ 1: 5 }')],
    ['SCENARIO_FORMAT', `${path}.mim`, session('{ mim: 1, max: 5 }'), session('{ min: 1, max: 5 }')],
    ['SCENARIO_TYPE', `${path}["2"]`, session('{ 1: 5, 2: often }'), session('{ 1: 5, 2: 5 }')],
  ]);
});

test('every fault of such a map is told, at its own place', () => {
  assert.deepEqual(places(session('{ 1: -1, 2000000000: 1, one: 5 }')), [
    's.yaml:1:36 client.messagesPerSession["1"] SCENARIO_OUT_OF_RANGE',
    's.yaml:1:52 client.messagesPerSession["2000000000"] SCENARIO_OUT_OF_RANGE',
    's.yaml:1:55 client.messagesPerSession.one SCENARIO_FORMAT',
  ]);
});
