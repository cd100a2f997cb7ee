/** Trend: the runs of one scenario over time, and where they changed, as plain data. */
import type { ComparisonRow } from './comparison.js';

export interface Trend {
  readonly name: string;
  readonly host: string;
  /** Oldest first. */
  readonly runs: readonly TrendRun[];
  readonly lines: readonly TrendLine[];
  /** Runs of this name that are not in it, by why. */
  readonly leftOut: Readonly<Record<string, number>>;
}

export interface TrendRun {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface TrendLine {
  /** `smtp_message_duration p(99)`. */
  readonly metric: string;
  readonly unit: ComparisonRow['unit'];
  /** Of each run; null: it has none. */
  readonly values: readonly (number | null)[];
  readonly changes: readonly TrendChange[];
}

export interface TrendChange {
  /** The first run that is another one. */
  readonly index: number;
  /** Medians of the stretches before and after it. */
  readonly before: number;
  readonly after: number;
  /** In per cent, of a share in points. */
  readonly changePct: number | null;
  readonly isBetter: boolean;
  readonly p: number;
  /** What of the scenario differs between the two runs, by path. */
  readonly differences: readonly string[];
}
