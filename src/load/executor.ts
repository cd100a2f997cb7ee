/**
 * Executor: from what a scenario file says to what decides when its iterations start.
 *
 * One line per executor; what they do stands in the file of that name.
 */
import type { ExecutorSpec } from '../scenario/executor-spec.js';
import { createConstantArrivalRate } from './constant-arrival-rate.js';
import { createConstantVus } from './constant-vus.js';
import type { Executor, ExecutorContext } from './engine.js';
import { createPerVuIterations } from './per-vu-iterations.js';
import { createRampingArrivalRate } from './ramping-arrival-rate.js';
import { createRampingVus } from './ramping-vus.js';
import { createSharedIterations } from './shared-iterations.js';

export type { Executor, ExecutorContext } from './engine.js';

export function createExecutor(spec: ExecutorSpec, context: ExecutorContext): Executor {
  switch (spec.executor) {
    case 'shared-iterations':
      return createSharedIterations(spec, context);
    case 'per-vu-iterations':
      return createPerVuIterations(spec, context);
    case 'constant-vus':
      return createConstantVus(spec, context);
    case 'constant-arrival-rate':
      return createConstantArrivalRate(spec, context);
    case 'ramping-vus':
      return createRampingVus(spec, context);
    case 'ramping-arrival-rate':
      return createRampingArrivalRate(spec, context);
    default:
      return spec satisfies never;
  }
}
