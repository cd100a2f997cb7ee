/** constant-vus: a fixed number of VUs iterate for as long as the duration lasts. */
import type { ConstantVus } from '../scenario/executor-spec.js';
import { ClosedEngine, type Supply } from './closed-engine.js';
import type { Executor, ExecutorContext } from './engine.js';
import { numberAt, type Share } from './share.js';

export function createConstantVus(spec: ConstantVus, context: ExecutorContext): Executor {
  return new ClosedEngine({ vus: spec.vus, timing: spec, createSupply: endlessSupply }, context);
}

/** Only time limits it. */
export function endlessSupply(share: Share): Supply {
  let taken = 0;
  const isEmpty = share.index >= share.count;
  return {
    remaining: () => (isEmpty ? 0 : Number.POSITIVE_INFINITY),
    hasMoreFor: () => !isEmpty,
    take: () => numberAt(share, taken++),
  };
}
