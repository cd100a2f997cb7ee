/**
 * Sums of counts: several processes as one, and what came since a reset, name by name where they have names.
 */
import { BY_NAME, noCounts, type SinkCounts } from './counts.js';

export function addCounts(all: readonly SinkCounts[]): SinkCounts {
  return all.reduce((sum, counts) => combine(sum, counts, 1), noCounts());
}

/** What came since `before`. */
export function countsSince(before: SinkCounts, now: SinkCounts): SinkCounts {
  return combine(now, before, -1);
}

function combine(a: SinkCounts, b: SinkCounts, sign: 1 | -1): SinkCounts {
  const { behaviours, heldUs, bounceFailureReasons, ...totals } = noCounts();
  const names = Object.keys(totals) as (keyof typeof totals)[];
  const sums = names.map((name) => [name, a[name] + sign * b[name]]);
  const sumsByName = BY_NAME.map((name) => [name, combineByName(a[name], b[name], sign)]);
  return { ...noCounts(), ...Object.fromEntries([...sums, ...sumsByName]) };
}

type ByName = Readonly<Record<string, number>>;

/** Names that come to nothing are left out. */
function combineByName(a: ByName, b: ByName, sign: 1 | -1): ByName {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const sums = names.map((name): [string, number] => [name, (a[name] ?? 0) + sign * (b[name] ?? 0)]);
  return Object.fromEntries(sums.filter(([, sum]) => sum !== 0));
}
