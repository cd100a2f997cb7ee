/**
 * Percentile curve: a histogram as points of latency by percentile, on HDR's scale.
 *
 * The scale is −log10(1 − q): 90, 99 and 99.9 % stand at equal distances, so a long tail can be seen. The curve ends at
 * the last quantile that may be shown (quantile.ts). Decodes one histogram at a time and keeps none.
 */
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
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
  if (metric?.histogram === undefined || metric.n < 10) return [];
  const histogram = decodeFromCompressedBase64(metric.histogram, 32, false);
  const end = -Math.log10(1 - highestShowable(metric.n) / 100);
  const points: CurvePoint[] = [];
  for (let i = 0; curvePosition(i) <= end + 1e-9; i++) {
    const position = curvePosition(i);
    const percentile = 100 * (1 - 10 ** -position);
    points.push({ percentile, position, ms: histogram.getValueAtPercentile(percentile) / 1000 });
  }
  return points;
}
