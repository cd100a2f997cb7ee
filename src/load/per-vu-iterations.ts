/** per-vu-iterations: the same number of iterations for each VU, at its own pace. */
import type { PerVuIterations } from '../scenario/executor-spec.js';
import { ClosedEngine, type Supply } from './closed-engine.js';
import type { Executor, ExecutorContext } from './engine.js';
import { positionOf, type Share, sizeOf } from './share.js';

export function createPerVuIterations(spec: PerVuIterations, context: ExecutorContext): Executor {
  return new ClosedEngine(
    {
      vus: spec.vus,
      timing: { ...spec, durationMs: spec.maxDurationMs },
      createSupply: (share) => createSupply(share, spec),
    },
    context,
  );
}

function createSupply(share: Share, { vus, iterations }: PerVuIterations): Supply {
  const taken = new Uint32Array(sizeOf(share, vus));
  let remaining = taken.length * iterations;
  return {
    remaining: () => remaining,
    hasMoreFor: (vu) => taken[positionOf(share, vu)]! < iterations,
    take: (vu) => {
      remaining--;
      // Iteration j of VU v is number j · vus + v: distinct, and the same however many shards there are.
      return taken[positionOf(share, vu)]!++ * vus + vu;
    },
  };
}
