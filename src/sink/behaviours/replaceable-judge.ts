/**
 * A judge that can be exchanged while connections are open: each event is judged by the one in place when it comes.
 *
 * Whoever replaces loads the new behaviours first; a file that is refused throws there, and the old ones stay.
 */
import type { SinkEvent, Verb } from '../event.js';
import type { Judge, Treatment } from '../judge.js';

export class ReplaceableJudge implements Judge {
  #judge: Judge;

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  replace(next: Judge): void {
    this.#judge = next;
  }

  watches(verb: Verb): boolean {
    return this.#judge.watches(verb);
  }

  get usesSocketFaults(): boolean {
    return this.#judge.usesSocketFaults;
  }

  judge(event: SinkEvent): Treatment | null | Promise<Treatment | null> {
    return this.#judge.judge(event);
  }
}
