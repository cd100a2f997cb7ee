/**
 * Rate curve: the rate of a ramping executor over time, and when it has made so many arrivals. Pure arithmetic.
 *
 * Between two targets the rate is a straight line; a stage of 0 s jumps. Computed from the number asked for, never from
 * the moment before, so that rounding does not add up to drift. Amounts are kept as rate · µs, which whole numbers keep exact.
 */
import type { RampingArrivalRate } from '../scenario/executor-spec.js';
import type { Schedule } from './pacer.js';

export type RateSchedule = Pick<RampingArrivalRate, 'startRate' | 'timeUnitMs' | 'stages'>;

/** One stage; offsets in µs from the start. */
interface Slope {
  readonly startUs: number;
  readonly durationUs: number;
  readonly from: number;
  readonly to: number;
  /** What all stages before it have made, and what it makes itself, in rate · µs. */
  readonly before: number;
  readonly amount: number;
}

export class RateCurve implements Schedule {
  /** As in k6: a rate that rises from 0 begins with nothing, and the last arrival may be due at the very end. */
  readonly first = 1;
  readonly #slopes: readonly Slope[];
  readonly #timeUnitUs: number;
  #at = 0;

  constructor({ startRate, timeUnitMs, stages }: RateSchedule) {
    this.#timeUnitUs = timeUnitMs * 1_000;
    this.#slopes = slopesOf(startRate, stages);
  }

  reachesUs(count: number): number {
    const amount = count * this.#timeUnitUs;
    for (; this.#at < this.#slopes.length; this.#at++) {
      const slope = this.#slopes[this.#at]!;
      if (amount <= slope.before + slope.amount)
        return slope.startUs + timeWithin(slope, amount - slope.before);
    }
    return Number.POSITIVE_INFINITY;
  }
}

function slopesOf(startRate: number, stages: RateSchedule['stages']): readonly Slope[] {
  let [from, startUs, before] = [startRate, 0, 0];
  return stages.map(({ durationMs, target: to }) => {
    const durationUs = durationMs * 1_000;
    const slope = { startUs, durationUs, from, to, before, amount: ((from + to) * durationUs) / 2 };
    [from, startUs, before] = [to, startUs + durationUs, before + slope.amount];
    return slope;
  });
}

/**
 * Solves from · t + (to − from) · t² / (2 · duration) = amount for t, in the form that also holds where both rates are alike
 * and loses no digits where they nearly are.
 */
function timeWithin({ durationUs, from, to }: Slope, amount: number): number {
  if (amount <= 0) return 0;
  // Rounding may take it below 0 at the end of a slope that falls to 0.
  const squared = Math.max(0, from * from + (2 * amount * (to - from)) / durationUs);
  return Math.min(durationUs, (2 * amount) / (from + Math.sqrt(squared)));
}
