/**
 * Weighted choice: from a draw in [0, 1) to an index, each index as often as its weight says.
 *
 * A binary search over cumulative weights, so that ten thousand domains cost little more than ten.
 */
import { UsageError } from '../errors.js';

/** Weights are 0 or more with a sum over 0; an index of weight 0 is never chosen. `what` names them in the error. */
export function compileWeights(weights: readonly number[], what: string): (draw: number) => number {
  const bounds = cumulate(weights);
  const total = bounds.at(-1) ?? 0;
  const isValid = weights.every((weight) => weight >= 0) && total > 0 && Number.isFinite(total);
  if (!isValid) {
    throw new UsageError('MESSAGE_WEIGHTS_INVALID', `The weights of ${what} do not add up to more than 0`, {
      hint: 'Give at least one of them a weight over 0, and none a negative one.',
    });
  }
  if (weights.length === 1) return () => 0;
  return (draw) => firstAbove(bounds, draw * total);
}

function cumulate(weights: readonly number[]): Float64Array {
  const bounds = new Float64Array(weights.length);
  let total = 0;
  weights.forEach((weight, index) => {
    total += weight;
    bounds[index] = total;
  });
  return bounds;
}

function firstAbove(bounds: Float64Array, point: number): number {
  let low = 0;
  let high = bounds.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bounds[middle] as number) > point) high = middle;
    else low = middle + 1;
  }
  return low;
}
