import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import wilcoxon from '@stdlib/stats-wilcoxon';
import fc from 'fast-check';
import { hodgesLehmann, signedRankInterval, signedRankP } from '#src/statistics/signed-rank.js';
import { REFERENCE } from './reference.js';

const near = (actual: number, expected: number, what: string) =>
  assert.ok(
    Math.abs(actual - expected) <= 1e-12 + 1e-9 * Math.abs(expected),
    `${what}: ${actual}, not ${expected}`,
  );

describe('the signed-rank test', () => {
  for (const { differences, p, estimate, interval95, interval90 } of REFERENCE.signedRank) {
    test(`of ${differences.length} differences comes to what SciPy says`, () => {
      near(signedRankP(differences), p, 'p');
      near(hodgesLehmann(differences), estimate, 'estimate');
      for (const [confidence, expected] of [
        [0.95, interval95],
        [0.9, interval90],
      ] as const) {
        const found = signedRankInterval(differences, confidence);
        assert.equal(found === null, expected === null, `${confidence}`);
        if (found === null || expected === null) continue;
        near(found.low, expected[0], 'low');
        near(found.high, expected[1], 'high');
      }
    });
  }

  test('agrees with another library wherever there are neither ties nor zeros', () => {
    const distinct = fc.uniqueArray(fc.integer({ min: 1, max: 10_000 }), { minLength: 5, maxLength: 30 });
    fc.assert(
      fc.property(distinct, fc.infiniteStream(fc.boolean()), (sizes, signs) => {
        const differences = sizes.map((size) => (signs.next().value ? size : -size));
        // Where both tails are more than half, it leaves twice the tail as it is.
        near(signedRankP(differences), Math.min(1, wilcoxon(differences).pValue), 'p');
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  test('takes no side: exchanging the two changes only the sign', () => {
    const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(values, (differences) => {
        const swapped = differences.map((one) => -one);
        near(signedRankP(swapped), signedRankP(differences), 'p');
        near(hodgesLehmann(swapped), -hodgesLehmann(differences), 'estimate');
        const [one, other] = [signedRankInterval(differences, 0.95), signedRankInterval(swapped, 0.95)];
        assert.equal(one?.low ?? 0, -(other?.high ?? 0) + 0);
      }),
      { seed: 6 },
    );
  });

  test('says nothing at all of nothing but zeros, and has no bounds for too few', () => {
    assert.equal(signedRankP([0, 0, 0]), 1);
    assert.deepEqual(signedRankInterval([0, 0, 0, 0, 0, 0], 0.95), { low: 0, high: 0 });
    assert.equal(signedRankInterval([1, 2, 3, 4, 5], 0.95), null);
    assert.deepEqual(signedRankInterval([1, 2, 3, 4, 5, 6], 0.95), { low: 1, high: 6 });
    assert.deepEqual(signedRankInterval([1, 2, 3, 4, 5], 0.9), { low: 1, high: 5 });
    assert.equal(hodgesLehmann([3]), 3);
    assert.ok(Number.isNaN(hodgesLehmann([])));
  });

  test('its interval holds the truth as often as it says', () => {
    // Of all 2^10 patterns of signs, as the test sees them: the bounds hold 0 unless p is below 5 %.
    const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    for (let pattern = 0; pattern < 1024; pattern++) {
      const differences = sizes.map((size, i) => ((pattern >> i) & 1 ? size : -size));
      const { low, high } = signedRankInterval(differences, 0.95)!;
      assert.equal(low > 0 || high < 0, signedRankP(differences) <= 0.05, `${pattern}`);
    }
  });
});
