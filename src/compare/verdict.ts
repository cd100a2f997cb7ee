/**
 * Verdict: what paired rounds say of one measure: better, worse, same, changed or inconclusive. Pure.
 *
 * In this order: *better* or *worse* where chance is ruled out (Holm-adjusted p < 0.05) and the change is at least the margin;
 * *same* where the 90 % interval lies within the margin (two one-sided tests); *changed* where chance is ruled out and the change is below the
 * margin; otherwise *inconclusive*: too few rounds, or too noisy ones.
 */
import { leastPairs, pairsNeeded } from '../statistics/effect-size.js';
import { holm } from '../statistics/holm.js';
import { comparePairs, type Pair, type PairedEstimate } from '../statistics/paired.js';
import type { Measure } from './measure.js';

export type Verdict = 'better' | 'worse' | 'same' | 'changed' | 'inconclusive';

export const LEVEL = 0.05;

/** What is asked of one measure of one variant. */
export interface Question {
  readonly measure: Measure;
  /** The least change that matters, 0.05 for 5 %, or for a share in points. */
  readonly margin: number;
  readonly pairs: readonly Pair[];
}

export interface Answer extends PairedEstimate {
  /** Adjusted for all that were asked together. */
  readonly pHolm: number;
  readonly verdict: Verdict;
  /** Of an inconclusive one: rounds that would probably settle it, as noisy as these; null: none that anybody would make, or settled. */
  readonly roundsNeeded: number | null;
}

/** All primaries of an experiment together: their number is what is adjusted for. */
export function judge(questions: readonly Question[]): readonly Answer[] {
  const estimates = questions.map(({ measure, pairs }) => comparePairs(pairs, measure.scale));
  const adjusted = holm(estimates.map(({ p }) => p));
  const least = leastPairs(questions.length);
  return estimates.map((found, at) => {
    // Fewer rounds than that would not have seen anything.
    const estimate = found.pairs < least ? { ...found, visible: Number.POSITIVE_INFINITY } : found;
    const question = questions[at] as Question;
    const pHolm = adjusted[at] as number;
    const verdict = verdictOf(estimate, pHolm, question);
    const roundsNeeded = verdict === 'inconclusive' ? neededFor(estimate, question, least) : null;
    return { ...estimate, pHolm, verdict, roundsNeeded };
  });
}

function verdictOf(
  { change, interval90 }: PairedEstimate,
  pHolm: number,
  { measure, margin }: Question,
): Verdict {
  const isSettled = pHolm < LEVEL;
  if (isSettled && beyond(change, margin, measure)) {
    return change < 0 === (measure.better === 'less') ? 'better' : 'worse';
  }
  if (
    interval90 !== null &&
    within(interval90.low, margin, measure) &&
    within(interval90.high, margin, measure)
  )
    return 'same';
  return isSettled ? 'changed' : 'inconclusive';
}

/** A ratio is as far from 1 downwards as its inverse is upwards. */
function distance(change: number, { scale }: Measure): number {
  return scale === 'ratio' ? Math.abs(Math.log1p(change)) : Math.abs(change);
}

function beyond(change: number, margin: number, measure: Measure): boolean {
  return distance(change, measure) >= marginDistance(margin, measure);
}

function within(change: number, margin: number, measure: Measure): boolean {
  return distance(change, measure) <= marginDistance(margin, measure);
}

function marginDistance(margin: number, { scale }: Measure): number {
  return scale === 'ratio' ? Math.log1p(margin) : margin;
}

/** To notice the change that was found, or one that just matters where that was smaller. */
function neededFor(
  { differences, change }: PairedEstimate,
  { measure, margin }: Question,
  least: number,
): number | null {
  if (differences.length < 2) return least;
  const shift = Math.max(marginDistance(margin, measure), distance(change, measure));
  return pairsNeeded(differences, shift, least);
}
