/**
 * VU curve: how many VUs a ramping executor has at every moment. Pure arithmetic, one change at a time.
 *
 * Between two targets the number follows a straight line and changes when that line reaches a whole number, so it is the
 * line rounded down while it rises and rounded up while it falls, as in k6. A stage of 0 s jumps. Each change is computed
 * from its stage, never from the change before, so that rounding does not add up to drift.
 */
import type { RampingVus } from '../scenario/executor-spec.js';

export class VuCurve {
  readonly #stages: RampingVus['stages'];
  #count: number;
  #stage = -1;
  #from = 0;
  #startUs = 0;
  #endUs = 0;
  #nextUs = Number.POSITIVE_INFINITY;

  constructor({ startVUs, stages }: Pick<RampingVus, 'startVUs' | 'stages'>) {
    this.#stages = stages;
    this.#count = startVUs;
    this.#place();
  }

  get count(): number {
    return this.#count;
  }

  /** When the number changes next, µs from the start; Infinity when it does not. */
  nextUs(): number {
    return this.#nextUs;
  }

  /** Go on to that change. */
  advance(): void {
    const stage = this.#stages[this.#stage]!;
    this.#count = stage.durationMs === 0 ? stage.target : this.#count + Math.sign(stage.target - this.#count);
    this.#place();
  }

  #place(): void {
    while (this.#stages[this.#stage]?.target === this.#count || this.#stage < 0) {
      if (++this.#stage >= this.#stages.length) {
        this.#nextUs = Number.POSITIVE_INFINITY;
        return;
      }
      this.#from = this.#count;
      this.#startUs = this.#endUs;
      this.#endUs += this.#stages[this.#stage]!.durationMs * 1_000;
    }
    const { target } = this.#stages[this.#stage]!;
    const next = this.#count + Math.sign(target - this.#count);
    const share = (next - this.#from) / (target - this.#from);
    this.#nextUs = this.#startUs + (this.#endUs - this.#startUs) * share;
  }
}

/** The most VUs there are at once. */
export function mostVus({ startVUs, stages }: Pick<RampingVus, 'startVUs' | 'stages'>): number {
  return stages.reduce((most, { target }) => Math.max(most, target), startVUs);
}
