/**
 * Fold: result = fold(journal). Normal end, Ctrl-C, crash and a rebuild months later all come through here.
 *
 * Reads line by line in constant memory. A torn last line and a missing end are what a crash leaves: the result is
 * then that of what was written, marked `failed`. Damage anywhere else is an error with its line.
 */
import { join } from 'node:path';
import { BugError } from '../errors.js';
import type { DeliveryDetails } from './delivery-details.js';
import { parseJournal } from './journal.js';
import { readLines } from './line-file.js';
import { LiveFold } from './live-fold.js';
import { repliesOf } from './message-log.js';
import type { Result } from './result.js';
import { findRunDirectory, RUN_FILES } from './run-directory.js';

export interface Folded {
  readonly result: Result;
  /** Beside the result's delivery block; null where there is none. */
  readonly deliveryDetails: DeliveryDetails | null;
  /** What was odd about the journal, for people: sentences. */
  readonly warnings: readonly string[];
}

/** @throws UsageError when it is no journal or damaged other than in its last line */
export async function foldJournal(lines: AsyncIterable<string> | Iterable<string>): Promise<Folded> {
  const warnings: string[] = [];
  const onTorn = (lineNumber: number) => {
    warnings.push(`line ${lineNumber}, the last of the journal, is torn and was left out`);
  };
  let fold: LiveFold | null = null;
  try {
    for await (const entry of parseJournal(lines, onTorn)) {
      if (entry.type === 'header') fold = new LiveFold(entry);
      else fold?.add(entry);
    }
    if (fold === null) throw new BugError('a journal was read that has no header');
    return {
      result: fold.result(),
      deliveryDetails: fold.deliveryDetails(),
      warnings: [...fold.warnings, ...warnings],
    };
  } finally {
    fold?.destroy();
  }
}

/** Folds the journal of a run directory, with the replies that its message log has. Writes nothing. @throws UsageError */
export async function foldRunDirectory(path: string): Promise<Folded> {
  const directory = findRunDirectory(path);
  const folded = await foldJournal(readLines(join(directory, RUN_FILES.journal)));
  const log = join(directory, RUN_FILES.messages);
  return { ...folded, deliveryDetails: await withReplies(folded.deliveryDetails, log) };
}

async function withReplies(details: DeliveryDetails | null, log: string): Promise<DeliveryDetails | null> {
  const numbers = new Set(details?.cases.flatMap(({ number }) => (number === null ? [] : [number])));
  if (details === null || numbers.size === 0) return details;
  const replies = await repliesOf(log, numbers);
  const cases = details.cases.map((one) => ({ ...one, reply: replies.get(one.number ?? -1) ?? '' }));
  return { ...details, cases };
}
