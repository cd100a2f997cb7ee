import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Distribution } from '#src/sink/behaviours/behaviour.js';
import { delayMs } from '#src/sink/behaviours/distribution.js';
import { draw } from '#src/sink/behaviours/draw.js';
import { load } from './behave.js';

const SAMPLES = 20_000;
const NO_CAP = Number.MAX_SAFE_INTEGER;

/** Sorted, from a fixed seed. */
function sample(distribution: Distribution, maxMs = NO_CAP): readonly number[] {
  return Array.from({ length: SAMPLES }, (_, at) => {
    const [, first, second] = draw(1, 'sample', { drawn: String(at), attempt: 0 });
    return delayMs({ distribution, maxMs }, first, second);
  }).sort((a, b) => a - b);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(share * sorted.length)] ?? Number.NaN;
}

/** Each quantile within 4 standard errors of its true value, on the scale of probabilities: 4·√(0.25/20,000) = 0.014. */
function assertShape(distribution: Distribution, shareBelow: (ms: number) => number): void {
  const sorted = sample(distribution);
  for (const share of [0.05, 0.25, 0.5, 0.75, 0.95]) {
    const found = shareBelow(quantile(sorted, share));
    assert.ok(Math.abs(found - share) < 0.015, `${distribution.kind} at ${share}: ${found}`);
  }
}

test('a uniform, an exponential and a lognormal delay have their quantiles', () => {
  assertShape({ kind: 'uniform', minMs: 100, maxMs: 300 }, (ms) => (ms - 100) / 200);
  assertShape({ kind: 'exponential', meanMs: 50 }, (ms) => 1 - Math.exp(-ms / 50));
  assertShape({ kind: 'lognormal', medianMs: 80, sigma: 0.5 }, (ms) => normalCdf(Math.log(ms / 80) / 0.5));
  assertShape({ kind: 'normal', meanMs: 1000, deviationMs: 100 }, (ms) => normalCdf((ms - 1000) / 100));
});

test('a fixed delay is always the same', () => {
  assert.deepEqual(new Set(sample({ kind: 'fixed', ms: 12 })), new Set([12]));
});

test('no delay is below zero or above its cap, whatever was drawn', () => {
  const unit = fc.nat(999_999).map((n) => n / 1_000_000);
  const kinds: readonly Distribution[] = [
    { kind: 'normal', meanMs: 10, deviationMs: 1000 },
    { kind: 'lognormal', medianMs: 80, sigma: 10 },
    { kind: 'exponential', meanMs: 1e9 },
    { kind: 'uniform', minMs: 0, maxMs: 1000 },
  ];
  fc.assert(
    fc.property(fc.constantFrom(...kinds), unit, unit, (distribution, first, second) => {
      const ms = delayMs({ distribution, maxMs: 500 }, first, second);
      assert.ok(ms >= 0 && ms <= 500, String(ms));
    }),
  );
});

/** Abramowitz and Stegun 7.1.26, exact to 1.5e-7. */
function normalCdf(z: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(z)) / Math.SQRT2);
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - poly * Math.exp((-z * z) / 2);
  return (1 + Math.sign(z) * erf) / 2;
}

test('each shape that a file can name is the one that is drawn', () => {
  const words: readonly [words: string, is: Distribution][] = [
    ['12ms', { kind: 'fixed', ms: 12 }],
    ['{ fixed: 12ms }', { kind: 'fixed', ms: 12 }],
    ['{ uniform: { max: 3s } }', { kind: 'uniform', minMs: 0, maxMs: 3000 }],
    ['{ uniform: { min: 1s, max: 3s } }', { kind: 'uniform', minMs: 1000, maxMs: 3000 }],
    ['{ normal: { mean: 1s, deviation: 5ms } }', { kind: 'normal', meanMs: 1000, deviationMs: 5 }],
    ['{ lognormal: { median: 80ms, sigma: 0.5 } }', { kind: 'lognormal', medianMs: 80, sigma: 0.5 }],
    ['{ exponential: { mean: 50ms } }', { kind: 'exponential', meanMs: 50 }],
  ];
  for (const [delay, distribution] of words) {
    const { behaviours } = load(`behaviours: [{ when: { verb: MAIL }, delay: ${delay} }]`);
    assert.deepEqual(behaviours[0]?.delay?.distribution, distribution, delay);
  }
  const { behaviours } = load('behaviours: [{ when: { verb: MAIL }, delay: { fixed: 9s, max: 2s } }]');
  assert.equal(behaviours[0]?.delay?.maxMs, 2000);
});
