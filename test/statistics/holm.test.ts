import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holm } from '#src/statistics/holm.js';

test('the smallest is taken times their number, the next times one less, and none falls below the one before', () => {
  // As R's p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm").
  const adjusted = holm([0.01, 0.04, 0.03, 0.005]).map((p) => Number(p.toFixed(12)));
  assert.deepEqual(adjusted, [0.03, 0.06, 0.06, 0.02]);
  assert.deepEqual(holm([0.5, 0.9]), [1, 1]);
  assert.deepEqual(holm([0.02]), [0.02]);
  assert.deepEqual(holm([]), []);
});

test('nothing gets more certain, nothing gets beyond 1, and the order stays', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (pValues) => {
      const adjusted = holm(pValues);
      for (const [i, p] of pValues.entries()) {
        assert.ok(adjusted[i]! >= p && adjusted[i]! <= 1);
        for (const [j, q] of pValues.entries()) if (p < q) assert.ok(adjusted[i]! <= adjusted[j]!);
      }
    }),
    { seed: 3 },
  );
});
