/**
 * Scenario rows: what each of several named scenarios came to, in the steady state. Nothing where there is one.
 */
import type { MetricResult, Result } from '../result/result.js';
import { count, duration, percent } from './format.js';
import { QUANTILE_COLUMNS, shownQuantile } from './quantile.js';

export const SCENARIOS_TITLE = 'By scenario';

export interface ScenarioRow {
  readonly name: string;
  readonly iterations: number;
  readonly dropped: number;
  readonly messages: number;
  /** Of the messages, those that need what the server does not offer. */
  readonly notOffered: number;
  /** Of the messages, unexpected outcomes; null without any. */
  readonly failedShare: number | null;
  /** Response times in ms; null where there are too few to show. */
  readonly medianMs: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

/** In the order of the file. */
export function scenarioRows(result: Result): readonly ScenarioRow[] {
  const names = Object.keys(
    (result.scenario.scenarios as Readonly<Record<string, unknown>> | undefined) ?? {},
  );
  return names.length < 2 ? [] : names.map((name) => rowOf(name, result));
}

export interface ScenarioColumn {
  readonly heading: string;
  readonly cell: (row: ScenarioRow) => string;
}

/** The first is the name, which is foreign text. */
export function scenarioColumns(rows: readonly ScenarioRow[]): readonly ScenarioColumn[] {
  const hasNotOffered = rows.some(({ notOffered }) => notOffered > 0);
  return COLUMNS.filter((column) => column !== NOT_OFFERED || hasNotOffered);
}

const NOT_OFFERED: ScenarioColumn = {
  heading: 'not offered',
  cell: ({ notOffered }) => (notOffered === 0 ? '–' : count(notOffered)),
};

const COLUMNS: readonly ScenarioColumn[] = [
  { heading: 'Scenario', cell: ({ name }) => name },
  { heading: 'messages', cell: ({ messages }) => count(messages) },
  NOT_OFFERED,
  { heading: 'failed', cell: ({ failedShare }) => percent(failedShare) },
  { heading: 'med', cell: ({ medianMs }) => duration(medianMs) },
  { heading: 'p(95)', cell: ({ p95Ms }) => duration(p95Ms) },
  { heading: 'p(99)', cell: ({ p99Ms }) => duration(p99Ms) },
  { heading: 'iterations', cell: ({ iterations }) => count(iterations) },
  { heading: 'dropped', cell: ({ dropped }) => count(dropped) },
];

function rowOf(name: string, { metrics }: Result): ScenarioRow {
  const of = (metric: string): MetricResult | undefined => metrics[`${metric}{scenario:${name}}`];
  const duration = of('smtp_message_duration');
  const quantile = (key: string) =>
    shownQuantile(duration, QUANTILE_COLUMNS.find((column) => column.key === key)!);
  return {
    name,
    iterations: of('iterations')?.n ?? 0,
    dropped: of('dropped_iterations')?.n ?? 0,
    messages: of('smtp_messages')?.n ?? 0,
    notOffered: of('smtp_messages_not_offered')?.n ?? 0,
    failedShare: of('smtp_message_failed')?.values.rate ?? null,
    medianMs: quantile('med'),
    p95Ms: quantile('p(95)'),
    p99Ms: quantile('p(99)'),
  };
}
