/**
 * Thresholds while the run goes on: which of those with abortOnFail fail now, so that the run should stop.
 */
import { evaluateThreshold } from '../metrics/threshold.js';
import type { LiveFold } from './live-fold.js';
import type { ThresholdResult } from './result.js';

/**
 * Failing thresholds that ask for an abort, evaluated on the steady state so far; empty when the run may go on.
 * Before its delayAbortEval a threshold is not looked at, nor is one whose metric has no sample, or too few, yet: what
 * that comes to is its onNoData at the end, but it says nothing while the run has just begun.
 */
export function checkThresholds(fold: LiveFold, elapsedMs: number): ThresholdResult[] {
  return Object.entries(fold.header.thresholds).flatMap(([metric, thresholds]) =>
    thresholds
      .filter(({ abortOnFail, delayAbortEvalMs }) => abortOnFail && delayAbortEvalMs <= elapsedMs)
      .map((threshold) => ({
        metric,
        threshold: threshold.source,
        ...evaluateThreshold(threshold, fold.select(metric)),
        abortOnFail: true,
      }))
      .filter(({ ok, value }) => !ok && value !== null),
  );
}
