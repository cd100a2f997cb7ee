/**
 * `mailbench verify RUN_DIR`: reads receipts of a run that is over, and says anew what became of its copies.
 *
 * What was accepted stands in the journal, and so does who should get what. The verification is appended to the journal,
 * where it supersedes what was seen of delivery before; then everything is folded and rendered again.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import pc from 'picocolors';
import type { Argv, CommandModule } from 'yargs';
import { unreadError } from '../delivery/looks.js';
import { createReceiptReaders } from '../delivery/receipt-readers.js';
import type { DeliveryTracker } from '../delivery/tracker.js';
import { type Verification, verifyDelivery } from '../delivery/verification.js';
import { UsageError } from '../errors.js';
import type { Snapshot } from '../metrics/snapshot.js';
import { renderDelivery } from '../report/console-delivery.js';
import { visible } from '../report/escape.js';
import type { DeliveryDetails } from '../result/delivery-details.js';
import { isDeliveryMetric } from '../result/delivery-fold.js';
import { type JournalEntry, type JournalHeader, parseJournal } from '../result/journal.js';
import { LineFile, readLines } from '../result/line-file.js';
import type { Result } from '../result/result.js';
import { RUN_FILES } from '../result/run-directory.js';
import { recipientsOfPast } from '../run/past-code.js';
import { pastEnvelopes } from '../run/past-envelope.js';
import { createRunTracker } from '../run/run-tracker.js';
import { parseDurationMs } from '../yaml/quantities.js';
import { ExitCode } from './exit-codes.js';
import { findRun } from './find-run.js';
import { addColorFlag, addQuietFlag } from './output-flags.js';
import { rebuildRun } from './rebuild-run.js';
import { isColored, widthOf } from './terminal.js';

/** Where a run's own sink writes them, in the run directory. */
const OWN_RECEIPTS = 'receipts.ndjson';
const DEFAULT_LATE_MS = 60_000;

interface VerifyArguments {
  dir: string;
  receipts: string[] | undefined;
  wait: string;
  quiet: boolean;
  color: boolean | undefined;
}

export const verifyCommand: CommandModule<object, VerifyArguments> = {
  command: 'verify <dir>',
  describe: 'Read receipts of a run that is over and say anew what became of its mail',
  builder: describeFlags,
  handler: (flags) => verify(flags),
};

function describeFlags(yargs: Argv<object>): Argv<VerifyArguments> {
  const described = yargs
    .positional('dir', { type: 'string', demandOption: true, describe: 'Run directory' })
    .option('receipts', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'Files of receipts, or URLs of the control interface of a sink; default: those of the run',
    })
    .option('wait', {
      type: 'string',
      requiresArg: true,
      default: '0s',
      describe: 'How long to go on asking while copies are missing',
    });
  return addColorFlag(addQuietFlag(described))
    .example('$0 verify RUN_DIR --receipts r.ndjson', 'After a sink that ran elsewhere')
    .example('$0 verify RUN_DIR --wait 5m', 'Late copies may still come');
}

async function verify(flags: VerifyArguments): Promise<void> {
  const waitMs = parseWait(flags.wait);
  const directory = findRun(flags.dir);
  const journal = join(directory, RUN_FILES.journal);
  const run = await readRun(journal);
  if (!run.hasEnd) await assertOver(journal, run.header);
  const receipts = flags.receipts ?? defaultReceipts(directory, run.header);
  const tracker = await createTracker(run, receipts);
  const { snapshot, isUnread } = await readReceipts(tracker, receipts, waitMs);
  append(journal, [
    { type: 'verify', atUs: snapshot.toUs, receipts: [...receipts] },
    { type: 'snapshot', fromSeq: 0, snapshot },
  ]);
  const { result, details } = await rebuildRun(directory);
  process.exitCode = exitCodeOfVerification(result);
  if (!flags.quiet) print(result, details, directory, flags);
  if (isUnread) throw unreadError();
}

function print(
  result: Result,
  details: DeliveryDetails | null,
  directory: string,
  flags: VerifyArguments,
): void {
  const colors = pc.createColors(isColored(process.stdout, flags.color));
  const lines = renderDelivery(result, details, { colors, width: widthOf(process.stdout) });
  process.stdout.write(`\n${lines.join('\n')}\n\n  report: ${visible(join(directory, RUN_FILES.report))}\n`);
}

/** 99 when a threshold fails, or, without one on delivery, when anything was lost, doubled or corrupted. */
export function exitCodeOfVerification({
  thresholds,
  delivery,
}: Pick<Result, 'thresholds' | 'delivery'>): number {
  if (thresholds.some(({ ok }) => !ok)) return ExitCode.THRESHOLDS_FAILED;
  if (thresholds.some(({ metric }) => isDeliveryMetric(metric)) || delivery === null) return ExitCode.OK;
  const { lost, duplicated, corrupted } = delivery;
  return lost + duplicated + corrupted > 0 ? ExitCode.THRESHOLDS_FAILED : ExitCode.OK;
}

function parseWait(word: string): number {
  const ms = parseDurationMs(word);
  if (ms !== null) return ms;
  throw new UsageError('VERIFY_WAIT_INVALID', `--wait ${word} is not a duration`, {
    hint: 'Write a number with its unit, such as 60s or 5m.',
  });
}

interface PastRun {
  readonly header: JournalHeader;
  /** It did not break off. */
  readonly hasEnd: boolean;
  /** What its shards accepted. */
  readonly accepted: readonly Pick<Snapshot, 'accepted' | 'refusedCopies'>[];
}

async function readRun(journal: string): Promise<PastRun> {
  let header: JournalHeader | null = null;
  let hasEnd = false;
  const accepted: Pick<Snapshot, 'accepted' | 'refusedCopies'>[] = [];
  for await (const entry of parseJournal(readLines(journal), () => {})) {
    if (entry.type === 'header') header = entry;
    hasEnd ||= entry.type === 'end';
    if (entry.type === 'snapshot') {
      const { accepted: ranges, refusedCopies } = entry.snapshot;
      accepted.push({ accepted: ranges, refusedCopies });
    }
  }
  // parseJournal throws where there is none.
  return { header: header as unknown as JournalHeader, hasEnd, accepted };
}

/** What a run that goes on tells of delivery afterwards would be added to what is told here. */
async function assertOver(journal: string, { run, intervalMs }: JournalHeader): Promise<void> {
  const silentMs = 2 * intervalMs + 1_000;
  const before = statSync(journal).mtimeMs;
  while (Date.now() - before < silentMs) {
    await sleep(100);
    if (statSync(journal).mtimeMs === before) continue;
    throw new UsageError('VERIFY_RUN_NOT_OVER', `${run.id} goes on: its journal is being written`, {
      hint: 'Wait until the run has ended.',
    });
  }
}

/** The run directory may have been moved since. */
function defaultReceipts(directory: string, { run, delivery }: JournalHeader): readonly string[] {
  if (delivery !== undefined && delivery.expect !== 'sink')
    throw receiptsMissing(`copies of ${run.id} went to mailboxes`);
  const own = join(directory, OWN_RECEIPTS);
  const recorded = delivery?.receipts ?? [];
  const others = recorded.filter((receipt) => !receipt.endsWith(join(run.id, OWN_RECEIPTS)));
  const hasOwn = others.length < recorded.length || existsSync(own);
  if (!hasOwn && others.length === 0) throw receiptsMissing(`${directory} has no receipts of its own`);
  return hasOwn ? [own, ...others] : others;
}

function receiptsMissing(why: string): UsageError {
  return new UsageError('VERIFY_RECEIPTS_MISSING', why, {
    hint: 'Give the file that a sink wrote, or the URL of its control interface: --receipts FILE.',
  });
}

async function createTracker(
  { header, accepted }: PastRun,
  receipts: readonly string[],
): Promise<DeliveryTracker> {
  const { run, delivery } = header;
  const recipientsOf = await recipientsOfPast(header);
  const envelopes = recipientsOf === null ? pastEnvelopes(header) : [];
  if (envelopes === null) {
    throw new UsageError(
      'VERIFY_RUN_TOO_OLD',
      'the journal of this run does not say who should get its mail',
      {
        hint: 'It was written by an older mailbench; run it again.',
      },
    );
  }
  const lateMs = delivery?.lateMs ?? DEFAULT_LATE_MS;
  const { id, seed } = run;
  const tracker = createRunTracker({ run: id, seed, envelopes, recipientsOf, lateMs, receipts });
  for (const snapshot of accepted) tracker.noteAccepted(snapshot);
  return tracker;
}

/** The first Ctrl-C ends the wait: what was seen is kept. */
async function readReceipts(
  tracker: DeliveryTracker,
  receipts: readonly string[],
  waitMs: number,
): Promise<Verification> {
  const readers = createReceiptReaders(receipts);
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGINT', onSignal);
  try {
    for (const reader of readers) await reader.open(tracker);
    return await verifyDelivery({
      tracker,
      readers,
      waitMs,
      nowUs: () => Date.now() * 1000,
      sleep: (ms) => sleep(ms, undefined, { signal: stop.signal }).catch(() => {}),
      isStopped: () => stop.signal.aborted,
      onStop: (what) => stop.signal.addEventListener('abort', what),
    });
  } finally {
    process.removeListener('SIGINT', onSignal);
    for (const reader of readers) await reader.close();
  }
}

/** All lines or none. */
function append(journal: string, entries: readonly JournalEntry[]): void {
  const file = LineFile.reopen(journal);
  try {
    file.append(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  } finally {
    file.close();
  }
}
