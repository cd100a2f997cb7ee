/** Times from a distribution: pure functions of uniform draws. Whole milliseconds would be coarse, so they are not. */
import type { Delay, Distribution } from './behaviour.js';

/** `first` and `second`: independent, from 0 up to but not including 1. Between 0 and the delay's cap. */
export function delayMs({ distribution, maxMs }: Delay, first: number, second: number): number {
  return Math.min(maxMs, Math.max(0, quantile(distribution, first, second)));
}

/** Whether draws make any difference. */
export function isRandom({ distribution }: Delay): boolean {
  return distribution.kind !== 'fixed';
}

function quantile(distribution: Distribution, first: number, second: number): number {
  switch (distribution.kind) {
    case 'fixed':
      return distribution.ms;
    case 'uniform':
      return distribution.minMs + first * (distribution.maxMs - distribution.minMs);
    case 'normal':
      return distribution.meanMs + distribution.deviationMs * standardNormal(first, second);
    case 'lognormal':
      return distribution.medianMs * Math.exp(distribution.sigma * standardNormal(first, second));
    case 'exponential':
      return -distribution.meanMs * Math.log(1 - first);
    default: {
      const never: never = distribution;
      return never;
    }
  }
}

/** Box and Muller. */
function standardNormal(first: number, second: number): number {
  return Math.sqrt(-2 * Math.log(1 - first)) * Math.cos(2 * Math.PI * second);
}
