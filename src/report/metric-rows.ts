/**
 * Metric rows: the metrics of a result in a reader's order, split by type.
 *
 * Messages first, then the phases of a session, delivery, counters and gauges; names outside the catalogue come last,
 * by name. A tagged metric stands below its bare one.
 */
import type { MetricResult, Result } from '../result/result.js';

export interface MetricRow {
  /** Key in result.json. */
  readonly key: string;
  readonly name: string;
  /** `command:MAIL`, '' for the bare name; values may be foreign text. */
  readonly tags: string;
  readonly metric: MetricResult;
}

const READING_ORDER: readonly string[] = [
  'smtp_message_duration',
  'smtp_message_service_duration',
  'smtp_message_completion_duration',
  'smtp_transaction_duration',
  'smtp_delivery_duration',
  'smtp_connecting',
  'smtp_tls_handshaking',
  'smtp_greeting_waiting',
  'smtp_command_waiting',
  'smtp_content_sending',
  'smtp_session_duration',
  'iteration_duration',
  'smtp_message_failed',
  'checks',
  'smtp_messages',
  'smtp_recipients',
  'smtp_replies',
  'smtp_sessions',
  'smtp_tls_handshakes',
  'smtp_attempts',
  'iterations',
  'dropped_iterations',
  'data_sent',
  'data_received',
  'vus',
  'smtp_sessions_open',
];

/** All metrics of one type, bare names before their tagged ones. */
export function metricRows(result: Result, type: MetricResult['type']): readonly MetricRow[] {
  return Object.entries(result.metrics)
    .filter(([, metric]) => metric.type === type)
    .map(([key, metric]) => ({ key, ...splitKey(key), metric }))
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
