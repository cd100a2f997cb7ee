/**
 * Growth: whether numbers that were taken one after the other rise, and how fast. Pure.
 *
 * Theil and Sen's slope, the median of the slopes between all pairs, which a few spikes do not move; and Kendall's test for a trend, with the
 * normal approximation and its correction for ties.
 */
import { medianOfSorted } from './signed-rank.js';

export interface Growth {
  /** From one number to the next. 0 with fewer than 2. */
  readonly slope: number;
  /** One-sided: how likely numbers without a trend would rise as clearly. */
  readonly p: number;
}

export function growthOf(values: readonly number[]): Growth {
  const slopes: number[] = [];
  let score = 0;
  for (const [i, from] of values.entries()) {
    for (let j = i + 1; j < values.length; j++) {
      const rise = (values[j] as number) - from;
      slopes.push(rise / (j - i));
      score += Math.sign(rise);
    }
  }
  if (slopes.length === 0) return { slope: 0, p: 1 };
  const slope = medianOfSorted(slopes.sort((a, b) => a - b));
  const variance = scoreVariance(values);
  // Towards zero by one: the score is a whole number.
  const z = variance === 0 ? 0 : (score - Math.sign(score)) / Math.sqrt(variance);
  return { slope, p: 1 - normalCdf(z) };
}

function scoreVariance(values: readonly number[]): number {
  const term = (n: number) => n * (n - 1) * (2 * n + 5);
  const ties = new Map<number, number>();
  for (const value of values) ties.set(value, (ties.get(value) ?? 0) + 1);
  const tied = [...ties.values()].reduce((sum, n) => sum + term(n), 0);
  return (term(values.length) - tied) / 18;
}

/** Abramowitz and Stegun 7.1.26; off by less than 1.5e-7. */
function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const error = 1 - series * Math.exp(-x * x);
  return z < 0 ? (1 - error) / 2 : (1 + error) / 2;
}
