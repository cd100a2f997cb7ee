/**
 * Percentile curve: a histogram as points of latency by percentile, on HDR's scale.
 *
 * The scale is −log10(1 − q): 90, 99 and 99.9 % stand at equal distances, so a long tail can be seen. The curve ends at
 * the last quantile that may be shown (quantile.ts). Decodes one histogram at a time and destroys it: it lives in WebAssembly's memory.
 */
import { Histogram } from '../metrics/histogram.js';
import type { MetricResult } from '../result/result.js';
import { highestShowable } from './quantile.js';

export interface CurvePoint {
  /** 0…100 */
  readonly percentile: number;
  /** −log10(1 − percentile/100): 0 at the minimum, 1 at 90 %, 2 at 99 %. */
  readonly position: number;
  readonly ms: number;
}

const POINTS_PER_DECADE = 32;

/** Positions that every curve shares, so that two curves can stand in one chart. */
export function curvePosition(index: number): number {
  return index / POINTS_PER_DECADE;
}

/** The curve of a trend; empty where there is no histogram or fewer than ten samples. */
export function percentileCurve(metric: MetricResult | undefined): readonly CurvePoint[] {
  if (metric?.histogram === undefined || highestShowable(metric.n) <= 0) return [];
  const histogram = Histogram.decode(metric.histogram);
  try {
    return positionsOf(metric.n).map((position) => {
      const percentile = 100 * (1 - 10 ** -position);
      return { percentile, position, ms: histogram.percentile(percentile) / 1000 };
    });
  } finally {
    histogram.destroy();
  }
}

function positionsOf(n: number): readonly number[] {
  const end = -Math.log10(1 - highestShowable(n) / 100);
  return Array.from({ length: Math.floor(end * POINTS_PER_DECADE + 1e-9) + 1 }, (_, i) => curvePosition(i));
}
