/**
 * Events: what `mailbench run --events` tells programs while a run goes on, one JSON object a line.
 *
 * Every line says `v`, `type`, when, and of which run. The last one is `final`; a stream without it is of a run that was killed,
 * or whose events could not be written. Keys are added without a new version, and never change their meaning within one.
 */
import { z } from 'zod';
import { countsSchema, deliverySchema, healthSchema, runSchema, thresholdResultSchema } from './result.js';

export const EVENTS_VERSION = 1;

const share = z.number().min(0).max(1);
const ms = z.number();
const nullableMs = ms.nullable();
const count = z.int().nonnegative();

const head = {
  v: z.literal(EVENTS_VERSION),
  /** ISO 8601, UTC, milliseconds. */
  at: z.string(),
  /** Id of the run; null while there is none. */
  run: z.string().nullable(),
};

const startSchema = z.strictObject({
  ...head,
  type: z.literal('phase'),
  phase: z.literal('start'),
  name: z.string(),
  /** As the scenario names it. */
  target: z.string(),
  /** Names of the executors. */
  scenarios: z.array(z.string()),
  seed: count,
  workers: count,
  /** How long iterations are begun; null where their number decides. */
  plannedMs: nullableMs,
  /** The run directory. */
  directory: z.string(),
  mailbench: z.string(),
});

const phaseSchema = z.strictObject({
  ...head,
  type: z.literal('phase'),
  /** finishing: nothing more is begun; delivery: accepted copies are waited for; stopping: the run is cut short. */
  phase: z.enum(['warmup', 'steady', 'finishing', 'stopping', 'delivery']),
  /** Since the load began. */
  elapsedMs: ms,
  /** Why the run is cut short; '' in other phases. */
  reason: z.string(),
});

const progressSchema = z.strictObject({
  ...head,
  type: z.literal('progress'),
  /** Up to which moment of the load every worker has reported. */
  elapsedMs: ms,
  plannedMs: nullableMs,
  progress: share,
  /** Of the last second. */
  offeredPerSec: ms,
  acceptedPerSec: ms,
  p50: nullableMs,
  p95: nullableMs,
  p99: nullableMs,
  vus: count,
  sessionsOpen: count,
  /** Since the start, warm-up included. */
  counts: countsSchema,
  /** Messages whose outcome was not the expected one. */
  unexpected: count,
  /** The most frequent of them as the server put it; '' without one. Foreign text. */
  topFailure: z.string(),
  /** Accepted copies that have neither arrived nor bounced; null where nobody looks for them. */
  missing: count.nullable(),
  health: healthSchema.shape.verdict,
});

const thresholdSchema = z.strictObject({
  ...head,
  type: z.literal('threshold'),
  elapsedMs: ms,
  metric: z.string(),
  threshold: z.string(),
  /** What it failed with: the first time, or when it ended the run. */
  value: z.number().nullable(),
  abortOnFail: z.boolean(),
  /** True: the run ends because of it. */
  aborts: z.boolean(),
});

const finalSchema = z.strictObject({
  ...head,
  type: z.literal('final'),
  exitCode: count,
  /** The report's word; `error` where the run could not be made or finished. */
  verdict: z.enum(['passed', 'failed', 'aborted', 'invalid', 'error']),
  sentence: z.string(),
  /** The run directory, and its result; null where there is none. */
  directory: z.string().nullable(),
  status: runSchema.shape.status.nullable(),
  health: healthSchema.shape.verdict.nullable(),
  counts: countsSchema.nullable(),
  thresholds: z.array(thresholdResultSchema),
  delivery: deliverySchema.nullable(),
  error: z.strictObject({ code: z.string(), message: z.string(), hint: z.string() }).nullable(),
  /** Of a scenario or behaviours that cannot be used. */
  problems: z.array(
    z.strictObject({ code: z.string(), where: z.string(), path: z.string(), message: z.string() }),
  ),
});

export const runEventSchema = z.union([
  startSchema,
  phaseSchema,
  progressSchema,
  thresholdSchema,
  finalSchema,
]);

export type RunEvent = z.infer<typeof runEventSchema>;

type WithoutHead<E> = E extends unknown ? Omit<E, 'v' | 'at' | 'run'> : never;

/** What is said; when and of which run is added by whoever writes it. */
export type RunEventBody = WithoutHead<RunEvent>;

/** One line, that acts on no terminal and breaks at no line end but its own. */
export function eventLine(event: RunEvent): string {
  return `${JSON.stringify(event).replace(UNSEEN, escaped)}\n`;
}

/** What JSON leaves as it is though it has no shape: controls above ASCII, separators, and what turns text around. */
const UNSEEN = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
