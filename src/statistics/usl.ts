/**
 * USL: Gunther's Universal Scalability Law, throughput over concurrency: C(N) = γN / (1 + σ(N−1) + κN(N−1)). Pure.
 *
 * N/C is linear in 1, N−1 and N(N−1), so the fit is least squares of relative errors, with no coefficient below zero. It explains what was
 * measured; it foretells little: nothing beyond twice the highest level is said.
 */
import { bootstrap } from './bootstrap.js';
import type { Interval } from './signed-rank.js';

/** What was measured at one level. */
export interface Level {
  /** At least 1. */
  readonly concurrency: number;
  /** Above 0. */
  readonly throughput: number;
}

export interface UslFit {
  /** γ: throughput of one alone. */
  readonly gamma: number;
  /** σ: the share that waits for one another (contention). */
  readonly sigma: number;
  /** κ: what agreeing with one another costs (coherency). */
  readonly kappa: number;
}

export interface UslReport extends UslFit {
  readonly gamma95: Interval | null;
  readonly sigma95: Interval | null;
  readonly kappa95: Interval | null;
  /** Where throughput is highest; null where that is not within twice the highest level. */
  readonly peak: { readonly concurrency: number; readonly throughput: number } | null;
  /** Of the concurrency at the peak. */
  readonly peak95: Interval | null;
}

/** Fewer levels fit any curve. */
export const LEAST_LEVELS = 6;

const RESAMPLES = 1_000;

/** null with fewer than 6 levels. */
export function describeScaling(levels: readonly Level[], draw: () => number): UslReport | null {
  const highest = Math.max(...levels.map(({ concurrency }) => concurrency));
  if (countOf(levels) < LEAST_LEVELS) return null;
  const fit = fitUsl(levels);
  if (fit === null) return null;
  const [gamma95, sigma95, kappa95, peak95] = bootstrap(levels, (sample) => numbersOf(sample), {
    resamples: RESAMPLES,
    confidence: 0.95,
    draw,
  }) as [Interval | null, Interval | null, Interval | null, Interval | null];
  const at = peakOf(fit);
  const peak = at <= 2 * highest ? { concurrency: at, throughput: throughputAt(fit, Math.max(1, at)) } : null;
  return { ...fit, ...{ gamma95, sigma95, kappa95, peak }, peak95: peak === null ? null : peak95 };
}

/** Of a sample; NaN where it cannot be fitted, which happens to one that drew too few levels. */
function numbersOf(sample: readonly Level[]): readonly number[] {
  const fit = countOf(sample) < 3 ? null : fitUsl(sample);
  if (fit === null) return [Number.NaN, Number.NaN, Number.NaN, Number.NaN];
  return [fit.gamma, fit.sigma, fit.kappa, peakOf(fit)];
}

function countOf(levels: readonly Level[]): number {
  return new Set(levels.map(({ concurrency }) => concurrency)).size;
}

export function throughputAt({ gamma, sigma, kappa }: UslFit, n: number): number {
  return (gamma * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1));
}

/** Infinity where nothing ever makes it fall. */
function peakOf({ sigma, kappa }: UslFit): number {
  return kappa === 0 ? Number.POSITIVE_INFINITY : Math.sqrt(Math.max(0, 1 - sigma) / kappa);
}

/** null where no curve of this kind fits. */
export function fitUsl(levels: readonly Level[]): UslFit | null {
  // Divided by what is to be met: errors count in per cent.
  const rows = levels.map(({ concurrency: n, throughput }) => {
    const weight = throughput / n;
    return [weight, weight * (n - 1), weight * n * (n - 1)];
  });
  let best: { readonly error: number; readonly fit: UslFit } | null = null;
  // With so few coefficients, every choice of those that are zero can be tried.
  for (const used of [[0, 1, 2], [0, 1], [0, 2], [0]]) {
    const found = leastSquares(rows, used);
    if (found === null || found.some((one) => one < 0)) continue;
    const [a = 0, b = 0, c = 0] = [0, 1, 2].map((column) => found[used.indexOf(column)] ?? 0);
    const error = rows.reduce((sum, [x = 0, y = 0, z = 0]) => sum + (a * x + b * y + c * z - 1) ** 2, 0);
    if (a > 0 && (best === null || error < best.error)) {
      best = { error, fit: { gamma: 1 / a, sigma: b / a, kappa: c / a } };
    }
  }
  return best?.fit ?? null;
}

/** Coefficients of these columns that bring their sum nearest to 1 in each row; null where they do not differ. */
function leastSquares(rows: readonly (readonly number[])[], columns: readonly number[]): number[] | null {
  const at = (row: readonly number[], column: number) => row[column] as number;
  const matrix = columns.map((i) => [
    ...columns.map((j) => rows.reduce((sum, row) => sum + at(row, i) * at(row, j), 0)),
    rows.reduce((sum, row) => sum + at(row, i), 0),
  ]);
  return solve(matrix);
}

const SINGULAR = 1e-12;

/** Gauss, with the largest pivot. Each row ends with its right-hand side. */
function solve(matrix: number[][]): number[] | null {
  const size = matrix.length;
  // Columns of very different size would look singular.
  const scales = matrix.map((row, i) => Math.sqrt(row[i] as number) || 1);
  const scaled = matrix.map((row, i) =>
    row.map((value, j) => value / (scales[i] as number) / (j < size ? (scales[j] as number) : 1)),
  );
  for (let i = 0; i < size; i++) {
    const rest = scaled.slice(i);
    const pivot =
      i + rest.reduce((best, row, at) => (magnitude(row, i) > magnitude(rest[best], i) ? at : best), 0);
    [scaled[i], scaled[pivot]] = [scaled[pivot] as number[], scaled[i] as number[]];
    const row = scaled[i] as number[];
    const lead = row[i] as number;
    if (Math.abs(lead) < SINGULAR) return null;
    for (const [at, other] of scaled.entries()) {
      if (at === i) continue;
      const factor = (other[i] as number) / lead;
      for (let j = i; j <= size; j++) other[j] = (other[j] as number) - factor * (row[j] as number);
    }
  }
  return scaled.map((row, i) => (row[size] as number) / (row[i] as number) / (scales[i] as number));
}

function magnitude(row: readonly number[] | undefined, at: number): number {
  return Math.abs(row?.[at] ?? 0);
}
