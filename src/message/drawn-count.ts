/** Drawn count: from a draw in [0, 1) to a whole number, such as the messages of a session. */
import type { DrawnCount } from '../scenario/drawn-count.js';
import { compileWeights } from './weighted.js';

/** `what` names the weights in an error. */
export function compileCount({ min, max, weights }: DrawnCount, what: string): (draw: number) => number {
  if (weights === undefined) return (draw) => min + Math.floor(draw * (max - min + 1));
  const choose = compileWeights(
    weights.map(({ weight }) => weight),
    what,
  );
  return (draw) => weights[choose(draw)]!.count;
}
