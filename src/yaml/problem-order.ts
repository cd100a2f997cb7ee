/** Problems in the order of their file, whatever found them; those of flags and environment come last. */
import type { Problem } from '../errors.js';

export function inFileOrder(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) => positionOf(a) - positionOf(b));
}

function positionOf({ where }: Problem): number {
  const [, line, column] = /:(\d+):(\d+)$/.exec(where) ?? [];
  if (line === undefined) return Number.MAX_SAFE_INTEGER;
  // No file of this size has a longer line.
  return Number(line) * 2 ** 24 + Number(column);
}
