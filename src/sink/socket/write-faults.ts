/**
 * Write faults: what becomes of each write under SocketFaults, as steps for somebody else to carry out. Pure: time is a
 * parameter, and what is random comes from the seed, so the same seed and writes give the same bytes.
 *
 * In this order: garbage before the first write, the write so often, in pieces with a wait between them, each piece as
 * fast as the bandwidth lets it, until the cut. A stall is not known here.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { SocketFaults } from '../judge.js';
import { Pace } from './pace.js';

export type WriteStep =
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'write'; readonly bytes: Buffer }
  /** The connection ends here, whatever is left to write. */
  | { readonly kind: 'cut'; readonly how: 'close' | 'reset' }
  /** The write is over; `begin` the next. */
  | { readonly kind: 'done' };

const DONE: WriteStep = { kind: 'done' };
const NOTHING = Buffer.alloc(0);
const SPACE = 0x20;
const PRINTABLE = 0x7f - SPACE;

export class WriteFaults {
  readonly #random;
  #faults: SocketFaults = {};
  #pace: Pace | null = null;
  #garbageBytes = 0;
  #bytesToCut = Number.POSITIVE_INFINITY;
  #rest: Buffer = NOTHING;
  /** Whether the wait before the next piece is over, or there is none. */
  #hasWaited = true;

  constructor(seed: number) {
    this.#random = xoroshiro128plus(seed | 0);
    // Its first value hardly depends on the seed.
    this.#random.next();
  }

  /** From here on. What is under way goes on in the new way. */
  set(faults: SocketFaults): void {
    const { bytesPerSec = 0 } = faults;
    if (bytesPerSec !== (this.#pace?.bytesPerSec ?? 0)) {
      this.#pace = bytesPerSec > 0 ? new Pace(bytesPerSec) : null;
    }
    this.#faults = faults;
  }

  /** Before the next write, once. */
  addGarbage(bytes: number): void {
    this.#garbageBytes = bytes;
  }

  cutAfter(bytes: number): void {
    this.#bytesToCut = bytes;
  }

  /** Every byte before the cut has been taken. */
  get isAtCut(): boolean {
    return this.#bytesToCut === 0;
  }

  get cutHow(): 'close' | 'reset' {
    return this.#faults.cutHow ?? 'close';
  }

  begin(bytes: Buffer): void {
    const { repeat = 1, splitBytes = 0, pieceDelayMs = 0 } = this.#faults;
    const garbage = this.#garbage();
    this.#rest =
      repeat <= 1 && garbage.length === 0
        ? bytes
        : Buffer.concat([garbage, ...Array<Buffer>(Math.max(1, repeat)).fill(bytes)]);
    this.#hasWaited = splitBytes > 0 || pieceDelayMs === 0;
  }

  next(nowMs: number): WriteStep {
    if (this.#rest.length === 0) return DONE;
    if (this.isAtCut) return { kind: 'cut', how: this.cutHow };
    const { splitBytes = 0, pieceDelayMs = 0 } = this.#faults;
    if (!this.#hasWaited) {
      this.#hasWaited = true;
      if (pieceDelayMs > 0) return { kind: 'wait', ms: pieceDelayMs };
    }
    const paceMs = this.#pace?.waitMs(nowMs) ?? 0;
    if (paceMs > 0) return { kind: 'wait', ms: paceMs };
    const piece = this.#take(
      Math.min(splitBytes || Number.POSITIVE_INFINITY, this.#pace?.sliceBytes ?? Number.POSITIVE_INFINITY),
    );
    this.#pace?.spend(piece.length, nowMs);
    this.#hasWaited = splitBytes === 0;
    return { kind: 'write', bytes: piece };
  }

  #take(atMost: number): Buffer {
    const length = Math.min(this.#rest.length, atMost, this.#bytesToCut);
    const piece = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    this.#bytesToCut -= length;
    return piece;
  }

  #garbage(): Buffer {
    const garbage = Buffer.alloc(this.#garbageBytes);
    for (let i = 0; i < garbage.length; i++) {
      const value = (this.#random.next() >>> 8) & 0xffff;
      garbage[i] = this.#faults.isText ? SPACE + (value % PRINTABLE) : value & 0xff;
    }
    this.#garbageBytes = 0;
    return garbage;
  }
}
