/**
 * What the rules across keys share: the words they look at, and how they report.
 */

import type { KeyPath } from '../../yaml/key-path.js';
import { parseDurationMs } from '../../yaml/quantities.js';
import type { Partly } from '../check-words.js';
import type { ScenarioProblemCode } from '../problem-codes.js';
import type { ScenarioWords } from '../schema/schema.js';

export type PartlyWords = Partly<ScenarioWords>;

export interface Report {
  /** Adds a problem at a path. */
  (path: KeyPath, code: ScenarioProblemCode, message: string, hint?: string): void;
  /**
   * The same, but silent when one of these values is itself invalid: it was taken out, perhaps for its default, and
   * what rests on it would send the reader after a fault that is not there.
   */
  restingOn(...paths: readonly KeyPath[]): Report;
}

/** Entries that somebody wrote. */
export function entriesOf({ messages = [] }: PartlyWords): Exclude<typeof messages, string> {
  return typeof messages === 'string' ? [] : messages;
}

/** Milliseconds of a duration that may be missing. */
export function msOf(word: string | number | undefined): number | undefined {
  return word === undefined ? undefined : (parseDurationMs(word) ?? undefined);
}
