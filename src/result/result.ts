/**
 * Result: the schema of result.json, version 1, read strictly.
 *
 * A result is the fold of a journal (fold.ts). Its keys are a contract: other tools read them. Units: durations in
 * trend values are ms; `…Us`, `…Ms`, `…PerSec` elsewhere say their own.
 */
import { z } from 'zod';

const count = z.int().nonnegative();
const nullable = z.number().nullable();

export const runSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  /** aborted: a signal or abortOnFail; failed: the run itself broke. */
  status: z.enum(['completed', 'aborted', 'failed']),
  /** ISO 8601, UTC, ms. */
  startedAt: z.string(),
  endedAt: z.string(),
  durationMs: z.number(),
  seed: z.number(),
  tags: z.record(z.string(), z.string()),
  /** Version of mailbench. */
  mailbench: z.string(),
  node: z.string(),
  host: z.strictObject({
    hostname: z.string(),
    os: z.string(),
    kernel: z.string(),
    cpu: z.string(),
    cores: count,
    memoryBytes: count,
    workers: count,
  }),
});

export const healthSchema = z.strictObject({
  verdict: z.enum(['ok', 'degraded', 'invalid']),
  scheduled: count,
  started: count,
  dropped: count,
  /** Of arrivals of open executors; null when there were none. */
  latenessMs: z.strictObject({ p50: nullable, p99: nullable, max: nullable }),
  /** 0…1, worst shard. */
  utilisation: z.strictObject({ max: nullable, p95: nullable }),
  cpuWait: z.strictObject({ max: nullable, p95: nullable }),
  faults: z.record(z.string(), count),
  /** Sentences that say what to do; first, why the run was aborted or failed. */
  reasons: z.array(z.string()),
});

export const countsSchema = z.strictObject({
  scheduled: count,
  started: count,
  dropped: count,
  begun: count,
  accepted: count,
  partial: count,
  rejected: count,
  failed: count,
  interrupted: count,
  inDoubt: count,
  offered: count,
  acceptedCopies: count,
  refused: count,
  undecided: count,
});

export const metricSchema = z.strictObject({
  type: z.enum(['trend', 'counter', 'rate', 'gauge']),
  /** Samples behind it. */
  n: count,
  /** trend: avg min med max p(90) p(95) p(99) p(99.9) in ms; counter: count rate; rate: rate passes fails; gauge: value min max. */
  values: z.record(z.string(), z.number()),
  /** Trends: base64 HDR V2, values in µs. */
  histogram: z.string().optional(),
});

export const outcomeSchema = z.strictObject({
  outcome: z.enum(['accepted', 'rejected', 'failed', 'interrupted']),
  expected: z.boolean(),
  phase: z.string(),
  scope: z.enum(['session', 'message', 'recipient', '']),
  cause: z.string(),
  code: count,
  enhanced: z.string(),
  class: z.string(),
  permanence: z.enum(['4yz', '5yz', 'none']),
  count,
  sample: z.string(),
});

export const thresholdResultSchema = z.strictObject({
  metric: z.string(),
  threshold: z.string(),
  ok: z.boolean(),
  /** null when there was nothing, or too little, to judge: `ok` is then what its onNoData says. */
  value: nullable,
  abortOnFail: z.boolean(),
  /** It has to hold over this long at every second, and `value` is that of the worst; only where the scenario has one. */
  windowMs: z.number().positive().optional(),
  /** From the start of the run to the end of the second in which it first failed; only where it did and that is known. */
  crossedAtMs: z.number().nonnegative().optional(),
  /** With fewer samples it is not judged; only where the scenario asks for some. */
  minSamples: count.optional(),
});

export const deliverySchema = z.strictObject({
  accepted: count,
  delivered: count,
  bounced: count,
  lost: count,
  pending: count,
  duplicated: count,
  duplicatedUnacknowledged: count,
  corrupted: count,
  reencoded: count,
  late: count,
  unconfirmed: count,
  unexpected: count,
});

export const seriesRowSchema = z.strictObject({
  /** Seconds since the start of the run, start of the row. */
  t: z.number(),
  scheduled: count,
  started: count,
  dropped: count,
  accepted: count,
  rejected: count,
  failed: count,
  /** Response time, ms; null when no message ended in the row. */
  p50: nullable,
  p95: nullable,
  p99: nullable,
  sessionsOpen: z.number(),
  /** Highest of the shards, 0…1. */
  utilisation: nullable,
  latenessP99: nullable,
  /** Accepted minus delivered copies; null without a delivery reader. */
  backlog: nullable,
});

export const resultSchema = z.strictObject({
  schemaVersion: z.literal(1),
  run: runSchema,
  /** ResolvedScenario.display. */
  scenario: z.record(z.string(), z.unknown()),
  health: healthSchema,
  counts: countsSchema,
  metrics: z.record(z.string(), metricSchema),
  /** Most frequent first. */
  outcomes: z.array(outcomeSchema),
  thresholds: z.array(thresholdResultSchema),
  delivery: deliverySchema.nullable(),
  /** At most 3,600 rows; neighbours are merged. */
  series: z.array(seriesRowSchema).max(3600),
});

export type Result = z.infer<typeof resultSchema>;
export type RunInfo = z.infer<typeof runSchema>;
export type Health = z.infer<typeof healthSchema>;
export type MetricResult = z.infer<typeof metricSchema>;
export type OutcomeRow = z.infer<typeof outcomeSchema>;
export type ThresholdResult = z.infer<typeof thresholdResultSchema>;
export type SeriesRow = z.infer<typeof seriesRowSchema>;
