/**
 * Curves: response times of all rounds together, by variant: percentiles, and how each of them shifted. Pure.
 *
 * To look at, not to judge: messages of all rounds are pooled. The band of a shift comes from drawing whole rounds again.
 */
import { EncodedHistogram } from '../../result/encoded-histogram.js';
import type { Result } from '../../result/result.js';
import { bootstrap } from '../../statistics/bootstrap.js';
import { createDraws } from '../../statistics/draws.js';
import type { Interval } from '../../statistics/signed-rank.js';
import { isShowable } from '../quantile.js';

export interface Curve {
  readonly variant: string;
  /** 0 … 100, and ms. */
  readonly points: readonly { readonly percentile: number; readonly ms: number }[];
}

const METRIC = 'smtp_message_duration';
const ALONG = [1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 97.5, 99, 99.5, 99.9, 99.95, 99.99];

export function percentileCurves(results: Readonly<Record<string, readonly Result[]>>): readonly Curve[] {
  return Object.entries(results).map(([variant, own]) => {
    const n = own.reduce((sum, { metrics }) => sum + (metrics[METRIC]?.n ?? 0), 0);
    const shown = ALONG.filter((percentile) => isShowable(n, percentile));
    const values = pooled(own).percentilesMs(shown);
    return {
      variant,
      points: shown.flatMap((percentile, at) => {
        const ms = values[at];
        return ms === null || ms === undefined ? [] : [{ percentile, ms }];
      }),
    };
  });
}

export interface Shift {
  readonly percentile: number;
  /** In per cent of the base. */
  readonly changePct: number;
  readonly bandPct: Interval | null;
}

const DECILES = [10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99];
const RESAMPLES = 200;

/** Of rounds that both have; none without. */
export function shiftsOf(base: readonly Result[], value: readonly Result[]): readonly Shift[] {
  const rounds = base.slice(0, value.length).map((one, at) => ({ base: one, value: value[at] as Result }));
  const least = Math.min(total(base), total(value));
  const percentiles = DECILES.filter((percentile) => isShowable(least, percentile));
  if (rounds.length === 0 || percentiles.length === 0) return [];
  const changes = (sample: typeof rounds) => {
    const [from, to] = [
      pooled(sample.map((round) => round.base)),
      pooled(sample.map((round) => round.value)),
    ];
    const [a, b] = [from.percentilesMs(percentiles), to.percentilesMs(percentiles)];
    return percentiles.map((_, at) => ((b[at] ?? Number.NaN) / (a[at] ?? Number.NaN) - 1) * 100);
  };
  const bands =
    rounds.length < 4
      ? []
      : bootstrap(rounds, (sample) => changes([...sample]), {
          resamples: RESAMPLES,
          confidence: 0.95,
          draw: createDraws(1),
        });
  return changes(rounds).map((changePct, at) => ({
    percentile: percentiles[at] as number,
    changePct,
    bandPct: bands[at] ?? null,
  }));
}

function total(results: readonly Result[]): number {
  return results.reduce((sum, { metrics }) => sum + (metrics[METRIC]?.n ?? 0), 0);
}

function pooled(results: readonly Result[]): EncodedHistogram {
  const sum = new EncodedHistogram();
  for (const { metrics } of results) sum.add(metrics[METRIC]?.histogram ?? '');
  return sum;
}
