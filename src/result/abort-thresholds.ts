/**
 * Thresholds while the run goes on: which fail now, and which of them ask that the run stops.
 */
import { evaluateThreshold, type Threshold } from '../metrics/threshold.js';
import type { LiveFold } from './live-fold.js';
import type { ThresholdResult } from './result.js';

/** Thresholds that fail now, on the steady state so far; one without a sample, or with too few, says nothing yet. */
export function failingThresholds(
  fold: LiveFold,
  isLookedAt: (threshold: Threshold) => boolean = () => true,
): ThresholdResult[] {
  return Object.entries(fold.header.thresholds).flatMap(([metric, thresholds]) =>
    thresholds
      .filter(isLookedAt)
      .map((threshold) => ({
        metric,
        threshold: threshold.source,
        ...(threshold.windowMs > 0
          ? failedWindow(fold, threshold)
          : evaluateThreshold(threshold, fold.select(metric))),
        abortOnFail: threshold.abortOnFail,
      }))
      .filter(({ ok, value }) => !ok && value !== null),
  );
}

/**
 * Those that ask for an abort; empty when the run may go on. Before its delayAbortEval a threshold is not looked at. What
 * one without samples comes to is its onNoData at the end.
 */
export function checkThresholds(fold: LiveFold, elapsedMs: number): ThresholdResult[] {
  return failingThresholds(
    fold,
    ({ abortOnFail, delayAbortEvalMs }) => abortOnFail && delayAbortEvalMs <= elapsedMs,
  );
}

/** Of the windows that ended after its delay. */
function failedWindow(fold: LiveFold, threshold: Threshold): { ok: boolean; value: number | null } {
  const value = fold.watched(threshold)?.failedWith ?? null;
  return { ok: value === null, value };
}
