/**
 * Gauge series: one gauge second by second, sources summed, in constant memory.
 *
 * A sample holds for the window it ends, so at every full second each source that was running has exactly one value,
 * however its timers drift. The order in which windows come makes no difference as long as sources are not more than
 * an hour apart: older seconds are final.
 */
const SECONDS_KEPT = 3_600;
const NONE = -1;

export class GaugeSeries {
  /** Ring: slot s % SECONDS_KEPT holds second s. */
  readonly #seconds = new Float64Array(SECONDS_KEPT).fill(NONE);
  readonly #sums = new Float64Array(SECONDS_KEPT);
  #foldedSeconds = 0;
  #foldedMin = Number.POSITIVE_INFINITY;
  #foldedMax = Number.NEGATIVE_INFINITY;

  /** `value` was sampled at `toUs`, the end of the window. */
  add(fromUs: number, toUs: number, value: number): void {
    const last = Math.floor(toUs / 1e6);
    const first = Math.max(Math.floor(fromUs / 1e6) + 1, last - SECONDS_KEPT + 1);
    for (let second = first; second <= last; second++) this.#addSecond(second, value);
  }

  /** `value` is the latest. All are 0 while no window has held a full second. */
  read(): { readonly n: number; readonly value: number; readonly min: number; readonly max: number } {
    let n = this.#foldedSeconds;
    let min = this.#foldedMin;
    let max = this.#foldedMax;
    let latest = NONE;
    let value = 0;
    for (const [slot, second] of this.#seconds.entries()) {
      if (second === NONE) continue;
      const sum = this.#sums[slot] as number;
      n++;
      min = Math.min(min, sum);
      max = Math.max(max, sum);
      if (second > latest) {
        latest = second;
        value = sum;
      }
    }
    return n === 0 ? { n, value: 0, min: 0, max: 0 } : { n, value, min, max };
  }

  #addSecond(second: number, value: number): void {
    const slot = second % SECONDS_KEPT;
    const held = this.#seconds[slot] as number;
    if (second < held) return;
    if (second > held) {
      if (held !== NONE) this.#fold(this.#sums[slot] as number);
      this.#seconds[slot] = second;
      this.#sums[slot] = 0;
    }
    this.#sums[slot] = (this.#sums[slot] as number) + value;
  }

  #fold(sum: number): void {
    this.#foldedSeconds++;
    this.#foldedMin = Math.min(this.#foldedMin, sum);
    this.#foldedMax = Math.max(this.#foldedMax, sum);
  }
}
