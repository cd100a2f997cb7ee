/**
 * Ramping pacer: when each arrival of a ramping rate is due. Pure arithmetic; never reads a clock and never waits.
 *
 * Evenly: arrival n is due when the curve has made n + 1, as in k6; so a rate that rises from 0 begins with nothing, and the
 * last may be due at the very end. Poisson: at the moments when the curve has made as much as n + 1 exponential gaps of mean 1
 * come to, which is a Poisson process of that rate. As with pacer.ts, the pacers of all shards yield what one would.
 */
import { ARRIVAL_GAP_PURPOSE, EmptyPacer, type Pacer, type PacerOptions } from './pacer.js';
import { RateCurve, type RateSchedule } from './rate-curve.js';
import { numberAt, type Share } from './share.js';
import type { Draw } from './workload.js';

export type RampingProcess = RateSchedule & { readonly arrival: 'uniform' | 'poisson' };

export function createRampingPacer(process: RampingProcess, options: PacerOptions): Pacer {
  if (options.share.index >= options.share.count) return new EmptyPacer();
  return process.arrival === 'poisson'
    ? new RampingPoissonPacer(process, options)
    : new RampingUniformPacer(process, options);
}

class RampingUniformPacer implements Pacer {
  readonly #curve: RateCurve;
  readonly #startUs: number;
  readonly #share: Share;
  #taken = 0;
  #nextUs = 0;

  constructor(process: RampingProcess, { startUs, share }: PacerOptions) {
    this.#curve = new RateCurve(process);
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
    this.#nextUs = this.#startUs + this.#curve.reachesUs(this.number() + 1);
  }
}

class RampingPoissonPacer implements Pacer {
  readonly #curve: RateCurve;
  readonly #startUs: number;
  readonly #share: Share;
  readonly #draw: Draw;
  #number = -1;
  /** The sum of the gaps up to the next arrival. */
  #made = 0;
  #offsetUs = 0;

  constructor(process: RampingProcess, { startUs, share, draw }: PacerOptions) {
    this.#curve = new RateCurve(process);
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

  /** Every shard walks all gaps; the curve is asked for each, to see where it ends. */
  advance(): void {
    do {
      this.#number++;
      // 1 − u lies in (0, 1], so that the logarithm is finite.
      this.#made -= Math.log(1 - this.#draw(this.#number, ARRIVAL_GAP_PURPOSE));
      this.#offsetUs = this.#curve.reachesUs(this.#made);
    } while (this.#offsetUs !== Number.POSITIVE_INFINITY && !this.#isOwn());
  }

  #isOwn(): boolean {
    return this.#number % this.#share.count === this.#share.index;
  }
}
