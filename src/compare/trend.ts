/**
 * Trend: the runs of one scenario over time, measure by measure, and where they begin to be others. Pure.
 *
 * Only runs that came to their end, whose generator was sound, on the host of the last one: everything else would be a change too.
 */
import type { Result } from '../result/result.js';
import type { Trend, TrendLine } from '../result/trend.js';
import { changePoints } from '../statistics/change-points.js';
import { createDraws } from '../statistics/draws.js';
import { medianOfSorted } from '../statistics/signed-rank.js';
import { differencesOf } from './differences.js';
import { type Measure, measureOf } from './measure.js';

const LEVEL = 0.01;
const PERMUTATIONS = 499;
/** Fewer runs are no stretch. */
const LEAST = 3;

/** `results`: oldest first, all of one name, at least one. */
export function trendOf(results: readonly Result[], measures: readonly Measure[], seed: number): Trend {
  const last = results.at(-1);
  const leftOut: Record<string, number> = {};
  const kept = results.filter((result) => {
    const why = reasonAgainst(result, last?.run.host.hostname ?? '');
    if (why !== '') leftOut[why] = (leftOut[why] ?? 0) + 1;
    return why === '';
  });
  return {
    name: last?.run.name ?? '',
    host: last?.run.host.hostname ?? '',
    runs: kept.map(({ run }) => ({ id: run.id, at: run.startedAt, tags: run.tags })),
    lines: measures.map((measure) => lineOf(measure, kept, seed)),
    leftOut,
  };
}

function reasonAgainst({ run, health }: Result, host: string): string {
  if (run.status !== 'completed') return 'did not come to their end';
  if (health.verdict === 'invalid') return 'were limited by the generator';
  return run.host.hostname === host ? '' : 'were made on another host';
}

function lineOf(measure: Measure, results: readonly Result[], seed: number): TrendLine {
  const values = results.map((result) => measureOf(result, measure));
  const known = values.flatMap((value, index) => (value === null ? [] : [{ value, index }]));
  const isRatio = measure.scale === 'ratio' && known.every(({ value }) => value > 0);
  const found = changePoints(
    known.map(({ value }) => (isRatio ? Math.log(value) : value)),
    { level: LEVEL, permutations: PERMUTATIONS, least: LEAST, draw: createDraws(seed) },
  );
  const cuts = [0, ...found.map(({ index }) => index), known.length];
  const medians = cuts
    .slice(0, -1)
    .map((from, at) => medianOf(known.slice(from, cuts[at + 1]).map(({ value }) => value)));
  const changes = found.map(({ index, p }, at) => {
    const [before, after] = [medians[at] as number, medians[at + 1] as number];
    const here = known[index]?.index ?? 0;
    const previous = known[index - 1]?.index ?? 0;
    return {
      ...{ index: here, before, after, p },
      changePct: changeOf(before, after, measure),
      isBetter: after < before === (measure.better === 'less'),
      differences: differencesOf({ before: results[previous]!, after: results[here]! }).map(
        ({ path }) => path,
      ),
    };
  });
  const { name, unit } = measure;
  return { metric: name, unit, values, changes };
}

function medianOf(values: readonly number[]): number {
  return medianOfSorted([...values].sort((a, b) => a - b));
}

function changeOf(before: number, after: number, { scale }: Measure): number | null {
  if (scale === 'difference') return (after - before) * 100;
  return before === 0 ? null : (after / before - 1) * 100;
}
