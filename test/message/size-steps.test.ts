import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_SIZE_STEPS, meanSizeBytes, type SizeStep, sizeSteps } from '#src/message/size-steps.js';
import type { SizeDistribution } from '#src/scenario/scenario.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const LOGNORMAL: SizeDistribution = {
  kind: 'lognormal',
  medianBytes: 20 * KIB,
  p95Bytes: 300 * KIB,
  minBytes: KIB,
  maxBytes: 10 * MIB,
};

/** The share of messages that are not larger. */
function shareUpTo(steps: readonly SizeStep[], sizeBytes: number): number {
  const total = steps.reduce((sum, { weight }) => sum + weight, 0);
  return steps.reduce((sum, step) => sum + (step.sizeBytes <= sizeBytes ? step.weight : 0), 0) / total;
}

test('there are few steps, each size once and ascending, between the least and the largest size', () => {
  const size = fc.integer({ min: 512, max: 256 * MIB });
  fc.assert(
    fc.property(fc.uniqueArray(size, { minLength: 4, maxLength: 4 }), (sizes) => {
      const [minBytes, medianBytes, p95Bytes, maxBytes] = sizes.sort((a, b) => a - b) as [
        number,
        number,
        number,
        number,
      ];
      for (const distribution of [
        { kind: 'uniform', minBytes, maxBytes },
        { kind: 'lognormal', minBytes, medianBytes, p95Bytes, maxBytes },
      ] as const) {
        const steps = sizeSteps(distribution);
        assert.ok(steps.length <= MAX_SIZE_STEPS);
        assert.ok(steps.every(({ sizeBytes }) => sizeBytes >= minBytes && sizeBytes <= maxBytes));
        assert.ok(steps.every(({ sizeBytes }, index) => sizeBytes > (steps[index - 1]?.sizeBytes ?? 0)));
        assert.ok(Math.abs(steps.reduce((sum, { weight }) => sum + weight, 0) - 1) < 1e-9);
      }
    }),
  );
});

test('lognormal sizes have the median and the 95th percentile that were asked for, and their tail', () => {
  const steps = sizeSteps(LOGNORMAL);
  assert.ok(Math.abs(shareUpTo(steps, 20 * KIB) - 0.5) < 0.01);
  assert.ok(Math.abs(shareUpTo(steps, 300 * KIB) - 0.95) < 0.01);
  // Φ((ln 2 MiB − ln 20 KiB) / σ), σ = ln 15 / 1.6449.
  assert.ok(Math.abs(shareUpTo(steps, 2 * MIB) - 0.99753) < 0.001);
  assert.ok((steps.at(-1) as SizeStep).sizeBytes > 9 * MIB);
});

test('the mean is that of the distribution, though the largest messages hold most of the bytes', () => {
  const within = (distribution: SizeDistribution, mean: number, tolerance: number) => {
    const found = meanSizeBytes(sizeSteps(distribution));
    assert.ok(Math.abs(found / mean - 1) < tolerance, `${found} for ${mean}`);
  };
  const sigma = Math.log(15) / 1.6448536269514722;
  const unbounded = { ...LOGNORMAL, minBytes: 512, maxBytes: 256 * MIB };
  within(unbounded, 20 * KIB * Math.exp(sigma ** 2 / 2), 0.01);
  within({ kind: 'uniform', minBytes: 2_048, maxBytes: 81_920 }, (2_048 + 81_920) / 2, 0.001);
  within({ kind: 'uniform', minBytes: 512, maxBytes: 256 * MIB }, 128 * MIB, 0.001);
});

test('larger sizes make fewer steps, so that they are composed in time', () => {
  const stepsUpTo = (maxBytes: number) => sizeSteps({ kind: 'uniform', minBytes: 512, maxBytes }).length;
  assert.equal(stepsUpTo(MIB), MAX_SIZE_STEPS);
  assert.ok(stepsUpTo(5 * MIB) < 110);
  assert.equal(stepsUpTo(256 * MIB), 12);
});

test('a histogram of a few sizes is taken as it is, one of many is drawn together', () => {
  const few = [
    { sizeBytes: 600, weight: 3 },
    { sizeBytes: 5_000, weight: 1 },
  ];
  assert.deepEqual(sizeSteps({ kind: 'histogram', bins: few }), few);
  const many = Array.from({ length: 10_000 }, (_, index) => ({
    sizeBytes: 1_000 + index,
    weight: index < 5_000 ? 3 : 1,
  }));
  const steps = sizeSteps({ kind: 'histogram', bins: many });
  assert.ok(steps.length <= MAX_SIZE_STEPS);
  assert.ok(Math.abs(shareUpTo(steps, 5_999) - 0.75) < 0.01);
  assert.ok(Math.abs(meanSizeBytes(steps) / meanSizeBytes(many) - 1) < 0.001);
});

test('a few sizes that are too large together are drawn together too', () => {
  const bins = Array.from({ length: 100 }, (_, index) => ({ sizeBytes: 10 * MIB + index, weight: 1 }));
  assert.ok(sizeSteps({ kind: 'histogram', bins }).length <= 28);
});
