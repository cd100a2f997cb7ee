/**
 * Page data: what the charts of report.html draw, and nothing else.
 *
 * Columns instead of rows and four significant digits keep it small: an hour of seconds is about 200 kB. Rates are per
 * second whatever the length of a row. The names of marks are the only foreign text in here; page/ draws them on canvas.
 */
import type { Result, SeriesRow } from '../result/result.js';
import { actionsOf, crossingsOf } from './actions.js';
import { curvePosition, percentileCurve } from './percentile-curve.js';
import { warmupsOf } from './warmup.js';

export type Values = readonly (number | null)[];

export interface PageData {
  readonly series: {
    /** Seconds since the start of the run. */
    readonly t: readonly number[];
    readonly offered: Values;
    readonly started: Values;
    readonly accepted: Values;
    readonly rejected: Values;
    readonly failed: Values;
    /** ms */
    readonly p50: Values;
    readonly p95: Values;
    readonly p99: Values;
    readonly sessionsOpen: Values;
    /** 0…100 */
    readonly busyPercent: Values;
    /** Copies; null where delivery was not proved. */
    readonly backlog: Values;
  };
  /** Seconds, from and to. */
  readonly warmups: readonly (readonly [from: number, to: number])[];
  /** What happened to the server, and thresholds that failed: seconds, and a name. */
  readonly marks: readonly (readonly [at: number, name: string])[];
  readonly curve: {
    /** −log10(1 − q) */
    readonly position: readonly number[];
    /** ms */
    readonly response: Values;
    readonly service: Values;
  };
}

export function pageData(result: Result): PageData {
  return {
    series: seriesOf(result),
    warmups: warmupSeconds(result),
    marks: [...actionsOf(result), ...crossingsOf(result)].map(({ atMs, name }) => [atMs / 1000, name]),
    curve: curveOf(result),
  };
}

function seriesOf({ series: rows, run }: Result): PageData['series'] {
  const series = withoutStub(rows, run.durationMs / 1000);
  const lengths = series.map((_, i) => rowSeconds(series, i, run.durationMs / 1000));
  const column = (pick: (row: SeriesRow) => number | null): Values => series.map((row) => round(pick(row)));
  const rate = (pick: (row: SeriesRow) => number): Values =>
    series.map((row, i) => round(pick(row) / (lengths[i] ?? 1)));
  return {
    t: series.map((row) => row.t),
    offered: rate((row) => row.scheduled),
    started: rate((row) => row.started),
    accepted: rate((row) => row.accepted),
    rejected: rate((row) => row.rejected),
    failed: rate((row) => row.failed),
    p50: column((row) => row.p50),
    p95: column((row) => row.p95),
    p99: column((row) => row.p99),
    sessionsOpen: column((row) => row.sessionsOpen),
    busyPercent: column((row) => (row.utilisation === null ? null : row.utilisation * 100)),
    backlog: column((row) => row.backlog),
  };
}

/** A run seldom ends on a full second: what little falls into the next would be drawn as a fall to nothing. */
function withoutStub(series: readonly SeriesRow[], runSeconds: number): readonly SeriesRow[] {
  const [before, last] = series.slice(-2);
  if (series.length < 3 || before === undefined || last === undefined) return series;
  return runSeconds - last.t < (last.t - before.t) / 2 ? series.slice(0, -1) : series;
}

/** How long a row is: until the next one, and for the last as long as the one before it. */
function rowSeconds(series: readonly SeriesRow[], index: number, runSeconds: number): number {
  const at = (i: number) => series[i]?.t ?? 0;
  if (index + 1 < series.length) return at(index + 1) - at(index);
  return series.length > 1 ? at(index) - at(index - 1) : Math.max(1, runSeconds);
}

function warmupSeconds(result: Result): PageData['warmups'] {
  return warmupsOf(result).map(({ fromMs, toMs }) => [fromMs / 1000, toMs / 1000]);
}

function curveOf(result: Result): PageData['curve'] {
  const response = percentileCurve(result.metrics.smtp_message_duration);
  const service = percentileCurve(result.metrics.smtp_message_service_duration);
  const positions = Array.from({ length: Math.max(response.length, service.length) }, (_, i) =>
    curvePosition(i),
  );
  return {
    position: positions.map((position) => round(position) ?? 0),
    response: positions.map((_, i) => round(response[i]?.ms ?? null)),
    service: positions.map((_, i) => round(service[i]?.ms ?? null)),
  };
}

function round(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(4));
}
