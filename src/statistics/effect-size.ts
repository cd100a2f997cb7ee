/**
 * Effect size: what an experiment of so many pairs could have seen, and how many would be needed to see less. Pure.
 *
 * The t-test's formula for 80 % power at a level of 5 %, over the root of the signed-rank test's efficiency (3/π): for 10 pairs 1.02
 * standard deviations of their differences.
 */
import { studentQuantile } from './student-t.js';

const LEVEL = 0.05;
const POWER = 0.8;
const EFFICIENCY = 3 / Math.PI;
/** More is no answer that anyone could follow. */
const MOST_PAIRS = 1_000;

/** The smallest true shift that the test would have noticed four times in five. Infinity with fewer than two. */
export function smallestVisible(differences: readonly number[]): number {
  const n = differences.length;
  return n < 2 ? Number.POSITIVE_INFINITY : standardDeviation(differences) * factor(n);
}

/** Pairs that would notice this shift four times in five, were they as noisy as these; null where not even 1,000 would. */
export function pairsNeeded(
  differences: readonly number[],
  shift: number,
  least = leastPairs(1),
): number | null {
  const noise = standardDeviation(differences);
  for (let n = least; n <= MOST_PAIRS; n++) if (noise * factor(n) <= Math.abs(shift)) return n;
  return null;
}

/** With fewer the exact test cannot rule chance out, however alike the pairs are: 6, or 8 where four questions are asked at once (Holm). */
export function leastPairs(questions: number): number {
  return Math.floor(Math.log2((2 * questions) / LEVEL)) + 1;
}

/** By number of pairs: a quantile takes a while. */
const factors: number[] = [];

function factor(n: number): number {
  factors[n] ??=
    (studentQuantile(1 - LEVEL / 2, n - 1) + studentQuantile(POWER, n - 1)) / Math.sqrt(n * EFFICIENCY);
  return factors[n];
}

/** Of a sample. */
export function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
