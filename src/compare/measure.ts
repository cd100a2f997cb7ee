/**
 * Measures: what is compared, as one number of each run. `smtp_message_duration p(99)`, `smtp_messages{outcome:accepted} rate`.
 *
 * A metric expression and one of the values that a result keeps for it; `smtp_message_failed rate` is a share, all others are amounts.
 */
import { METRICS } from '../metrics/catalogue.js';
import { type GrammarProblem, parseMetricExpression } from '../metrics/threshold.js';
import type { Result } from '../result/result.js';
import type { Scale } from '../statistics/paired.js';

export interface Measure {
  /** As written. */
  readonly name: string;
  readonly metric: string;
  /** Key in the metric's `values`. */
  readonly key: string;
  readonly unit: 'ms' | 'perSec' | 'share' | 'count' | 'bytes';
  readonly scale: Scale;
  /** Which of the two is good. */
  readonly better: 'less' | 'more';
  /** Of a quantile, 0 … 100; null otherwise. */
  readonly percentile: number | null;
}

/** What decides unless an experiment says otherwise. */
export const PRIMARIES: readonly string[] = [
  'smtp_message_duration med',
  'smtp_message_duration p(99)',
  'smtp_messages{outcome:accepted} rate',
  'smtp_message_failed rate',
];

const KEYS: Readonly<Record<string, readonly string[]>> = {
  trend: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)'],
  counter: ['count', 'rate'],
  rate: ['rate'],
  gauge: ['value', 'min', 'max'],
};

/** More of these is what one wants. */
const WANTED =
  /^(?:checks|smtp_messages\{outcome:accepted\}|smtp_recipients\{outcome:accepted\}|iterations)$/;

export function parseMeasure(text: string): Measure | GrammarProblem {
  const match = /^\s*(\S+(?:\{[^}]*\})?)\s+(\S+)\s*$/.exec(text);
  const [, metric = '', key = ''] = match ?? [];
  if (match === null)
    return {
      problem: `"${text}" is no measure; write a metric and a value of it, such as smtp_message_duration p(99)`,
    };
  const parsed = parseMetricExpression(metric);
  if ('problem' in parsed) return parsed;
  const { type, unit } = METRICS[parsed.name];
  const keys = KEYS[type] ?? [];
  if (!keys.includes(key))
    return { problem: `${parsed.name} is a ${type}: it has ${keys.join(', ')}, not ${key}` };
  const isShare = type === 'rate';
  return {
    name: `${metric} ${key}`,
    ...{ metric, key },
    unit: isShare
      ? 'share'
      : unit === 'ms'
        ? 'ms'
        : key === 'rate'
          ? 'perSec'
          : unit === 'bytes'
            ? 'bytes'
            : 'count',
    scale: isShare ? 'difference' : 'ratio',
    better: WANTED.test(metric) ? 'more' : 'less',
    percentile: type === 'trend' ? percentileOf(key) : null,
  };
}

function percentileOf(key: string): number | null {
  if (key === 'med') return 50;
  const digits = /^p\(([\d.]+)\)$/.exec(key)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** null where the run has no such metric. A counter that nothing counted is 0. */
export function measureOf(result: Result, { metric, key }: Measure): number | null {
  const found = result.metrics[metric];
  if (found === undefined) return isCounter(metric) ? 0 : null;
  return found.n === 0 && found.type !== 'counter' ? null : (found.values[key] ?? null);
}

function isCounter(metric: string): boolean {
  const parsed = parseMetricExpression(metric);
  return !('problem' in parsed) && METRICS[parsed.name].type === 'counter';
}

/** What else is worth a look: shown, and judged by nobody. */
export function furtherMeasures(
  results: readonly Result[],
  primaries: readonly Measure[],
): readonly Measure[] {
  const present = (metric: string) => results.some(({ metrics }) => (metrics[metric]?.n ?? 0) > 0);
  const commands = new Set(
    results.flatMap(({ metrics }) =>
      Object.keys(metrics).filter((key) => /^smtp_command_waiting\{command:\w+\}$/.test(key)),
    ),
  );
  const names = [
    ...['med', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)'].map((key) => `smtp_message_duration ${key}`),
    ...['med', 'p(99)'].map((key) => `smtp_message_service_duration ${key}`),
    ...['med', 'p(95)', 'p(99)'].map((key) => `smtp_delivery_duration ${key}`),
    ...['delivery_lost', 'delivery_duplicated', 'delivery_corrupted'].map((metric) => `${metric} count`),
    ...['smtp_connecting', 'smtp_tls_handshaking', 'smtp_greeting_waiting'].map((metric) => `${metric} med`),
    ...[...commands].map((metric) => `${metric} med`),
  ];
  const known = new Set(primaries.map(({ name }) => name));
  return names
    .filter((name) => !known.has(name))
    .map(parseMeasure)
    .filter((measure): measure is Measure => !('problem' in measure) && present(measure.metric));
}
