import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noCounts } from '#src/sink/counts.js';
import { addCounts, countsSince } from '#src/sink/counts-sum.js';

const one = { ...noCounts(), messages: 3, bytes: 30, behaviours: { slow: 2, odd: 1 }, heldUs: { slow: 500 } };
const failures = { bounceFailures: 2, bounceFailureReasons: { refused: 2 } };
const other = { ...noCounts(), ...failures, messages: 4, errors: 1, behaviours: { slow: 5 }, heldUs: {} };

test('every count is added, behaviours by name', () => {
  assert.deepEqual(addCounts([one, other]), {
    ...noCounts(),
    messages: 7,
    bytes: 30,
    errors: 1,
    ...failures,
    behaviours: { slow: 7, odd: 1 },
    heldUs: { slow: 500 },
  });
  assert.deepEqual(addCounts([]), noCounts());
});

test('what came since a moment leaves out what came before it', () => {
  assert.deepEqual(countsSince(one, addCounts([one, other])), other);
  assert.deepEqual(countsSince(one, one), noCounts());
});
