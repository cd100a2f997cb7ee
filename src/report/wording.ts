/**
 * Wording: what a result says in words, before any format escapes it.
 *
 * Everything here may hold foreign text and is raw: pass it through escape.ts last.
 */
import { metricInfo } from '../metrics/catalogue.js';
import { type Aggregation, parseThreshold } from '../metrics/threshold.js';
import type { Health, MetricResult, OutcomeRow, Result, ThresholdResult } from '../result/result.js';
import { bytes, count, duration, NOTHING, percent, perSecond, plain, roughPercent, span } from './format.js';
import { isShowable } from './quantile.js';

/** What makes the load, in the order of a sentence; the rest stands in the scenario. */
const LOAD_SETTINGS = [
  'rate',
  'startRate',
  'stages',
  'timeUnit',
  'arrival',
  'vus',
  'iterations',
  'duration',
  'warmup',
  'startTime',
  'preAllocatedVUs',
  'maxVUs',
] as const;

/** The target as the scenario names it. */
export function targetOf(result: Pick<Result, 'scenario'>): string {
  const target = result.scenario.target;
  if (typeof target === 'string') return target;
  const { url, urls } = isRecord(target) ? target : {};
  if (isRecord(urls)) return Object.keys(urls).join(', ');
  return typeof url === 'string' ? url : NOTHING;
}

/** One line an executor: `peak: constant-arrival-rate, rate 500, timeUnit 1s, duration 1m`. */
export function loadOf(result: Result): readonly string[] {
  const executors = result.scenario.scenarios;
  if (!isRecord(executors)) return [];
  return Object.entries(executors).map(
    ([name, spec]) => `${name}: ${isRecord(spec) ? describe(spec) : NOTHING}`,
  );
}

/** `rejected RCPT 451 4.3.2`, `failed CONTENT timeout`, `accepted 250 2.0.0`. */
export function outcomeTitle(row: OutcomeRow): string {
  const reply = row.code === 0 ? [row.cause] : [String(row.code), row.enhanced];
  return [row.outcome, row.phase, ...reply].filter((part) => part !== '').join(' ');
}

/** The value a threshold was judged by, in the unit of its bound: `p(99)=126.4ms`, `rate=0.00048`. */
export function thresholdValue(row: ThresholdResult, result: Result): string {
  if (row.value === null) return missingSamples(row, result);
  const name = /^[a-z]+(\([\d.]+\))?/.exec(row.threshold)?.[0] ?? 'value';
  const isTrend = result.metrics[row.metric]?.type === 'trend';
  return `${name}=${isTrend ? duration(row.value, { digits: 4 }) : plain(row.value, 4)}`;
}

function missingSamples(row: ThresholdResult, { metrics }: Result): string {
  const { metric, minSamples = 0, windowMs } = row;
  const n = metrics[metric]?.n ?? 0;
  if (windowMs !== undefined && minSamples > 0) return `nowhere ${count(minSamples)} samples`;
  return n === 0 ? 'no samples' : `too few samples, n=${count(n)} of ${count(minSamples)}`;
}

/** What is to be known about a threshold's value: its window, when it first failed, a caution; '' when nothing is. */
export function thresholdNote(row: ThresholdResult, result: Result): string {
  const { windowMs, crossedAtMs } = row;
  const notes = [
    windowMs === undefined
      ? ''
      : row.value === null
        ? `in every ${span(windowMs)}`
        : `worst of every ${span(windowMs)}`,
    crossedAtMs === undefined ? '' : `first failed at ${span(crossedAtMs)}`,
    caution(row, result),
  ];
  return notes.filter((note) => note !== '').join('; ');
}

function caution(row: ThresholdResult, result: Result): string {
  const metric = result.metrics[row.metric];
  if (row.value === null && row.ok) return 'not judged: onNoData is pass';
  const parsed = parseThreshold(row.metric, row.threshold);
  if (metric?.type !== 'trend' || row.value === null || 'problem' in parsed) return '';
  const percentile = percentileOf(parsed.aggregation);
  const { windowMs } = row;
  const share = windowMs === undefined ? 1 : Math.min(1, windowMs / result.run.durationMs);
  const n = Math.round(metric.n * share);
  if (percentile === null || isShowable(n, percentile)) return '';
  return `rests on few samples, ${share === 1 ? `n=${count(n)}` : `about ${count(n)} in a window`}`;
}

/** A rate, counter or gauge as its value and what stands behind it. */
export function numbersOf(
  name: string,
  { type, n, values }: MetricResult,
): readonly [value: string, detail: string] {
  const value = (key: string) => values[key] ?? 0;
  if (type === 'rate') return [percent(values.rate), `${count(value('passes'))} of ${count(n)}`];
  if (type === 'gauge')
    return [plain(value('value')), `min ${plain(value('min'))}, max ${plain(value('max'))}`];
  return metricInfo(name)?.unit === 'bytes'
    ? [bytes(value('count')), `${bytes(value('rate'))}/s`]
    : [count(value('count')), perSecond(values.rate)];
}

/** The generator's account of itself, as label and value; `gap` stands between number and unit. */
export function healthFacts(health: Health, gap = ''): readonly (readonly [label: string, value: string])[] {
  const startedShare = health.scheduled === 0 ? null : health.started / health.scheduled;
  const faults = Object.entries(health.faults).filter(([, n]) => n > 0);
  return [
    ['scheduled', count(health.scheduled)],
    ['started', `${count(health.started)} (${percent(startedShare)})`],
    ['dropped', count(health.dropped)],
    ['lateness p50', duration(health.latenessMs.p50, { gap })],
    ['lateness p99', duration(health.latenessMs.p99, { gap })],
    ['lateness max', duration(health.latenessMs.max, { gap })],
    ['busy p95', roughPercent(health.utilisation.p95)],
    ['busy max', roughPercent(health.utilisation.max)],
    ['CPU wait p95', roughPercent(health.cpuWait.p95)],
    ['faults', faults.length === 0 ? 'none' : faults.map(([name, n]) => `${name} ×${count(n)}`).join(', ')],
  ];
}

function percentileOf(aggregation: Aggregation): number | null {
  if (aggregation.kind === 'percentile') return aggregation.percentile;
  return aggregation.kind === 'med' ? 50 : null;
}

function describe(spec: Readonly<Record<string, unknown>>): string {
  const settings = LOAD_SETTINGS.flatMap((key) => {
    const value = key === 'stages' ? stagesOf(spec[key]) : spec[key];
    const isSaid = typeof value === 'number' || (typeof value === 'string' && value !== '0s');
    return isSaid ? [`${key} ${value}`] : [];
  });
  return [String(spec.executor ?? NOTHING), ...settings].join(', ');
}

/** `5s to 100 then 1m to 100`. */
function stagesOf(stages: unknown): string | null {
  if (!Array.isArray(stages)) return null;
  return stages
    .map((stage) => (isRecord(stage) ? `${stage.duration} to ${stage.target}` : NOTHING))
    .join(' then ');
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
