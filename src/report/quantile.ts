/**
 * Quantile: which quantiles of a trend may be shown.
 *
 * A quantile q is shown only where at least ten samples lie beyond it, n·(1−q) ≥ 10; else a single slow message would
 * be read as a property of the server. result.json always has the value; this judgement is about showing it.
 */
import type { MetricResult } from '../result/result.js';

export interface QuantileColumn {
  /** Key in a trend's `values`, and the column's heading. */
  readonly key: string;
  /** 0…100 */
  readonly percentile: number;
}

/** The quantiles of every table, in its order. */
export const QUANTILE_COLUMNS: readonly QuantileColumn[] = [
  { key: 'med', percentile: 50 },
  { key: 'p(90)', percentile: 90 },
  { key: 'p(95)', percentile: 95 },
  { key: 'p(99)', percentile: 99 },
  { key: 'p(99.9)', percentile: 99.9 },
];

const SAMPLES_BEYOND = 10;
// 100 − 99.9 is a little less than 0.1 in binary.
const TOLERANCE = 1e-6;

/** Whether enough of `n` samples lie beyond the percentile (0…100) to show it. */
export function isShowable(n: number, percentile: number): boolean {
  return (n * (100 - percentile)) / 100 >= SAMPLES_BEYOND - TOLERANCE;
}

/** The value in ms of a trend's quantile; null where it may not be shown or is not there. */
export function shownQuantile(metric: MetricResult | undefined, column: QuantileColumn): number | null {
  if (metric === undefined || !isShowable(metric.n, column.percentile)) return null;
  return metric.values[column.key] ?? null;
}

/** The highest percentile of `n` samples that may be shown; 0 when none. */
export function highestShowable(n: number): number {
  return n < SAMPLES_BEYOND ? 0 : 100 * (1 - SAMPLES_BEYOND / n);
}
