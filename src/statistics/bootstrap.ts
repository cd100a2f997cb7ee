/**
 * Bootstrap: how far a statistic would have moved, had other rounds come up. Pure, but for the draws that are handed in.
 *
 * Whole rounds are drawn, never single messages: messages of one run are alike in ways that no larger number of them cures.
 */
import type { Interval } from './signed-rank.js';

export interface BootstrapOptions {
  readonly resamples: number;
  /** 0 … 1. */
  readonly confidence: number;
  /** In [0, 1). */
  readonly draw: () => number;
}

/** Percentile interval of each of several numbers that `statistic` makes of a sample. Those that are not finite are left out. */
export function bootstrap<T>(
  sample: readonly T[],
  statistic: (sample: readonly T[]) => readonly number[],
  { resamples, confidence, draw }: BootstrapOptions,
): (Interval | null)[] {
  const rows = Array.from({ length: resamples }, () => statistic(resample(sample, draw)));
  const width = Math.max(...rows.map((row) => row.length));
  return Array.from({ length: width }, (_, at) =>
    intervalOf(
      rows.map((row) => row[at] as number),
      confidence,
    ),
  );
}

function resample<T>(sample: readonly T[], draw: () => number): readonly T[] {
  return sample.map(() => sample[Math.floor(draw() * sample.length)] as T);
}

function intervalOf(values: readonly number[], confidence: number): Interval | null {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  const skip = Math.floor(((1 - confidence) / 2) * sorted.length);
  return { low: sorted[skip] as number, high: sorted[sorted.length - 1 - skip] as number };
}
