/** constant-arrival-rate: arrivals at a fixed mean rate, evenly spaced or as a Poisson process. */
import type { ConstantArrivalRate } from '../scenario/executor-spec.js';
import type { Executor, ExecutorContext } from './engine.js';
import { OpenEngine } from './open-engine.js';
import { createPacer, type Schedule } from './pacer.js';

export function createConstantArrivalRate(spec: ConstantArrivalRate, context: ExecutorContext): Executor {
  const schedule = steadyRate(spec);
  return new OpenEngine(
    { ...spec, createPacer: (options) => createPacer(schedule, spec.arrival, options) },
    context,
  );
}

/** The first arrival at once; none at the end of the duration or later. */
export function steadyRate({
  rate,
  timeUnitMs,
  durationMs,
}: Pick<ConstantArrivalRate, 'rate' | 'timeUnitMs' | 'durationMs'>): Schedule {
  const timeUnitUs = timeUnitMs * 1_000;
  const durationUs = durationMs * 1_000;
  return {
    first: 0,
    reachesUs: (count) => {
      // Multiplied before it is divided: the product is an exact integer, so whole multiples of timeUnit stay exact.
      const offsetUs = (count * timeUnitUs) / rate;
      return offsetUs < durationUs ? offsetUs : Number.POSITIVE_INFINITY;
    },
  };
}
