/**
 * VU pool: the free VUs of one shard, first in, first out.
 *
 * In turn, as k6's channel does, not the latest first: every session stays in use, so that none idles into the server's
 * time-out (a 421 we would have caused ourselves) and the concurrency asked for is the concurrency the server sees.
 * A ring over one Int32Array: give and take are O(1), remove is O(n), nothing allocates. Does not check for a VU given
 * twice; crew.ts knows the state of each.
 */
export class VuPool {
  readonly #ring: Int32Array;
  #head = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#ring = new Int32Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  give(vu: number): void {
    this.#ring[this.#at(this.#size++)] = vu;
  }

  /** The VU that has been free for longest, or -1. */
  take(): number {
    if (this.#size === 0) return -1;
    const vu = this.#ring[this.#head]!;
    this.#head = this.#head + 1 === this.#ring.length ? 0 : this.#head + 1;
    this.#size--;
    return vu;
  }

  /** Takes out this one, if it is here. */
  remove(vu: number): void {
    let kept = 0;
    for (let i = 0; i < this.#size; i++) {
      const other = this.#ring[this.#at(i)]!;
      if (other !== vu) this.#ring[this.#at(kept++)] = other;
    }
    this.#size = kept;
  }

  #at(i: number): number {
    const at = this.#head + i;
    return at >= this.#ring.length ? at - this.#ring.length : at;
  }
}
