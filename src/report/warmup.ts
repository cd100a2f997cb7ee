/**
 * Warm-up: when, within a run, iterations ran without being counted.
 *
 * Read from the scenario as it is shown in a result, where a duration is `10s`, `1m30s` or a number of milliseconds.
 * An entry that cannot be read is left out: a chart without shading is better than no report.
 */
import type { Result } from '../result/result.js';
import { span } from './format.js';
import { isRecord } from './wording.js';

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** One span for each executor with a warm-up, from the start of the run. */
export function warmupsOf(result: Result): readonly Span[] {
  const executors = result.scenario.scenarios;
  if (!isRecord(executors)) return [];
  return Object.values(executors).flatMap((spec) => {
    if (!isRecord(spec)) return [];
    const fromMs = durationMs(spec.startTime) ?? 0;
    const lengthMs = durationMs(spec.warmup) ?? 0;
    return lengthMs > 0 ? [{ fromMs, toMs: fromMs + lengthMs }] : [];
  });
}

/** What is left out of trends, rates and thresholds, in words; '' when nothing is. */
export function steadyStateNote(result: Result): string {
  const longestMs = Math.max(0, ...warmupsOf(result).map(({ fromMs, toMs }) => toMs - fromMs));
  return longestMs > 0 ? `steady state; ${span(longestMs)} of warm-up excluded` : '';
}

/** null where it is no duration. */
export function durationMs(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^(\d+(\.\d+)?(ms|[dhms]))+$/.test(value)) return null;
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)];
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? 'ms'] ?? 0), 0);
}
