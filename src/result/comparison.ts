/**
 * Comparison: the schema of comparison.json, read strictly. What an experiment or `mailbench compare` came to.
 *
 * Its keys are a contract: other tools read them. Changes are per cent of the base; where `unit` is share, percentage points.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from './atomic-file.js';
import { noiseFloorSchema } from './noise-floor.js';
import { readReport } from './read-strictly.js';

export const COMPARISON_FILE = 'comparison.json';

const bounds = z.tuple([z.number(), z.number()]).nullable();
const nullable = z.number().nullable();

const row = z.strictObject({
  /** `smtp_message_duration p(99)`. */
  metric: z.string(),
  variant: z.string(),
  unit: z.enum(['ms', 'perSec', 'share', 'count', 'bytes']),
  better: z.enum(['less', 'more']),
  /** Medians of all rounds. */
  base: nullable,
  value: nullable,
  /** Hodges–Lehmann; null without a pair. */
  changePct: nullable,
  /** 95 %, of the exact signed-rank test; null with fewer than 6 rounds. */
  intervalPct: bounds,
  /** Rounds that could be compared. */
  pairs: z.int().nonnegative(),
  marginPct: z.number(),
  /** Adjusted for all primaries (Holm); null where nothing is judged. */
  pHolm: nullable,
  verdict: z.enum(['better', 'worse', 'same', 'changed', 'inconclusive']).nullable(),
  /** The smallest change that would have been seen four times in five. */
  mdePct: nullable,
  /** Of an inconclusive one: so many would probably settle it; null: more than anybody would make. */
  roundsNeeded: nullable,
  /** A caution, '' for none. */
  note: z.string(),
  /** Of each round: base and value. */
  points: z.array(z.strictObject({ round: z.int(), base: nullable, value: nullable })),
});

export const comparisonSchema = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string(),
  /** ISO 8601, UTC. */
  at: z.string(),
  mailbench: z.string(),
  host: z.string(),
  baseline: z.string(),
  variants: z.array(z.string()).min(1),
  rounds: z.int().nonnegative(),
  seed: nullable,
  /** Judged: the primaries. Others are for a look. */
  rows: z.array(row),
  further: z.array(row),
  /** Rounds that were made again, and why. */
  void: z.array(z.strictObject({ round: z.int(), variant: z.string(), run: z.string(), reason: z.string() })),
  /** Single runs, or runs that were not made side by side: no verdict. */
  exploratory: z.boolean(),
  /** Every run that counts, relative to this file. */
  runs: z.array(z.strictObject({ round: z.int(), variant: z.string(), run: z.string() })),
  /** What of the scenario is not the same, by path; '' where it is not there. */
  differences: z.array(z.strictObject({ path: z.string(), values: z.record(z.string(), z.string()) })),
  /** Of this host, where it has been measured for this experiment. */
  noiseFloor: noiseFloorSchema.nullable(),
  /** What keeps the two from being compared as they stand. */
  warnings: z.array(z.string()),
});

export type Comparison = z.infer<typeof comparisonSchema>;
export type ComparisonRow = Comparison['rows'][number];

/** @throws EnvironmentError */
export function writeComparison(directory: string, comparison: Comparison): void {
  const text = JSON.stringify(comparisonSchema.parse(comparison), null, 2);
  writeAtomically(join(directory, COMPARISON_FILE), `${text}\n`);
}

/** @throws UsageError REPORT_UNREADABLE with the key that is wrong */
export function readComparison(directory: string): Comparison {
  return readReport(join(directory, COMPARISON_FILE), comparisonSchema);
}
