/** Durations on the command line. */
import { UsageError } from '../errors.js';
import { parseDurationMs } from '../yaml/quantities.js';

/** ms. @throws UsageError */
export function durationOf(flag: string, word: string): number {
  const ms = parseDurationMs(word);
  if (ms !== null) return ms;
  throw new UsageError(
    'DURATION_FLAG',
    `${flag} must be a duration such as \`15s\` or \`30m\`, not ${JSON.stringify(word)}`,
  );
}
