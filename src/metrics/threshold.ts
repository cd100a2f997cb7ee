/**
 * Thresholds: k6's grammar `aggregation operator number`, on one metric expression `name` or `name{tag:value}`.
 *
 * A trend, rate or gauge without samples fails its threshold: k6 reads an empty trend as 0 and lets `p(95)<X` pass.
 * A counter without samples is 0, so that `count==0` says what it seems to say. Trend bounds are in ms.
 */
import { METRICS, type MetricType, metricInfo } from './catalogue.js';
import type { Tags } from './key.js';

/** One parsed threshold. */
export interface Threshold {
  /** As written: `p(99)<250`. */
  readonly source: string;
  readonly aggregation: Aggregation;
  readonly operator: Operator;
  /** In the metric's unit as shown: ms for trends. */
  readonly bound: number;
  readonly abortOnFail: boolean;
  readonly delayAbortEvalMs: number;
}

export type Operator = '<' | '<=' | '>' | '>=' | '==' | '!=';

export type Aggregation =
  | { readonly kind: 'avg' | 'min' | 'max' | 'med' | 'count' | 'rate' | 'value' }
  /** 0 … 100 */
  | { readonly kind: 'percentile'; readonly percentile: number };

/** What parsing could not take, as a sentence. */
export interface GrammarProblem {
  readonly problem: string;
}

/** What a threshold is evaluated on: see accumulator.ts. */
export interface Aggregated {
  /** Samples behind it; a counter always has its value. */
  readonly n: number;
  value(aggregation: Aggregation): number;
}

const AGGREGATIONS: Readonly<Record<MetricType, readonly string[]>> = {
  counter: ['count', 'rate'],
  gauge: ['value', 'min', 'max'],
  rate: ['rate'],
  trend: ['avg', 'min', 'max', 'med', 'p(N)'],
};

const GRAMMAR =
  /^\s*([a-z]+)(?:\(\s*([^)]*?)\s*\))?\s*(<=|>=|===|!==|==|!=|<|>)\s*([-+]?[\d.]+(?:e[-+]?\d+)?)\s*$/i;

/** Reads `name` or `name{tag:value,…}`; the name and tags must be in the catalogue or given as `userTags`. */
export function parseMetricExpression(
  expression: string,
): { readonly name: string; readonly tags: Tags } | GrammarProblem {
  const match = /^\s*([A-Za-z0-9_]+)\s*(?:\{([^{}]*)\})?\s*$/.exec(expression);
  if (match === null)
    return {
      problem: `"${expression}" is no metric; write a name such as smtp_message_duration, or name{tag:value}`,
    };
  const [, name = '', inner] = match;
  if (metricInfo(name) === undefined) return { problem: `there is no metric "${name}"${nearest(name)}` };
  const tags: Record<string, string> = {};
  for (const pair of inner === undefined || inner.trim() === '' ? [] : inner.split(',')) {
    const colon = pair.indexOf(':');
    if (colon < 1) return { problem: `"${pair.trim()}" in "${expression}" is no tag; write tag:value` };
    tags[pair.slice(0, colon).trim()] = pair.slice(colon + 1).trim();
  }
  return { name, tags };
}

/** Parses one threshold on that metric; says in a sentence what is wrong with it. */
export function parseThreshold(
  metricExpression: string,
  source: string,
  options: { readonly abortOnFail?: boolean; readonly delayAbortEvalMs?: number } = {},
): Threshold | GrammarProblem {
  const metric = parseMetricExpression(metricExpression);
  if ('problem' in metric) return metric;
  const match = GRAMMAR.exec(source);
  if (match === null) {
    return {
      problem: `"${source}" is no threshold; write aggregation, operator, number, such as p(95)<200 or rate<0.01`,
    };
  }
  const [, word = '', argument, operator = '', number = ''] = match;
  const aggregation = toAggregation(word, argument);
  if ('problem' in aggregation) return aggregation;
  const { type } = metricInfo(metric.name) as { type: MetricType };
  const allowed = AGGREGATIONS[type];
  if (!allowed.includes(aggregation.kind === 'percentile' ? 'p(N)' : aggregation.kind)) {
    return { problem: `${metric.name} is a ${type}: it has ${allowed.join(', ')}, not ${word}` };
  }
  if (!Number.isFinite(Number(number))) return { problem: `"${number}" in "${source}" is no number` };
  return {
    source: source.trim(),
    aggregation,
    operator: operator.slice(0, 2) as Operator,
    bound: Number(number),
    abortOnFail: options.abortOnFail ?? false,
    delayAbortEvalMs: options.delayAbortEvalMs ?? 0,
  };
}

/** Whether it holds, and the value it was judged by; null when there were no samples, which fails. */
export function evaluateThreshold(
  threshold: Threshold,
  aggregated: Aggregated | null,
): { readonly ok: boolean; readonly value: number | null } {
  const isCount = threshold.aggregation.kind === 'count';
  if (aggregated === null || (aggregated.n === 0 && !isCount)) return { ok: false, value: null };
  const value = aggregated.value(threshold.aggregation);
  return { ok: compare(value, threshold.operator, threshold.bound), value };
}

function compare(value: number, operator: Operator, bound: number): boolean {
  switch (operator) {
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    case '==':
      return value === bound;
    case '!=':
      return value !== bound;
    default: {
      const never: never = operator;
      return never;
    }
  }
}

function toAggregation(word: string, argument: string | undefined): Aggregation | GrammarProblem {
  if (word === 'p') {
    const percentile = argument === undefined || argument === '' ? Number.NaN : Number(argument);
    if (!(percentile >= 0 && percentile <= 100))
      return { problem: `p(${argument ?? ''}) is no percentile; write p(0) … p(100)` };
    return { kind: 'percentile', percentile };
  }
  const known = ['avg', 'min', 'max', 'med', 'count', 'rate', 'value'] as const;
  const kind = known.find((candidate) => candidate === word);
  if (kind === undefined || argument !== undefined) {
    return { problem: `"${word}" is no aggregation; there are ${known.join(', ')} and p(N)` };
  }
  return { kind };
}

function nearest(name: string): string {
  const words = name.toLowerCase().split('_');
  const scored = Object.keys(METRICS)
    .map((known) => ({ known, common: known.split('_').filter((word) => words.includes(word)).length }))
    .sort((a, b) => b.common - a.common);
  const best = scored[0];
  return best !== undefined && best.common > 0 ? `; did you mean ${best.known}?` : '';
}
