/** ramping-arrival-rate: arrivals at a rate that goes from stage to stage in straight lines, evenly spaced or Poisson. */
import type { RampingArrivalRate } from '../scenario/scenario.js';
import type { Executor, ExecutorContext } from './engine.js';
import { OpenEngine } from './open-engine.js';
import { createRampingPacer } from './ramping-pacer.js';

export function createRampingArrivalRate(spec: RampingArrivalRate, context: ExecutorContext): Executor {
  return new OpenEngine({ ...spec, createPacer: (options) => createRampingPacer(spec, options) }, context);
}
