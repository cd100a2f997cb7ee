/**
 * Metric rows: the metrics of a result in a reader's order, split by type.
 *
 * The catalogue's order; names it does not know come last, by name. A tagged metric stands below its bare one.
 */
import { METRICS } from '../metrics/catalogue.js';
import type { MetricResult, Result } from '../result/result.js';

export interface MetricRow {
  /** Key in result.json. */
  readonly key: string;
  readonly name: string;
  /** `command:MAIL`, '' for the bare name; values may be foreign text. */
  readonly tags: string;
  /** Whether a row of the bare name stands above, so that the tags alone say which metric this is. */
  readonly isBelowBare: boolean;
  readonly metric: MetricResult;
}

const READING_ORDER: readonly string[] = Object.keys(METRICS);

/** All metrics of one type, bare names before their tagged ones. */
export function metricRows(result: Result, type: MetricResult['type']): readonly MetricRow[] {
  return Object.entries(result.metrics)
    .filter(([, metric]) => metric.type === type)
    .map(([key, metric]) => {
      const { name, tags } = splitKey(key);
      return { key, name, tags, isBelowBare: tags !== '' && name in result.metrics, metric };
    })
    .sort(compareRows);
}

function splitKey(key: string): { name: string; tags: string } {
  const brace = key.indexOf('{');
  if (brace < 0 || !key.endsWith('}')) return { name: key, tags: '' };
  return { name: key.slice(0, brace), tags: key.slice(brace + 1, -1) };
}

function compareRows(a: MetricRow, b: MetricRow): number {
  return rank(a.name) - rank(b.name) || compareText(a.name, b.name) || compareText(a.tags, b.tags);
}

function rank(name: string): number {
  const index = READING_ORDER.indexOf(name);
  return index < 0 ? READING_ORDER.length : index;
}

/** By code unit: the order of a report must not change with the locale of the machine that renders it. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
