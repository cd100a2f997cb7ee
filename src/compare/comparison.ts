/**
 * Comparison: rounds and what is known of them into what comparison.json says. Pure.
 */
import type { Comparison } from '../result/comparison.js';
import type { Result } from '../result/result.js';
import { type CompareOptions, compareRounds, type Round } from './compare-rounds.js';
import { differencesOf, unlikenessOf } from './differences.js';
import { type Measure, PRIMARIES, parseMeasure } from './measure.js';

export interface ComparisonOptions extends CompareOptions {
  readonly name: string;
  readonly at: string;
  readonly mailbench: string;
  readonly seed: number | null;
  readonly void: Comparison['void'];
  readonly runs: Comparison['runs'];
  /** Of this host, where it has been measured. */
  readonly noiseFloor?: Comparison['noiseFloor'];
  /** Beside those that the results themselves give cause for. */
  readonly warnings?: readonly string[];
}

/** At least one round. */
export function makeComparison(rounds: readonly Round[], options: ComparisonOptions): Comparison {
  const { variants, name, at, mailbench, seed, runs, isPaired, noiseFloor = null, warnings = [] } = options;
  const [first = {}] = rounds;
  const { rows, further } = compareRounds(rounds, options);
  const unlike = unlikenessOf(first);
  return {
    schemaVersion: 1,
    ...{ name, at, mailbench, seed },
    host: Object.values(first)[0]?.run.host.hostname ?? '',
    baseline: variants[0] ?? '',
    variants: [...variants],
    rounds: rounds.length,
    rows: [...rows],
    further: [...further],
    void: options.void,
    exploratory: !isPaired,
    runs,
    differences: differencesOf(first).map(({ path, values }) => ({ path, values: { ...values } })),
    noiseFloor,
    warnings: [...warnings, ...cutShort(rounds), ...unlike.map(({ warning }) => warning)],
  };
}

/** By a threshold with abortOnFail. Those of the first round are told one by one. */
function cutShort([, ...rounds]: readonly Round[]): readonly string[] {
  const cut = rounds.flatMap((round) => Object.values(round)).filter(({ run }) => run.status !== 'completed');
  if (cut.length === 0) return [];
  return [`${cut.length} runs of later rounds did not come to their end: what they measured is short.`];
}

/** Of single runs, the first of which is the base: a table without verdicts. */
export function compareRuns(
  results: Readonly<Record<string, Result>>,
  options: Pick<ComparisonOptions, 'at' | 'mailbench' | 'runs' | 'name'>,
): Comparison {
  return makeComparison([results], {
    ...options,
    variants: Object.keys(results),
    primaries: defaultPrimaries(),
    marginOf: defaultMarginOf,
    isPaired: false,
    seed: null,
    void: [],
  });
}

export function defaultPrimaries(): readonly Measure[] {
  return PRIMARIES.map(parseMeasure).filter((measure): measure is Measure => !('problem' in measure));
}

/** 5 %, from p(99) on 10 %; of a share 0.1 points. */
export function defaultMarginOf({ scale, percentile }: Measure): number {
  if (scale === 'difference') return 0.001;
  return percentile !== null && percentile >= 99 ? 0.1 : 0.05;
}
