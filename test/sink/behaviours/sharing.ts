/** A sink of several processes in tests: judges that ask one state, and get their answers late and out of order. */

import { LocalState } from '#src/sink/behaviours/local-state.js';
import type { Judge } from '#src/sink/judge.js';
import type { Hit, SharedState } from '#src/sink/shared-state.js';
import { judgeOf } from './behave.js';

/** Judges of the same behaviours; one alone has its state in its own process. */
export function judgesOf(text: string, count: number, seed: number): readonly Judge[] {
  const local = new LocalState();
  const state = count === 1 ? local : new DistantState(local);
  return Array.from({ length: count }, () => judgeOf(text, { state, seed }));
}

export class DistantState implements SharedState {
  readonly #state: LocalState;
  #asked = 0;

  constructor(state: LocalState) {
    this.#state = state;
  }

  hit(key: string, event: Hit): Promise<number> {
    return this.#later(() => this.#state.hit(key, event));
  }

  firstSeen(key: string, nowMs: number, keepMs: number): Promise<number> {
    return this.#later(() => this.#state.firstSeen(key, nowMs, keepMs));
  }

  attempt(key: string): Promise<number> {
    return this.#later(() => this.#state.attempt(key));
  }

  reset(): void {
    this.#state.reset();
  }

  /** Every third answer takes a few turns longer than those after it. */
  async #later(answer: () => number): Promise<number> {
    for (let turns = this.#asked++ % 3; turns > 0; turns--) await Promise.resolve();
    const value = answer();
    await Promise.resolve();
    return value;
  }
}
