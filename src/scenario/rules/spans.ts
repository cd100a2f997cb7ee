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
  if ('stages' in spec) return stagesMs(spec.stages);
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

/** The area under the straight lines. */
function rampedRateMs({ startRate = 0, stages = [] }: Ramping): number | undefined {
  let [from, sum] = [startRate, 0];
  for (const stage of stages) {
    const [to, durationMs] = [stage?.target, msOf(stage?.duration)];
    if (to === undefined || durationMs === undefined) return undefined;
    sum += ((from + to) / 2) * durationMs;
    from = to;
  }
  return stages.length === 0 ? undefined : sum;
}

function perUnit(
  rateMs: number | undefined,
  { timeUnit }: { readonly timeUnit?: string | number | undefined },
): number | undefined {
  return rateMs === undefined ? undefined : rateMs / (msOf(timeUnit) ?? 1000);
}
