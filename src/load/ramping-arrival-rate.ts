/**
 * ramping-arrival-rate: arrivals at a rate that goes from stage to stage in straight lines, evenly spaced or Poisson; or at
 * the times of a trace.
 */
import type { RampingArrivalRate } from '../scenario/executor-spec.js';
import type { Executor, ExecutorContext } from './engine.js';
import { OpenEngine } from './open-engine.js';
import { createPacer, type Pacer, type PacerOptions } from './pacer.js';
import { RateCurve } from './rate-curve.js';
import { traceSchedule } from './trace.js';

export function createRampingArrivalRate(spec: RampingArrivalRate, context: ExecutorContext): Executor {
  return new OpenEngine({ ...spec, createPacer: (options) => pacerOf(spec, options) }, context);
}

function pacerOf(spec: RampingArrivalRate, options: PacerOptions): Pacer {
  if (spec.traceUs !== null) return createPacer(traceSchedule(spec.traceUs), 'uniform', options);
  return createPacer(new RateCurve(spec), spec.arrival === 'poisson' ? 'poisson' : 'uniform', options);
}
