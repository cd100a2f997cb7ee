/**
 * Pace: how soon the next bytes may pass, so that no more than so many pass in a second. Pure; time is a parameter.
 *
 * Bytes pass in slices of a twentieth of a second's worth, at least one byte, so that a slow stream trickles rather than
 * bursts. What a late timer lost is made up for, up to 100 ms.
 */
const SLICE_MS = 50;
const CATCH_UP_MS = 100;

export class Pace {
  readonly bytesPerSec: number;
  /** As many bytes may pass at once. */
  readonly sliceBytes: number;
  #freeAtMs = Number.NEGATIVE_INFINITY;

  constructor(bytesPerSec: number) {
    this.bytesPerSec = bytesPerSec;
    this.sliceBytes = Math.max(1, Math.floor((bytesPerSec * SLICE_MS) / 1000));
  }

  /** 0: now. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#freeAtMs - nowMs);
  }

  /** These bytes pass now; the next ones wait for them. */
  spend(bytes: number, nowMs: number): void {
    const fromMs = this.#freeAtMs === Number.NEGATIVE_INFINITY ? nowMs : this.#freeAtMs;
    this.#freeAtMs = Math.max(fromMs, nowMs - CATCH_UP_MS) + (bytes * 1000) / this.bytesPerSec;
  }
}
