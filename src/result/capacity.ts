/**
 * Capacity: the schema of capacity.json, read strictly. What `mailbench capacity` came to.
 *
 * Its keys are a contract: other tools read them. Rates are iterations a second: messages, where an iteration is one.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from './atomic-file.js';
import { readReport } from './read-strictly.js';

export const CAPACITY_FILE = 'capacity.json';

const nullable = z.number().nullable();
const interval = z.strictObject({ low: z.number(), high: z.number() }).nullable();

/** What people want to see of a run beside its verdict; null where there was nothing of it. */
const measured = z.strictObject({
  acceptedPerSec: nullable,
  medianMs: nullable,
  p99Ms: nullable,
  /** 0 … 1. */
  failedShare: nullable,
  /** Median of the end-to-end time. */
  deliveredMs: nullable,
});

const trial = z.strictObject({
  purpose: z.enum(['bracket', 'narrow', 'confirm', 'probe', 'profile']),
  ratePerSec: z.number(),
  seconds: z.number(),
  verdict: z.enum(['pass', 'fail', 'void']),
  reasons: z.array(z.string()),
  ...measured.shape,
  /** Relative to this file. */
  run: z.string(),
});

const level = z.strictObject({ vus: z.int().positive(), ...measured.shape, run: z.string() });

const scaling = z.strictObject({
  gamma: z.number(),
  sigma: z.number(),
  kappa: z.number(),
  gamma95: interval,
  sigma95: interval,
  kappa95: interval,
  /** null where it is not within twice the highest level. */
  peak: z.strictObject({ concurrency: z.number(), throughput: z.number() }).nullable(),
  peak95: interval,
});

export const capacitySchema = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string(),
  /** ISO 8601, UTC. */
  at: z.string(),
  mailbench: z.string(),
  host: z.string(),
  target: z.string(),
  seed: z.number(),
  by: z.enum(['rate', 'vus']),
  /** Confirmed by long trials; null: no rate was. */
  sustainedPerSec: nullable,
  /** Accepted messages a second at that rate; another number where an iteration is a session of several. */
  sustainedMessagesPerSec: nullable,
  /** The highest that passed and the lowest that failed, as far as it got. */
  bracketPerSec: z.tuple([nullable, nullable]),
  /** 0.05 for 5 %. */
  precision: z.number(),
  bindingRule: z.string().nullable(),
  /** The generator could not send more: the answer is "at least". */
  generatorLimited: z.boolean(),
  didNotRecover: z.boolean(),
  notMonotonic: z.boolean(),
  endedBy: z.enum(['precision', 'time', 'generator', 'not-recovered', 'nothing-sustained', 'stopped']),
  /** What had to hold, in words. */
  rules: z.array(z.string()),
  trials: z.array(trial),
  /** At shares of what is sustained. */
  profile: z.array(z.strictObject({ share: z.number(), ...trial.omit({ purpose: true }).shape })),
  /** By concurrency; null by rate. */
  concurrency: z.strictObject({ levels: z.array(level), scaling: scaling.nullable() }).nullable(),
  /** What its user plans for; null: nobody said. */
  demand: z
    .strictObject({
      messagesPerDay: z.number().positive(),
      /** Messages in the busiest second over those in an average one. */
      peakFactor: z.number().min(1),
      /** 0 … 1: what a server is to have left at the peak. */
      headroom: z.number(),
    })
    .nullable(),
  warnings: z.array(z.string()),
});

export type Capacity = z.infer<typeof capacitySchema>;
export type CapacityTrial = Capacity['trials'][number];
export type CapacityLevel = z.infer<typeof level>;
export type Demand = NonNullable<Capacity['demand']>;
export type Measured = z.infer<typeof measured>;

/** @throws EnvironmentError */
export function writeCapacity(directory: string, capacity: Capacity): void {
  writeAtomically(
    join(directory, CAPACITY_FILE),
    `${JSON.stringify(capacitySchema.parse(capacity), null, 2)}\n`,
  );
}

/** @throws UsageError REPORT_UNREADABLE with the key that is wrong */
export function readCapacity(directory: string): Capacity {
  return readReport(join(directory, CAPACITY_FILE), capacitySchema);
}
