/**
 * Pacer: when each arrival of an open executor is due. Pure arithmetic; never reads a clock and never waits.
 *
 * A schedule says when so many arrivals have been made. Evenly, arrival n is due when that is n, or n + 1 where the
 * schedule begins with nothing; Poisson, when it is what n + 1 exponential gaps of mean 1 come to, which makes a Poisson
 * process of the schedule's rate. A shard's pacer yields the arrivals of its share only, in order; those of all shards
 * together are exactly what one unsharded pacer would yield. Cost: no allocation per arrival; Poisson draws once per
 * arrival of the whole scenario, since every shard walks all gaps.
 */

import type { Draw } from '../scenario/draw.js';
import { numberAt, type Share } from './share.js';

export interface Schedule {
  /**
   * When `count` arrivals have been made, which need not be a whole number, in µs from the start; Infinity when they never are.
   * Asked with growing counts only.
   */
  reachesUs(count: number): number;
  /** What has been made when the first evenly spaced arrival is due: 0 or 1. */
  readonly first: 0 | 1;
}

export interface Pacer {
  /** When the next arrival is due, µs since the epoch; Infinity when there is none. */
  nextUs(): number;
  /** Its number within the scenario. */
  number(): number;
  /** Go on to the arrival after it. */
  advance(): void;
}

export interface PacerOptions {
  readonly startUs: number;
  readonly share: Share;
  readonly draw: Draw;
}

/** The purpose under which the gap before arrival n is drawn; purposes 100 to 999 are load's. */
export const ARRIVAL_GAP_PURPOSE = 100;

export function createPacer(
  schedule: Schedule,
  arrival: 'uniform' | 'poisson',
  options: PacerOptions,
): Pacer {
  if (options.share.index >= options.share.count) return new EmptyPacer();
  return arrival === 'poisson' ? new PoissonPacer(schedule, options) : new UniformPacer(schedule, options);
}

class UniformPacer implements Pacer {
  readonly #schedule: Schedule;
  readonly #startUs: number;
  readonly #share: Share;
  #taken = 0;
  #nextUs = 0;

  constructor(schedule: Schedule, { startUs, share }: PacerOptions) {
    this.#schedule = schedule;
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
    this.#nextUs = this.#startUs + this.#schedule.reachesUs(this.number() + this.#schedule.first);
  }
}

class PoissonPacer implements Pacer {
  readonly #schedule: Schedule;
  readonly #startUs: number;
  readonly #share: Share;
  readonly #draw: Draw;
  #number = -1;
  /** The sum of the gaps up to the next arrival. */
  #made = 0;
  #offsetUs = 0;

  constructor(schedule: Schedule, { startUs, share, draw }: PacerOptions) {
    this.#schedule = schedule;
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

  /** The schedule is asked for every arrival, to see where it ends. */
  advance(): void {
    do {
      this.#number++;
      // 1 − u lies in (0, 1], so that the logarithm is finite.
      this.#made -= Math.log(1 - this.#draw(this.#number, ARRIVAL_GAP_PURPOSE));
      this.#offsetUs = this.#schedule.reachesUs(this.#made);
    } while (this.#offsetUs !== Number.POSITIVE_INFINITY && !this.#isOwn());
  }

  #isOwn(): boolean {
    return this.#number % this.#share.count === this.#share.index;
  }
}

/** For a shard that owns no VU and so no arrival. */
class EmptyPacer implements Pacer {
  nextUs(): number {
    return Number.POSITIVE_INFINITY;
  }

  number(): number {
    return Number.NaN;
  }

  advance(): void {}
}
