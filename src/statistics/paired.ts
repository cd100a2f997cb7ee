/**
 * Paired: what rounds of two variants, run side by side, say about their difference. Pure.
 *
 * Numbers that are amounts (ms, messages a second) are compared as ratios: the differences are natural logarithms, so that twice and half weigh
 * the same. Shares of all messages are compared as differences, because none of them may be 0.
 */
import { smallestVisible } from './effect-size.js';
import { hodgesLehmann, type Interval, signedRankInterval, signedRankP } from './signed-rank.js';

export type Scale = 'ratio' | 'difference';

/** One round. */
export interface Pair {
  readonly base: number;
  readonly value: number;
}

/** All as changes from the base: 0.05 is five per cent more, or with `difference` five points more. */
export interface PairedEstimate {
  readonly pairs: number;
  readonly change: number;
  /** 95 %; null with fewer than 6 pairs. */
  readonly interval: Interval | null;
  /** 90 %, which decides on sameness (two one-sided tests at 5 %); null with fewer than 5. */
  readonly interval90: Interval | null;
  readonly p: number;
  /** The smallest change that would have been noticed four times in five; Infinity with fewer than 2 pairs. */
  readonly visible: number;
  /** On the scale of the test: logarithms, or the differences themselves. */
  readonly differences: readonly number[];
}

/** Pairs that cannot be compared (not a number) are not in it. */
export function comparePairs(pairs: readonly Pair[], scale: Scale): PairedEstimate {
  const differences = pairs.map((pair) => differenceOf(pair, scale)).filter(Number.isFinite);
  const toChange = scale === 'ratio' ? Math.expm1 : (difference: number) => difference;
  const bounds = (confidence: number) => {
    const found = signedRankInterval(differences, confidence);
    return found && { low: toChange(found.low), high: toChange(found.high) };
  };
  return {
    pairs: differences.length,
    change: toChange(hodgesLehmann(differences)),
    interval: bounds(0.95),
    interval90: bounds(0.9),
    p: signedRankP(differences),
    visible: toChange(smallestVisible(differences)),
    differences,
  };
}

function differenceOf({ base, value }: Pair, scale: Scale): number {
  if (scale === 'difference') return value - base;
  if (base === value) return 0;
  const nothing = NEXT_TO_NOTHING * Math.max(base, value);
  return Math.log(Math.max(value, nothing) / Math.max(base, nothing));
}

/** An amount of 0 counts as this share of the other: a server that took nothing is worse, not incomparable. */
const NEXT_TO_NOTHING = 1e-6;
