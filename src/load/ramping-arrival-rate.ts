/** ramping-arrival-rate: arrivals at a rate that goes from stage to stage in straight lines, evenly spaced or Poisson. */
import type { RampingArrivalRate } from '../scenario/scenario.js';
import type { Executor, ExecutorContext } from './engine.js';
import { OpenEngine } from './open-engine.js';
import { createPacer } from './pacer.js';
import { RateCurve } from './rate-curve.js';

export function createRampingArrivalRate(spec: RampingArrivalRate, context: ExecutorContext): Executor {
  return new OpenEngine(
    { ...spec, createPacer: (options) => createPacer(new RateCurve(spec), spec.arrival, options) },
    context,
  );
}
