/**
 * How long an executor begins iterations and how many arrivals that makes, from words that may have gaps. Pure.
 */
import type { Partly } from '../check-words.js';
import type { ExecutorWords } from '../schema/schema.js';
import { msOf } from './rule.js';

type Spec = Partly<ExecutorWords>;
type Ramping = Partly<Extract<ExecutorWords, { executor: 'ramping-arrival-rate' }>>;

/** undefined: a number of iterations decides, or the file does not say. */
export function durationMsOf(spec: Spec): number | undefined {
  if ('stages' in spec && spec.stages !== undefined) return stagesMs(spec.stages);
  return 'duration' in spec ? msOf(spec.duration) : undefined;
}

/** undefined: not an executor with a rate, or the file does not say. */
export function arrivalsOf(spec: Spec): number | undefined {
  if (spec.executor === 'ramping-arrival-rate') return perUnit(rampedRateMs(spec), spec);
  if (spec.executor !== 'constant-arrival-rate') return undefined;
  const durationMs = msOf(spec.duration);
  return perUnit(durationMs === undefined ? undefined : (spec.rate ?? 0) * durationMs, spec);
}

function stagesMs(stages: Ramping['stages']): number | undefined {
  const times = (stages ?? []).map((stage) => msOf(stage?.duration));
  if (times.length === 0 || times.includes(undefined)) return undefined;
  return (times as number[]).reduce((sum, ms) => sum + ms, 0);
}

function rampedRateMs({ startRate = 0, stages = [] }: Ramping): number | undefined {
  const known = stages.flatMap((stage) => {
    const [target, durationMs] = [stage?.target, msOf(stage?.duration)];
    return target === undefined || durationMs === undefined ? [] : [{ target, durationMs }];
  });
  return stages.length === 0 || known.length < stages.length ? undefined : areaUnder(startRate, known);
}

/** Under the straight lines from one target to the next, in rate · ms. */
export function areaUnder(
  start: number,
  stages: readonly { readonly durationMs: number; readonly target: number }[],
): number {
  let [from, sum] = [start, 0];
  for (const { durationMs, target } of stages) {
    sum += ((from + target) / 2) * durationMs;
    from = target;
  }
  return sum;
}

function perUnit(
  rateMs: number | undefined,
  { timeUnit }: { readonly timeUnit?: string | number | undefined },
): number | undefined {
  return rateMs === undefined ? undefined : rateMs / (msOf(timeUnit) ?? 1000);
}
