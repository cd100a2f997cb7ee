/**
 * Journal: the lines of journal.ndjson, which is all that is written while a run goes on.
 *
 * One JSON object a line; `type` says which: first the `header`, then `snapshot`s and `event`s in the order they came,
 * last an `end`; behind it, each time `mailbench verify` was run, a `verify` and its snapshots. Reading is strict and names the line. A journal whose last line is torn, or that has no `end`, is that
 * of a run that died: still readable (see fold.ts). Writing is journal-writer.ts.
 */
import { z } from 'zod';
import { UsageError } from '../errors.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { Threshold } from '../metrics/threshold.js';
import { deliveryCaseSchema } from './delivery-details.js';
import { countsSchema, outcomeSchema, runSchema } from './result.js';

const finite = z.number();
const count = z.int().nonnegative();

/** Changes, so they may be negative. */
const change = z.int();

const deliverySampleSchema = z.strictObject({
  counts: z.strictObject({
    delivered: change,
    bounced: change,
    lost: change,
    pending: change,
    duplicated: change,
    duplicatedUnacknowledged: change,
    corrupted: change,
    reencoded: change,
    late: change,
    unconfirmed: change,
    unexpected: change,
  }),
  cases: z.array(deliveryCaseSchema),
  domains: z.record(
    z.string(),
    z.strictObject({
      accepted: change,
      delivered: change,
      bounced: change,
      lost: change,
      pending: change,
    }),
  ),
  placements: z.record(z.string(), change),
  settled: z
    .record(z.string().regex(/^\d{1,12}$/), count)
    .nullable()
    .default(null),
  warmup: change,
  notes: z.array(z.string()),
});

const snapshotSchema = z.strictObject({
  v: z.literal(1),
  source: z.string(),
  seq: count,
  fromUs: finite,
  toUs: finite,
  counts: countsSchema,
  counters: z.record(z.string(), finite),
  rates: z.record(z.string(), z.tuple([count, count])),
  trends: z.record(z.string(), z.string()),
  live: z.string(),
  gauges: z.record(z.string(), finite),
  outcomes: z.array(outcomeSchema),
  accepted: z.array(z.tuple([count, count, count])),
  refusedCopies: z.array(z.array(count)).default([]),
  delivery: deliverySampleSchema.optional(),
  health: z.strictObject({
    wallUs: finite,
    busyUs: finite,
    cpuWaitUs: finite,
    lateness: z.string(),
    arrivalsDropped: count.default(0),
    faults: z.record(z.string(), count),
  }),
  final: z.boolean(),
}) satisfies z.ZodType<Snapshot>;

const thresholdSchema = z.strictObject({
  source: z.string(),
  aggregation: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.enum(['avg', 'min', 'max', 'med', 'count', 'rate', 'value']) }),
    z.strictObject({ kind: z.literal('percentile'), percentile: finite }),
  ]),
  operator: z.enum(['<', '<=', '>', '>=', '==', '!=']),
  bound: finite,
  abortOnFail: z.boolean(),
  delayAbortEvalMs: finite,
  windowMs: finite.default(0),
  minSamples: count.default(0),
  onNoData: z.enum(['fail', 'pass']).default('fail'),
}) satisfies z.ZodType<Threshold>;

const pastEnvelope = z.strictObject({
  from: z.string(),
  to: z.array(
    z.strictObject({
      weight: finite,
      address: z.string(),
      domains: z.array(z.strictObject({ domain: z.string(), weight: finite })),
      users: count,
      perMessage: z.union([
        // As it was before it could be drawn.
        count.transform((fixed) => ({ min: fixed, max: fixed, weights: null })),
        z.strictObject({
          min: count,
          max: count,
          weights: z.array(z.strictObject({ count, weight: finite })).nullable(),
        }),
      ]),
      choose: z.enum(['uniform', 'weighted', 'zipf', 'round-robin']).default('uniform'),
      exponent: finite.default(1),
      /** The file that they come from instead. */
      list: z.strictObject({ path: z.string(), sha256: z.string() }).nullable().default(null),
    }),
  ),
});

const headerSchema = z.strictObject({
  type: z.literal('header'),
  v: z.literal(1),
  /** What is known of the run when it starts. */
  run: runSchema.omit({ status: true, endedAt: true, durationMs: true }),
  /** ResolvedScenario.display: no secrets. */
  scenario: z.record(z.string(), z.unknown()),
  /** By metric expression, as in Scenario. */
  thresholds: z.record(z.string(), z.array(thresholdSchema)),
  /** open when any executor is: health judges lateness and dropped iterations only then. */
  loadModel: z.enum(['open', 'closed']),
  /** From run.startedAt: where warm-up is over, and where arrivals end; toMs is null when iterations decide the end. */
  steady: z.strictObject({ fromMs: finite, toMs: finite.nullable() }),
  /** Whether an executor changes its load on purpose: a backlog that grows then says nothing. Absent: none does. */
  isRamped: z.boolean().optional(),
  /** Who will report; one that never does is missed in the result's health. */
  sources: z.array(z.string()),
  /** Width of a snapshot line: 1,000, or 10,000 in runs planned for over an hour. */
  intervalMs: z.number().positive(),
  /** Who should get what, as far as addresses go; the draws are those of `run.seed`. Absent where delivery cannot be verified. */
  envelope: pastEnvelope.optional(),
  /** Instead, where executors have envelopes of their own: by the number of a message modulo their number. */
  envelopes: z.array(pastEnvelope).optional(),
  /** The scenario's code, where that decided who should get what instead of `envelope`. */
  code: z
    .strictObject({
      file: z.string(),
      path: z.string(),
      sha256: z.string(),
      functions: z.partialRecord(z.enum(['message', 'envelope', 'pacing', 'setup', 'teardown']), z.string()),
    })
    .optional(),
  /** What the scenario's `delivery:` says that verifying needs; absent without one. */
  delivery: z
    .strictObject({
      expect: z.enum(['sink', 'imap', 'maildir']),
      lateMs: finite,
      /** Files and URLs that were read, the run's own among them. */
      receipts: z.array(z.string()),
    })
    .optional(),
});

const snapshotLineSchema = z.strictObject({
  type: z.literal('snapshot'),
  /** seq of the first of the snapshots added up here; snapshot.seq is that of the last. */
  fromSeq: count,
  snapshot: snapshotSchema,
});

const eventSchema = z.strictObject({
  type: z.literal('event'),
  atUs: finite,
  /** abort, signal, worker-died… */
  kind: z.string(),
  text: z.string(),
});

const endSchema = z.strictObject({
  type: z.literal('end'),
  endedAt: z.string(),
  status: runSchema.shape.status,
  /** Why the run was aborted or failed; '' when it completed. */
  reason: z.string(),
});

/** After the end: receipts were read anew. Snapshots of source `delivery` before this line count no more. */
const verifySchema = z.strictObject({
  type: z.literal('verify'),
  atUs: finite,
  /** Files or URLs. */
  receipts: z.array(z.string()),
});

const entrySchema = z.discriminatedUnion('type', [
  headerSchema,
  snapshotLineSchema,
  eventSchema,
  endSchema,
  verifySchema,
]);

export type JournalHeader = Omit<z.infer<typeof headerSchema>, 'thresholds'> & {
  readonly thresholds: Readonly<Record<string, readonly Threshold[]>>;
};
export type SnapshotEntry = Omit<z.infer<typeof snapshotLineSchema>, 'snapshot'> & {
  readonly snapshot: Snapshot;
};
export type JournalEvent = z.infer<typeof eventSchema>;
export type JournalEnd = z.infer<typeof endSchema>;
export type JournalVerify = z.infer<typeof verifySchema>;
export type JournalEntry = JournalHeader | SnapshotEntry | JournalEvent | JournalEnd | JournalVerify;

/** @param lineNumber from 1, for errors. @throws UsageError that names the line, and the key that is wrong */
export function parseJournalLine(line: string, lineNumber: number): JournalEntry {
  const value = parseJson(line);
  if (value === undefined) throw damagedLine(lineNumber);
  return toEntry(value, lineNumber);
}

/**
 * Entries of a journal in order. A torn last line ends it, and `onTorn` is told its number.
 * @throws UsageError for damage anywhere else, and for a journal that does not begin with its header.
 */
export async function* parseJournal(
  lines: AsyncIterable<string> | Iterable<string>,
  onTorn: (lineNumber: number) => void,
): AsyncGenerator<JournalEntry> {
  let lineNumber = 0;
  let isTorn = false;
  for await (const line of lines) {
    if (isTorn) throw damagedLine(lineNumber);
    lineNumber += 1;
    const value = parseJson(line);
    isTorn = value === undefined;
    if (isTorn) continue;
    const entry = toEntry(value, lineNumber);
    if ((lineNumber === 1) !== (entry.type === 'header')) throw misplacedHeader(lineNumber);
    yield entry;
  }
  if (lineNumber === 0 || (isTorn && lineNumber === 1)) throw emptyJournal();
  if (isTorn) onTorn(lineNumber);
}

function toEntry(value: unknown, lineNumber: number): JournalEntry {
  const parsed = entrySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new UsageError(
    'RESULT_JOURNAL_INVALID',
    `journal line ${lineNumber}, ${issue.path.join('.') || 'type'}: ${issue.message}`,
    { hint: 'The journal was changed, or written by another version of mailbench.' },
  );
}

/** undefined when it is not JSON. */
function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function damagedLine(lineNumber: number): UsageError {
  return new UsageError('RESULT_JOURNAL_DAMAGED', `journal line ${lineNumber} is damaged: it is not JSON`, {
    hint: 'Only the last line of a journal may be torn. Nothing after this line can be trusted.',
  });
}

function misplacedHeader(lineNumber: number): UsageError {
  return new UsageError(
    'RESULT_JOURNAL_INVALID',
    `journal line ${lineNumber}: a journal has one header, which is its first line`,
    { hint: 'Is this the journal.ndjson of one run?' },
  );
}

function emptyJournal(): UsageError {
  return new UsageError('RESULT_JOURNAL_EMPTY', 'the journal holds no whole line, so nothing was measured', {
    hint: 'The run ended before it began; run it again.',
  });
}
