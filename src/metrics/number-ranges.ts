/**
 * Number ranges: which messages were accepted in a window, as few numbers.
 *
 * The numbers a source sends lie `step` apart in each of a few runs: one for each scenario, or each message of a
 * session. Told apart by their remainder, they make few ranges, however they interleave and in whatever order they
 * ended. Cost: 8 bytes a message until `take`, which sorts them (some ms for 60,000).
 */
import type { NumberRange } from './snapshot.js';

type OpenRange = [first: number, count: number, step: number];

export class RangeCollector {
  readonly #step: number;
  #numbers = new Float64Array(1024);
  #count = 0;

  /** `step`: how far apart consecutive numbers of this source usually are. */
  constructor(step: number) {
    this.#step = step;
  }

  add(number: number): void {
    if (this.#count === this.#numbers.length) this.#grow();
    this.#numbers[this.#count++] = number;
  }

  /** Ranges by ascending first number that hold exactly the numbers added since the last call. */
  take(): NumberRange[] {
    const ranges: OpenRange[] = [];
    const lastOf = new Map<number, OpenRange>();
    for (const number of this.#numbers.subarray(0, this.#count).sort()) {
      const remainder = number % this.#step;
      const last = lastOf.get(remainder);
      if (last !== undefined && number === last[0] + last[1] * this.#step) last[1]++;
      else {
        const range: OpenRange = [number, 1, this.#step];
        lastOf.set(remainder, range);
        ranges.push(range);
      }
    }
    this.#count = 0;
    return ranges;
  }

  #grow(): void {
    const larger = new Float64Array(this.#numbers.length * 2);
    larger.set(this.#numbers);
    this.#numbers = larger;
  }
}
