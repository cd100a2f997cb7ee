/**
 * Compare rounds: results of two or more variants, round by round, into rows with verdicts. Pure.
 *
 * One number of each run and measure; messages are never pooled, because those of one run have its luck in common.
 */
import type { ComparisonRow } from '../result/comparison.js';
import type { Result } from '../result/result.js';
import type { Pair } from '../statistics/paired.js';
import { medianOfSorted } from '../statistics/signed-rank.js';
import { furtherMeasures, type Measure, measureOf } from './measure.js';
import { type Answer, judge } from './verdict.js';

/** A finished round: a result of each variant. */
export type Round = Readonly<Record<string, Result>>;

export interface CompareOptions {
  /** The first is the base. */
  readonly variants: readonly string[];
  readonly primaries: readonly Measure[];
  /** The least change that matters, 0.05 for 5 %; of a share in points, 0.001 for 0.1. */
  readonly marginOf: (measure: Measure) => number;
  /** Whether rounds were made side by side, in an order of chance: without that there is no verdict. */
  readonly isPaired: boolean;
}

export interface ComparedRounds {
  readonly rows: readonly ComparisonRow[];
  readonly further: readonly ComparisonRow[];
}

/** Rows by measure, then by variant. */
export function compareRounds(rounds: readonly Round[], options: CompareOptions): ComparedRounds {
  const { primaries, isPaired } = options;
  const all = rounds.flatMap((round) => Object.values(round));
  const rowsOf = (measures: readonly Measure[], isJudged: boolean) => {
    const asked = measures.flatMap((measure) => questionsOf(measure, rounds, options));
    const answers = judge(asked);
    return asked.map((question, i) => toRow(question, answers[i] as Answer, { isJudged, all }));
  };
  return {
    rows: rowsOf(primaries, isPaired),
    further: rowsOf(furtherMeasures(all, primaries), false),
  };
}

interface Asked {
  readonly measure: Measure;
  readonly variant: string;
  readonly margin: number;
  readonly points: ComparisonRow['points'];
  readonly pairs: readonly Pair[];
}

function questionsOf(
  measure: Measure,
  rounds: readonly Round[],
  { variants: [base = '', ...others], marginOf }: CompareOptions,
): readonly Asked[] {
  return others.map((variant) => {
    const points = rounds.map((round, at) => ({
      round: at + 1,
      base: valueIn(round[base], measure),
      value: valueIn(round[variant], measure),
    }));
    const pairs = points.filter(
      (point): point is Pair & { round: number } => point.base !== null && point.value !== null,
    );
    return { measure, variant, margin: marginOf(measure), points, pairs };
  });
}

function valueIn(result: Result | undefined, measure: Measure): number | null {
  return result === undefined ? null : measureOf(result, measure);
}

function toRow(
  { measure, variant, margin, points }: Asked,
  answer: Answer,
  { isJudged, all }: { readonly isJudged: boolean; readonly all: readonly Result[] },
): ComparisonRow {
  const { change, interval, pHolm, verdict, visible, roundsNeeded, pairs } = answer;
  return {
    metric: measure.name,
    variant,
    unit: measure.unit,
    better: measure.better,
    base: medianOf(points.map((point) => point.base)),
    value: medianOf(points.map((point) => point.value)),
    changePct: percentOf(change),
    intervalPct: interval && [interval.low * 100, interval.high * 100],
    pairs,
    marginPct: margin * 100,
    pHolm: isJudged ? pHolm : null,
    verdict: isJudged ? verdict : null,
    mdePct: percentOf(visible),
    roundsNeeded: isJudged ? roundsNeeded : null,
    note: noteOf(measure, points, all),
    points: [...points],
  };
}

function percentOf(share: number): number | null {
  return Number.isFinite(share) ? share * 100 : null;
}

function medianOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  return known.length === 0 ? null : medianOfSorted(known);
}

const SAMPLES_BEYOND = 10;

function noteOf(measure: Measure, points: ComparisonRow['points'], results: readonly Result[]): string {
  const missing = points.filter(({ base, value }) => base === null || value === null).length;
  if (missing > 0)
    return missing === points.length ? 'no samples' : `no samples in ${missing} of ${points.length} rounds`;
  if (measure.percentile === null) return '';
  const least = Math.min(...results.map(({ metrics }) => metrics[measure.metric]?.n ?? 0));
  const isEnough = (least * (100 - measure.percentile)) / 100 >= SAMPLES_BEYOND - 1e-6;
  return isEnough ? '' : `rests on few samples, n=${least} in a run`;
}
