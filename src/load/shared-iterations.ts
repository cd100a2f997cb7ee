/** shared-iterations: a number of iterations, divided among the VUs as they become ready. */
import type { SharedIterations } from '../scenario/executor-spec.js';
import { ClosedEngine, type Supply } from './closed-engine.js';
import type { Executor, ExecutorContext } from './engine.js';
import { numberAt, type Share, sizeOf } from './share.js';

export function createSharedIterations(spec: SharedIterations, context: ExecutorContext): Executor {
  return new ClosedEngine(
    {
      vus: spec.vus,
      timing: { ...spec, durationMs: spec.maxDurationMs },
      createSupply: (share) => createSupply(share, spec.iterations),
    },
    context,
  );
}

function createSupply(share: Share, iterations: number): Supply {
  const total = sizeOf(share, iterations);
  let taken = 0;
  return {
    remaining: () => total - taken,
    hasMoreFor: () => taken < total,
    take: () => numberAt(share, taken++),
  };
}
