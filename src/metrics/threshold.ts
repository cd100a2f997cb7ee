/**
 * Thresholds: k6's grammar `aggregation operator number`, on one metric expression `name` or `name{tag:value}`.
 *
 * A trend, rate or gauge without samples fails its threshold: k6 reads an empty trend as 0 and lets `p(95)<X` pass.
 * A counter without samples is 0, so that `count==0` says what it seems to say; that makes a mistyped tag look like
 * success, so whoever takes expressions from people checks their tags against the catalogue. Trend bounds are in ms.
 * With fewer samples than `minSamples` nothing is judged either; what that amounts to, `onNoData` says.
 */
import { isMetricName, METRICS, type MetricName, type MetricType } from './catalogue.js';
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
  /** It holds over this long at every second; 0: over the whole run. Whole seconds. */
  readonly windowMs: number;
  /** With fewer samples it is not judged. */
  readonly minSamples: number;
  /** What it comes to when there was nothing to judge, or too little. */
  readonly onNoData: OnNoData;
}

export type OnNoData = 'fail' | 'pass';

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
  /** Samples behind it. */
  readonly n: number;
  /** True when there is nothing to judge. A counter never is empty: no samples are 0. */
  readonly isEmpty: boolean;
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

/** Reads `name` or `name{tag:value,…}`; the name must be in the catalogue, the tags are not looked up. */
export function parseMetricExpression(
  expression: string,
): { readonly name: MetricName; readonly tags: Tags } | GrammarProblem {
  const match = /^\s*([A-Za-z0-9_]+)\s*(?:\{([^{}]*)\})?\s*$/.exec(expression);
  if (match === null) {
    return {
      problem: `"${expression}" is no metric; write a name such as smtp_message_duration, or name{tag:value}`,
    };
  }
  const [, name = '', inner = ''] = match;
  if (!isMetricName(name)) return { problem: `there is no metric "${name}"${suggestion(name)}` };
  const tags: Record<string, string> = {};
  for (const pair of inner.trim() === '' ? [] : inner.split(',')) {
    const problem = readTag(name, pair, tags);
    if (problem !== null) return { problem };
  }
  return { name, tags };
}

/** Parses one threshold on that metric; says in a sentence what is wrong with it. */
export function parseThreshold(
  metricExpression: string,
  source: string,
  options: Partial<Omit<Threshold, 'source' | 'aggregation' | 'operator' | 'bound'>> = {},
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
  const { type } = METRICS[metric.name];
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
    windowMs: options.windowMs ?? 0,
    minSamples: options.minSamples ?? 0,
    onNoData: options.onNoData ?? 'fail',
  };
}

/** Whether it holds, and the value it was judged by; null when there was nothing, or too little, to judge. */
export function evaluateThreshold(
  threshold: Threshold,
  aggregated: Aggregated | null,
): { readonly ok: boolean; readonly value: number | null } {
  if (aggregated === null || aggregated.isEmpty || aggregated.n < threshold.minSamples) {
    return { ok: threshold.onNoData === 'pass', value: null };
  }
  const value = aggregated.value(threshold.aggregation);
  return { ok: compare(value, threshold.operator, threshold.bound), value };
}

/** Puts `tag:value` into `tags`, or says what is wrong with it. */
function readTag(name: MetricName, pair: string, tags: Record<string, string>): string | null {
  const colon = pair.indexOf(':');
  const tag = pair.slice(0, colon).trim();
  const value = pair.slice(colon + 1).trim();
  if (colon < 0 || tag === '' || value === '') return `"${pair.trim()}" is no tag; write ${name}{tag:value}`;
  if (Object.hasOwn(tags, tag)) return `the tag "${tag}" of ${name} is there twice`;
  tags[tag] = value;
  return null;
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
    const percentile = /^\d+(\.\d+)?$/.test(argument ?? '') ? Number(argument) : Number.NaN;
    if (percentile >= 0 && percentile <= 100) return { kind: 'percentile', percentile };
    return { problem: `p(${argument ?? ''}) is no percentile; write p(0) … p(100)` };
  }
  const known = ['avg', 'min', 'max', 'med', 'count', 'rate', 'value'] as const;
  const kind = known.find((candidate) => candidate === word);
  if (kind === undefined || argument !== undefined) {
    return { problem: `"${word}" is no aggregation; there are ${known.join(', ')} and p(N)` };
  }
  return { kind };
}

/** Something mistyped is near in letters; something half remembered shares words. */
function suggestion(name: string): string {
  const known = Object.keys(METRICS);
  const mistyped = best(known, (candidate) => editDistance(name.toLowerCase(), candidate));
  if (mistyped.score <= name.length / 4) return `; did you mean ${mistyped.candidate}?`;
  const words = name.toLowerCase().split('_');
  const shared = best(
    known,
    (candidate) => -candidate.split('_').filter((word) => words.includes(word)).length,
  );
  return shared.score < 0 ? `; did you mean ${shared.candidate}?` : '';
}

/** The first of those with the lowest score. */
function best(candidates: readonly string[], score: (candidate: string) => number) {
  return candidates
    .map((candidate) => ({ candidate, score: score(candidate) }))
    .reduce((a, b) => (b.score < a.score ? b : a));
}

/** Levenshtein: letters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1];
    for (let column = 0; column < b.length; column++) {
      const replaced = (row[column] as number) + (b[column] === letter ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] as number) + 1, (next[column] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
