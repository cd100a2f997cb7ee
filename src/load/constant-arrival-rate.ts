/** constant-arrival-rate: arrivals at a fixed mean rate, evenly spaced or as a Poisson process. */
import type { ConstantArrivalRate } from '../scenario/scenario.js';
import type { Executor, ExecutorContext } from './engine.js';
import { OpenEngine } from './open-engine.js';
import { createPacer } from './pacer.js';

export function createConstantArrivalRate(spec: ConstantArrivalRate, context: ExecutorContext): Executor {
  return new OpenEngine({ ...spec, createPacer: (options) => createPacer(spec, options) }, context);
}
