/**
 * Size steps: a distribution of message sizes as a bounded number of sizes with weights, each of which is composed once.
 *
 * Steps are of equal probability; the last of them is halved again and again, because most bytes are in the largest messages.
 * A step has the mean size of what it stands for, so the mean of all is that of the distribution. Fewer steps where the sizes
 * are so large that composing them would take long. Pure.
 */
import type { SizeDistribution } from '../scenario/scenario.js';
import { normalQuantile } from './normal-quantile.js';

export interface SizeStep {
  readonly sizeBytes: number;
  readonly weight: number;
}

export const MAX_SIZE_STEPS = 200;
/** Of all steps together: half a second of composing. */
const MAX_TOTAL_BYTES = 256 * 1024 * 1024;
/** Numbers of equal steps to try, and then how often the last one is halved. */
const RESOLUTIONS = [
  [188, 12],
  [94, 8],
  [48, 6],
  [24, 4],
] as const;
const COARSEST = [10, 2] as const;
/** Places of the quantile function that a step's mean is taken over. */
const PLACES = 64;
const P95 = 0.95;

/** Ascending by size, each size once. */
export function sizeSteps(distribution: SizeDistribution): readonly SizeStep[] {
  if (distribution.kind === 'histogram' && isAffordable(distribution.bins)) return distribution.bins;
  const quantile = quantileOf(distribution);
  for (const resolution of RESOLUTIONS) {
    const steps = stepsOf(quantile, resolution);
    if (isAffordable(steps)) return steps;
  }
  return stepsOf(quantile, COARSEST);
}

/** Weighted. */
export function meanSizeBytes(steps: readonly SizeStep[]): number {
  const weights = steps.reduce((sum, { weight }) => sum + weight, 0);
  return steps.reduce((sum, { sizeBytes, weight }) => sum + sizeBytes * weight, 0) / weights;
}

function isAffordable(steps: readonly SizeStep[]): boolean {
  return (
    steps.length <= MAX_SIZE_STEPS &&
    steps.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) <= MAX_TOTAL_BYTES
  );
}

/** The size that a share of all messages, 0 < p < 1, does not exceed. */
function quantileOf(distribution: SizeDistribution): (p: number) => number {
  switch (distribution.kind) {
    case 'uniform': {
      const { minBytes, maxBytes } = distribution;
      // Whole numbers from min to max, each as likely.
      return (p) => minBytes - 0.5 + p * (maxBytes - minBytes + 1);
    }
    case 'lognormal': {
      const { medianBytes, p95Bytes, minBytes, maxBytes } = distribution;
      const sigma = Math.log(p95Bytes / medianBytes) / normalQuantile(P95);
      return (p) => Math.min(maxBytes, Math.max(minBytes, medianBytes * Math.exp(sigma * normalQuantile(p))));
    }
    case 'histogram':
      return histogramQuantile(distribution.bins);
    default:
      return distribution satisfies never;
  }
}

function histogramQuantile(bins: readonly SizeStep[]): (p: number) => number {
  const total = bins.reduce((sum, { weight }) => sum + weight, 0);
  let sum = 0;
  const ends = bins.map(({ weight }) => {
    sum += weight / total;
    return sum;
  });
  return (p) => {
    let [low, high] = [0, bins.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] as number) < p) low = middle + 1;
      else high = middle;
    }
    return (bins[low] as SizeStep).sizeBytes;
  };
}

function stepsOf(
  quantile: (p: number) => number,
  [equal, halvings]: readonly [number, number],
): readonly SizeStep[] {
  const weights = new Map<number, number>();
  const add = (from: number, to: number) => {
    const sizeBytes = Math.round(meanBetween(quantile, from, to));
    weights.set(sizeBytes, (weights.get(sizeBytes) ?? 0) + to - from);
  };
  for (let step = 0; step < equal - 1; step++) add(step / equal, (step + 1) / equal);
  let from = (equal - 1) / equal;
  for (let halving = 0; halving < halvings; halving++) {
    const to = (from + 1) / 2;
    add(from, to);
    from = to;
  }
  add(from, 1);
  return [...weights]
    .map(([sizeBytes, weight]) => ({ sizeBytes, weight }))
    .sort((a, b) => a.sizeBytes - b.sizeBytes);
}

function meanBetween(quantile: (p: number) => number, from: number, to: number): number {
  const width = (to - from) / PLACES;
  let sum = 0;
  for (let place = 0; place < PLACES; place++) sum += quantile(from + (place + 0.5) * width);
  return sum / PLACES;
}
