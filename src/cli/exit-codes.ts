/**
 * Exit codes: k6's where k6 has one. The only place that decides them.
 */
import { CodeError, ProblemsError, UsageError } from '../errors.js';
import type { Capacity } from '../result/capacity.js';
import type { Comparison } from '../result/comparison.js';
import type { Result } from '../result/result.js';
import type { RunEnd } from '../run/run.js';

export const ExitCode = {
  OK: 0,
  /** Could not finish: disk full, port taken, worker died; or a bug. */
  FAILED: 1,
  THRESHOLDS_FAILED: 99,
  INVALID_CONFIGURATION: 104,
  ABORTED: 105,
  CODE_FAILED: 107,
  MEASUREMENT_INVALID: 120,
  /** A variant is worse, and --fail-on worse was given. */
  REGRESSION: 121,
  /** Something is inconclusive, and --fail-on inconclusive was given. */
  INCONCLUSIVE: 122,
  /** Less is sustained than --min-rate asks for. */
  CAPACITY_MISSED: 123,
} as const;

export const EXIT_CODE_HELP = `Exit codes:
    0  ok
   99  thresholds failed, or nothing was accepted
  104  invalid configuration or arguments
  105  aborted by a signal
  107  scenario code threw, or returned what cannot be sent
  120  measurement invalid: the generator was the bottleneck
  121  a variant is worse (--fail-on worse)
  122  inconclusive (--fail-on inconclusive)
  123  less is sustained than asked for (--min-rate)
    1  could not finish: disk full, port taken, worker died`;

export function exitCodeOfError(error: unknown): number {
  if (error instanceof CodeError) return ExitCode.CODE_FAILED;
  const isConfiguration = error instanceof ProblemsError || error instanceof UsageError;
  return isConfiguration ? ExitCode.INVALID_CONFIGURATION : ExitCode.FAILED;
}

/**
 * Where several apply, the first of: invalid configuration, scenario code, could not finish, aborted, measurement invalid, thresholds.
 * A configuration may turn out to be invalid only when a shard composes its messages.
 */
export function exitCodeOfRun({ cause, error, result }: Pick<RunEnd, 'cause' | 'error' | 'result'>): number {
  if (cause === 'failure') return exitCodeOfError(error);
  if (cause === 'signal') return ExitCode.ABORTED;
  if (result.health.verdict === 'invalid') return ExitCode.MEASUREMENT_INVALID;
  if (cause === 'threshold' || hasFailedThresholds(result)) return ExitCode.THRESHOLDS_FAILED;
  return ExitCode.OK;
}

/** A run in which nothing was accepted has failed, unless a threshold on smtp_message_failed says otherwise. */
function hasFailedThresholds({ thresholds, counts }: Result): boolean {
  if (thresholds.some(({ ok }) => !ok)) return true;
  // One that was not judged decides nothing.
  const decides = thresholds.some(
    ({ metric, value }) => value !== null && /^smtp_message_failed\b/.test(metric.trim()),
  );
  return counts.accepted === 0 && !decides;
}

export type FailOn = 'worse' | 'inconclusive';

/** Of a comparison: nothing fails unless somebody said so. An inconclusive answer is no licence either, where that was asked. */
export function exitCodeOfComparison({ rows }: Pick<Comparison, 'rows'>, failOn: readonly FailOn[]): number {
  const has = (verdict: FailOn) => failOn.includes(verdict) && rows.some((row) => row.verdict === verdict);
  if (has('worse')) return ExitCode.REGRESSION;
  return has('inconclusive') ? ExitCode.INCONCLUSIVE : ExitCode.OK;
}

/**
 * Of a search for a capacity. Where the generator could not send as much as was asked for, it does not know. Without a rate that was asked for,
 * any that is sustained is an answer.
 */
export function exitCodeOfCapacity(
  { by, sustainedPerSec, generatorLimited, endedBy }: Capacity,
  leastPerSec: number | null,
): number {
  if (endedBy === 'stopped') return ExitCode.ABORTED;
  if (by === 'vus') return ExitCode.OK;
  const isEnough = sustainedPerSec !== null && sustainedPerSec >= (leastPerSec ?? 0);
  if (isEnough) return ExitCode.OK;
  if (generatorLimited) return ExitCode.MEASUREMENT_INVALID;
  return leastPerSec === null ? ExitCode.THRESHOLDS_FAILED : ExitCode.CAPACITY_MISSED;
}
