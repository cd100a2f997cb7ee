/**
 * The words of the scenario file: one zod schema that validates, fills in defaults and becomes the JSON Schema.
 *
 * Strict at every level. Checks one value at a time and changes none: durations and sizes stay as written, because
 * what is stored with a result is the file in its own words (resolve.ts turns words into units; rules.ts holds the
 * rules across keys). Its larger parts are in the files beside it.
 */
import { z } from 'zod';
import { duration, positiveDuration } from '../../yaml/quantity-words.js';
import { client } from './client.js';
import { action, delivery } from './delivery.js';
import { dkim } from './dkim.js';
import { given } from './given.js';
import { envelope, message, type recipientObject } from './mail.js';
import { target } from './target.js';
import { count, expectation, tags, vus, vusOrNone } from './values.js';

const messages = z.union([z.literal('typical'), z.array(message).min(1)]);

/** What a map of the scenario may hold for one executor. */
type Given<T, Without = never> = { readonly [Key in Exclude<keyof T, Without>]?: T[Key] | undefined };
type TargetGiven = Given<Omit<z.input<typeof target>, 'tls' | 'auth' | 'dns'>, 'authorized'> & {
  readonly [Key in 'tls' | 'auth' | 'dns']?: Given<NonNullable<z.input<typeof target>[Key]>>;
};

const own = z
  .strictObject({
    target: given(target, ['tls', 'auth', 'dns'], ['authorized'])
      .optional()
      .describe('Of target, tls, auth and dns: key by key.') as z.ZodType<TargetGiven | undefined>,
    client: given(client, [], ['idle']).optional().describe('Of client: key by key.') as z.ZodType<
      Given<z.input<typeof client>, 'idle'> | undefined
    >,
    messages: messages.optional().describe('Instead of messages.'),
    dkim: dkim.optional().describe('Instead of dkim.'),
    envelope: given(envelope, [], []).optional().describe('Of envelope: key by key.') as z.ZodType<
      Given<z.input<typeof envelope>> | undefined
    >,
  })
  .optional()
  .describe('What this executor has instead of what the scenario says for all.');

const common = {
  startTime: duration.default('0s').describe('When this executor starts, from the start of the run.'),
  gracefulStop: duration
    .default('30s')
    .describe('How long iterations in flight may take to finish at the end.'),
  warmup: duration.default('0s').describe('Run but not counted.'),
  iteration: z
    .enum(['message', 'session'])
    .default('message')
    .describe('What a VU does once: one mail transaction, or one whole session.'),
  tags: tags.default({}).describe('Tags for this executor.'),
  expect: expectation.describe('What counts as success, where neither recipient nor message says so.'),
  with: own,
};

const byIterations = {
  vus: vus.default(1).describe('Virtual users.'),
  maxDuration: positiveDuration.default('10m').describe('When to stop in any case.'),
  ...common,
};

const byArrivals = {
  timeUnit: positiveDuration.default('1s').describe('The time that a rate is for.'),
  preAllocatedVUs: vus.describe('VUs made before the start.'),
  maxVUs: vus.optional().describe('VUs there may be at most; preAllocatedVUs when not given.'),
  ...common,
};

const curve = z.strictObject({
  file: z.string().min(1).describe('CSV file of time and rate, relative to the scenario file.'),
  duration: positiveDuration
    .optional()
    .describe('How long it takes here; as long as in the file when not given.'),
  peak: z.number().gt(0).optional().describe('The highest rate here; as in the file when not given.'),
});

const rateStage = z.strictObject({
  duration: duration.describe('How long the rate takes to get there; 0s jumps.'),
  target: z.number().min(0).describe('Iterations per timeUnit at its end.'),
});

const vuStage = z.strictObject({
  duration: duration.describe('How long the number takes to get there; 0s jumps.'),
  target: vusOrNone.describe('VUs at its end.'),
});

/** The executors there are; each name with the keys it takes. */
export const EXECUTORS = {
  'shared-iterations': z.strictObject({
    executor: z.literal('shared-iterations').describe('A number of iterations, shared by all VUs.'),
    iterations: count.default(1).describe('For all VUs together.'),
    ...byIterations,
  }),
  'per-vu-iterations': z.strictObject({
    executor: z.literal('per-vu-iterations').describe('A number of iterations for each VU.'),
    iterations: count.default(1).describe('For each VU.'),
    ...byIterations,
  }),
  'constant-vus': z.strictObject({
    executor: z.literal('constant-vus').describe('Each VU iterates as fast as it can for a time.'),
    vus: vus.default(1).describe('Virtual users.'),
    duration: positiveDuration.describe('How long iterations start.'),
    ...common,
  }),
  'ramping-vus': z.strictObject({
    executor: z
      .literal('ramping-vus')
      .describe('A number of VUs that rises and falls; each iterates as fast as it can.'),
    startVUs: vusOrNone.default(1).describe('VUs at the start.'),
    stages: z.array(vuStage).min(1).max(1_000).describe('The numbers of VUs to go to, one after the other.'),
    gracefulRampDown: duration
      .default('30s')
      .describe('How long a VU that leaves may take to finish its iteration.'),
    ...common,
  }),
  'constant-arrival-rate': z.strictObject({
    executor: z
      .literal('constant-arrival-rate')
      .describe('Iterations start at a rate, however long each one takes.'),
    arrival: z
      .enum(['uniform', 'poisson'])
      .default('uniform')
      .describe('Evenly spaced, or at random as callers do.'),
    rate: z.number().gt(0, { error: 'must be above 0' }).describe('Iterations per timeUnit.'),
    duration: positiveDuration.describe('How long iterations start.'),
    ...byArrivals,
  }),
  'ramping-arrival-rate': z.strictObject({
    executor: z
      .literal('ramping-arrival-rate')
      .describe('Iterations start at a rate that rises and falls, however long each one takes.'),
    arrival: z
      .enum(['uniform', 'poisson', 'trace'])
      .default('uniform')
      .describe('Evenly spaced, at random as callers do, or at the times of a file.'),
    startRate: z
      .number()
      .min(0)
      .optional()
      .describe('Iterations per timeUnit at the start; 0 when not given.'),
    stages: z
      .array(rateStage)
      .min(1)
      .max(1_000)
      .optional()
      .describe('The rates to go to, one after the other.'),
    curve: curve.optional().describe('The rates of a day, from a file, instead of stages.'),
    trace: z.string().min(1).optional().describe('CSV file of the times at which iterations are due.'),
    ...byArrivals,
  }),
} as const;

export type ExecutorName = keyof typeof EXECUTORS;

export const EXECUTOR_NAMES = Object.keys(EXECUTORS) as ExecutorName[];

const executor = z.discriminatedUnion('executor', [
  EXECUTORS['shared-iterations'],
  EXECUTORS['per-vu-iterations'],
  EXECUTORS['constant-vus'],
  EXECUTORS['ramping-vus'],
  EXECUTORS['constant-arrival-rate'],
  EXECUTORS['ramping-arrival-rate'],
]);

const threshold = z.union([
  z.string(),
  z.strictObject({
    threshold: z.string().describe('e.g. p(99)<250'),
    abortOnFail: z.boolean().default(false).describe('End the run as soon as it fails.'),
    delayAbortEval: duration.default('0s').describe('Let this time pass before ending the run.'),
    window: duration
      .default('0s')
      .describe('It has to hold over this long at every second; 0s: over the whole run.'),
    minSamples: z.int().min(0).default(0).describe('With fewer samples it is not judged.'),
    onNoData: z
      .enum(['fail', 'pass'])
      .default('fail')
      .describe('What it comes to in the end without samples, or with too few.'),
  }),
]);

/** What a run or an experiment is called. */
export const nameWord = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}]*$/u, { error: 'must be one line without control characters' });

export const seedWord = z.int().min(0).max(4_294_967_295);

/** The whole file. */
export const scenarioWords = z.strictObject({
  name: nameWord.optional().describe('Name of the run; the name of the file when not given.'),
  seed: seedWord.optional().describe('Seed of every draw; random when not given.'),
  tags: tags.default({}).describe('Tags stored with the run.'),
  target: target.prefault({}).describe('The server to load.'),
  client: client.prefault({}).describe('How mailbench speaks.'),
  messages: messages
    .default([{ weight: 1, size: '4KiB' }])
    .describe('Weighted mix of what is sent; `typical`: one of published sizes.'),
  dkim: dkim.optional().describe('Signs every message that is composed.'),
  envelope: envelope.prefault({}).describe('From whom, to whom.'),
  scenarios: z
    .record(
      z.string().regex(/^[\w-]{1,64}$/, { error: 'must be a name of letters, digits, `_` and `-`' }),
      executor,
    )
    .refine((map) => Object.keys(map).length > 0, { error: 'must hold at least one executor' })
    .prefault({ default: { executor: 'shared-iterations' } })
    .describe('When to send: executors by name.'),
  thresholds: z
    .record(z.string(), z.union([threshold, z.array(threshold).min(1)]))
    .default({})
    .describe('What must hold, by metric.'),
  delivery: delivery.optional().describe('Proof of what arrived.'),
  actions: z.array(action).default([]).describe('What happens to the server during the run.'),
});

/** A scenario file as it may be written. */
export type ScenarioFile = z.input<typeof scenarioWords>;
/** A scenario file with its defaults filled in. */
export type ScenarioWords = z.output<typeof scenarioWords>;
export type MessageWords = Exclude<ScenarioWords['messages'], string>[number];
export type TemplateWords = NonNullable<MessageWords['template']>;
export type RecipientWords = z.output<typeof recipientObject>;
export type ExecutorWords = ScenarioWords['scenarios'][string];
export type ExpectationWords = NonNullable<MessageWords['expect']>;
export type ThresholdWords = z.output<typeof threshold>;
