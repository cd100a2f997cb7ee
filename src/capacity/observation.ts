/** Observation: what of a trial decides whether the rate was sustained, as plain numbers. */
import type { Result, SeriesRow } from '../result/result.js';

export interface Observation {
  /** What its thresholds came to: `smtp_message_duration p(99)<250`. */
  readonly thresholds: readonly {
    readonly rule: string;
    readonly ok: boolean;
    readonly value: number | null;
  }[];
  /** Iterations. */
  readonly scheduled: number;
  readonly started: number;
  readonly accepted: number;
  /** Messages, or sessions, that had begun and not ended, at the end of each second after the warm-up. */
  readonly outstanding: readonly number[];
  /** Copies that were accepted and had not arrived, likewise; null where nobody looks. */
  readonly backlog: readonly number[] | null;
  /** Why the generator was the bottleneck; null: it was not. */
  readonly sick: string | null;
  /** Why the server's queue did not get empty afterwards; null: it did. */
  readonly notDrained: string | null;
}

export function observe(
  result: Result,
  around: { readonly warmupSeconds: number; readonly seconds: number; readonly notDrained: string | null },
): Observation {
  const { counts, health, thresholds } = result;
  const during = result.series.filter(({ t }) => t >= around.warmupSeconds && t + 1 <= around.seconds);
  const backlog = during.map((row) => row.backlog).filter((copies) => copies !== null);
  return {
    thresholds: thresholds.map(({ metric, threshold, ok, value }) => ({
      rule: `${metric} ${threshold}`,
      ok,
      value,
    })),
    ...{ scheduled: counts.scheduled, started: counts.started, accepted: counts.accepted },
    outstanding: outstandingOf(result.series, during),
    backlog: backlog.length === 0 ? null : backlog,
    sick: health.verdict === 'invalid' ? (health.reasons[0] ?? 'the generator was the bottleneck') : null,
    notDrained: around.notDrained,
  };
}

/**
 * Begun less ended. Where an iteration is a session of several messages, more end than begin, and what is open is the number of sessions: the
 * two are told apart by their sum.
 */
function outstandingOf(series: readonly SeriesRow[], during: readonly SeriesRow[]): readonly number[] {
  const ended = ({ accepted, rejected, failed }: SeriesRow) => accepted + rejected + failed;
  const total = (of: (row: SeriesRow) => number) => series.reduce((sum, row) => sum + of(row), 0);
  if (total(ended) > total(({ started }) => started)) return during.map(({ sessionsOpen }) => sessionsOpen);
  let open = 0;
  const outstanding: number[] = [];
  for (const row of series) {
    open += row.started - ended(row);
    if (during.includes(row)) outstanding.push(open);
  }
  return outstanding;
}
