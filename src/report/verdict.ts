/**
 * Verdict: what a run amounts to, in one word and one sentence, the same in every rendering.
 *
 * The order is that of the exit codes: a run that broke, then one cut short, then a generator that was the bottleneck, then
 * thresholds. A run in which nothing was accepted has failed unless a threshold on smtp_message_failed decides.
 */
import type { Result, ThresholdResult } from '../result/result.js';
import { setUpFailureOf } from './set-up-failure.js';

export interface Verdict {
  readonly kind: 'passed' | 'failed' | 'aborted' | 'invalid';
  /** Holds foreign text: why a run was aborted names a threshold or a signal, a failed set-up quotes the server. */
  readonly sentence: string;
}

export function verdictOf(result: Result): Verdict {
  if (result.run.status === 'failed') {
    return {
      kind: 'failed',
      sentence: 'The run itself broke; what was measured until then is reported here.',
    };
  }
  if (result.run.status === 'aborted') {
    return { kind: 'aborted', sentence: withSetUpFailure(abortSentence(result), result) };
  }
  if (result.health.verdict === 'invalid') {
    return {
      kind: 'invalid',
      sentence: 'The generator was the bottleneck, so these numbers do not describe the server.',
    };
  }
  return thresholdVerdict(result);
}

/** As the run itself said it: which thresholds fail in the end need not be what stopped it. */
function abortSentence({ health }: Result): string {
  return health.reasons[0] ?? 'Stopped early; what was measured until then is reported here.';
}

/** A run in which no session came up says so, whatever else it amounts to. */
function withSetUpFailure(sentence: string, result: Result): string {
  const failure = setUpFailureOf(result);
  return failure === '' ? sentence : `${sentence} ${failure}`;
}

function thresholdVerdict(result: Result): Verdict {
  const total = result.thresholds.length;
  const failed = result.thresholds.filter((row) => !row.ok).length;
  if (failed > 0) {
    const sentence = `${failed} of ${plural(total, 'threshold')} failed.`;
    return { kind: 'failed', sentence: withSetUpFailure(sentence, result) };
  }
  if (result.counts.accepted === 0 && !isDecidedByThreshold(result.thresholds)) {
    return { kind: 'failed', sentence: withSetUpFailure('No message was accepted.', result) };
  }
  return { kind: 'passed', sentence: `${passedSentence(total)}${caution(result)}` };
}

function isDecidedByThreshold(thresholds: readonly ThresholdResult[]): boolean {
  return thresholds.some((row) => row.value !== null && /^smtp_message_failed(\{|$)/.test(row.metric));
}

function passedSentence(total: number): string {
  if (total === 0) return 'The run completed; no thresholds were set.';
  return total === 1 ? 'The threshold was met.' : `${total} of ${total} thresholds were met.`;
}

function caution(result: Result): string {
  return result.health.verdict === 'degraded'
    ? ' The generator was not at its best: see its reasons first.'
    : '';
}

function plural(n: number, noun: string): string {
  return n === 1 ? `1 ${noun}` : `${n} ${noun}s`;
}
