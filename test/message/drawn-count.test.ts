import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileCount } from '#src/message/drawn-count.js';

/** How often each count comes of as many draws as `of`, spread evenly. */
function tally(draw: (draw: number) => number, of: number): Readonly<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (let step = 0; step < of; step++) {
    const count = draw((step + 0.5) / of);
    counts[count] = (counts[count] ?? 0) + 1;
  }
  return counts;
}

test('of a range each count comes equally often, both ends included', () => {
  assert.deepEqual(tally(compileCount({ min: 2, max: 5 }, 'x'), 400), { 2: 100, 3: 100, 4: 100, 5: 100 });
  assert.deepEqual(tally(compileCount({ min: 3, max: 3 }, 'x'), 10), { 3: 10 });
});

test('of weighted counts each comes as often as its weight says', () => {
  const weights = [
    { count: 1, weight: 70 },
    { count: 2, weight: 20 },
    { count: 7, weight: 0 },
    { count: 10, weight: 10 },
  ];
  assert.deepEqual(tally(compileCount({ min: 1, max: 10, weights }, 'x'), 1_000), {
    1: 700,
    2: 200,
    10: 100,
  });
});
