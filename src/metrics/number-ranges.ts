/**
 * Number ranges: which messages were accepted in a window, as few numbers.
 *
 * A shard's messages end nearly in order, so their numbers make few runs with the shard's step. Cost: 8 bytes a message
 * until `take`, which sorts them: 60,000 take 2 ms in order, 4 to 9 ms shuffled among 50 neighbours.
 */
import type { NumberRange } from './snapshot.js';

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

  /** Ranges in ascending order that hold exactly the numbers added since the last call. */
  take(): NumberRange[] {
    const sorted = this.#numbers.subarray(0, this.#count).sort();
    const ranges: [number, number, number][] = [];
    let last: [number, number, number] | undefined;
    for (const number of sorted) {
      if (last !== undefined && number === last[0] + last[1] * this.#step) last[1]++;
      else {
        last = [number, 1, this.#step];
        ranges.push(last);
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
