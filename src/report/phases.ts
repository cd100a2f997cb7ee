/**
 * Phases: where the time goes, from connect to QUIT.
 *
 * Phases never overlap (design: each runs from the later of last byte written and previous reply), so the time spent in
 * one, mean × n, and its share of the sum mean something. Session set-up happens once a session, the rest once a message.
 */
import type { MetricResult, Result } from '../result/result.js';
import { isShowable } from './quantile.js';

export type PhaseGroup = 'session' | 'envelope' | 'content';

export interface Phase {
  /** `connecting`, `TLS`, `MAIL`… A command the target invented is foreign text. */
  readonly label: string;
  readonly group: PhaseGroup;
  readonly metric: string;
  readonly n: number;
  readonly meanMs: number;
  /** null where too few samples lie beyond it. */
  readonly p95Ms: number | null;
  /** Of the time of all phases, 0…1. */
  readonly share: number;
}

const WAITING = 'smtp_command_waiting';

const ORDER: readonly { readonly label: string; readonly group: PhaseGroup; readonly metric: string }[] = [
  { label: 'connecting', group: 'session', metric: 'smtp_connecting' },
  { label: 'TLS', group: 'session', metric: 'smtp_tls_handshaking' },
  { label: 'greeting', group: 'session', metric: 'smtp_greeting_waiting' },
  ...['EHLO', 'HELO', 'LHLO', 'STARTTLS', 'AUTH'].map((command) => waiting(command, 'session')),
  ...['MAIL', 'RCPT', 'DATA', 'BDAT'].map((command) => waiting(command, 'envelope')),
  { label: 'sending content', group: 'content', metric: 'smtp_content_sending' },
  waiting('CONTENT', 'content'),
  waiting('QUIT', 'session'),
];

/** The phases that occurred, in the order of a session; commands outside it come last. */
export function phasesOf(result: Result): readonly Phase[] {
  const known = new Set(ORDER.map((phase) => phase.metric));
  const others = Object.keys(result.metrics)
    .filter((key) => key.startsWith(`${WAITING}{command:`) && !known.has(key))
    .map((key) => waiting(key.slice(WAITING.length + '{command:'.length, -1), 'session'));
  const occurred = [...ORDER, ...others].flatMap((phase) => {
    const metric = result.metrics[phase.metric];
    return metric === undefined || metric.n === 0 ? [] : [{ ...phase, metricResult: metric }];
  });
  // Set-up alone is not where the time goes: nodemailer tells no more of it.
  if (!occurred.some(({ metric }) => metric.startsWith(WAITING))) return [];
  const totalMs = occurred.reduce((sum, { metricResult }) => sum + spentMs(metricResult), 0);
  return occurred.map(({ metricResult, ...phase }) => ({
    ...phase,
    n: metricResult.n,
    meanMs: metricResult.values.avg ?? 0,
    p95Ms: isShowable(metricResult.n, 95) ? (metricResult.values['p(95)'] ?? null) : null,
    share: totalMs === 0 ? 0 : spentMs(metricResult) / totalMs,
  }));
}

function waiting(command: string, group: PhaseGroup) {
  const label = command === 'CONTENT' ? 'final reply' : command;
  return { label, group, metric: `${WAITING}{command:${command}}` };
}

function spentMs(metric: MetricResult): number {
  return metric.n * (metric.values.avg ?? 0);
}
