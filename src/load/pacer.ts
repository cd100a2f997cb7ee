/**
 * Pacer: when each arrival of an open executor is due. Pure arithmetic; never reads a clock and never waits.
 *
 * A shard's pacer yields the arrivals of its share only, in order; the pacers of all shards together yield exactly
 * what one unsharded pacer would. Arrivals at or after start + duration do not exist.
 * Cost: no allocation per arrival; Poisson draws once per arrival of the whole scenario, since every shard walks all gaps.
 */
import type { ConstantArrivalRate } from '../scenario/scenario.js';
import { numberAt, type Share } from './share.js';
import type { Draw } from './workload.js';

export interface Pacer {
  /** When the next arrival is due, µs since the epoch; Infinity when there is none. */
  nextUs(): number;
  /** Its number within the scenario. */
  number(): number;
  /** Go on to the arrival after it. */
  advance(): void;
}

export type ArrivalProcess = Pick<ConstantArrivalRate, 'rate' | 'timeUnitMs' | 'arrival' | 'durationMs'>;

export interface PacerOptions {
  readonly startUs: number;
  readonly share: Share;
  readonly draw: Draw;
}

/** The purpose under which the gap before arrival n is drawn; purposes 100 to 999 are load's. */
export const ARRIVAL_GAP_PURPOSE = 100;

export function createPacer(process: ArrivalProcess, options: PacerOptions): Pacer {
  if (options.share.index >= options.share.count) return new EmptyPacer();
  return process.arrival === 'poisson'
    ? new PoissonPacer(process, options)
    : new UniformPacer(process, options);
}

/** Arrival n is due at start + n · timeUnit / rate: computed from n, so that rounding never adds up to drift. */
class UniformPacer implements Pacer {
  readonly #rate: number;
  readonly #timeUnitUs: number;
  readonly #durationUs: number;
  readonly #startUs: number;
  readonly #share: Share;
  #taken = 0;
  #nextUs = 0;

  constructor(process: ArrivalProcess, { startUs, share }: PacerOptions) {
    this.#rate = process.rate;
    this.#timeUnitUs = process.timeUnitMs * 1_000;
    this.#durationUs = process.durationMs * 1_000;
    this.#startUs = startUs;
    this.#share = share;
    this.#place();
  }

  nextUs(): number {
    return this.#nextUs;
  }

  number(): number {
    return numberAt(this.#share, this.#taken);
  }

  advance(): void {
    this.#taken++;
    this.#place();
  }

  #place(): void {
    // Multiplied before it is divided: the product is an exact integer, so whole multiples of timeUnit stay exact.
    const offsetUs = (this.number() * this.#timeUnitUs) / this.#rate;
    this.#nextUs = offsetUs < this.#durationUs ? this.#startUs + offsetUs : Number.POSITIVE_INFINITY;
  }
}

/** Exponential gaps with mean timeUnit / rate, the first one before arrival 0. */
class PoissonPacer implements Pacer {
  readonly #meanGapUs: number;
  readonly #durationUs: number;
  readonly #startUs: number;
  readonly #share: Share;
  readonly #draw: Draw;
  #number = -1;
  #offsetUs = 0;

  constructor(process: ArrivalProcess, { startUs, share, draw }: PacerOptions) {
    this.#meanGapUs = (process.timeUnitMs * 1_000) / process.rate;
    this.#durationUs = process.durationMs * 1_000;
    this.#startUs = startUs;
    this.#share = share;
    this.#draw = draw;
    this.advance();
  }

  nextUs(): number {
    return this.#startUs + this.#offsetUs;
  }

  number(): number {
    return this.#number;
  }

  advance(): void {
    do {
      this.#number++;
      // 1 − u lies in (0, 1], so that the logarithm is finite.
      this.#offsetUs -= Math.log(1 - this.#draw(this.#number, ARRIVAL_GAP_PURPOSE)) * this.#meanGapUs;
      if (this.#offsetUs >= this.#durationUs) this.#offsetUs = Number.POSITIVE_INFINITY;
    } while (this.#offsetUs !== Number.POSITIVE_INFINITY && !this.#isOwn());
  }

  #isOwn(): boolean {
    return this.#number % this.#share.count === this.#share.index;
  }
}

/** For a shard that owns no VU and so no arrival. */
export class EmptyPacer implements Pacer {
  nextUs(): number {
    return Number.POSITIVE_INFINITY;
  }

  number(): number {
    return Number.NaN;
  }

  advance(): void {}
}
