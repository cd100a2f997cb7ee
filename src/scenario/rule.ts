/**
 * What the rules across keys share: the words they look at, and how they report.
 */
import type { Partly } from './check-words.js';
import type { KeyPath } from './key-path.js';
import type { ScenarioProblemCode } from './problem-codes.js';
import { parseDurationMs } from './quantities.js';
import type { ScenarioWords } from './schema.js';

export type PartlyWords = Partly<ScenarioWords>;

/** Adds a problem at a path. */
export type Report = (path: KeyPath, code: ScenarioProblemCode, message: string, hint?: string) => void;

/** Milliseconds of a duration that may be missing. */
export function msOf(word: string | number | undefined): number | undefined {
  return word === undefined ? undefined : (parseDurationMs(word) ?? undefined);
}
