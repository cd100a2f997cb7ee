/**
 * Crew: the VUs of one scenario that this shard owns, and what each is doing.
 *
 * Keeps count of iterations in flight, remembers who said ready and who is retired. Decides nothing: engine.ts does.
 * VUs are ready from the moment they exist; a session is the workload's affair. Constant cost per call, no allocation.
 */
import { BugError } from '../errors.js';
import { numberAt, positionOf, type Share, sizeOf } from './share.js';

export interface CrewSize {
  /** VUs of the whole scenario that exist from the start. */
  readonly initial: number;
  /** VUs of the whole scenario that may exist. */
  readonly max: number;
}

export class Crew {
  /** VUs of this shard that may exist. */
  readonly capacity: number;
  readonly #share: Share;
  readonly #inFlight: Int32Array;
  readonly #isReady: Uint8Array;
  readonly #isRetired: Uint8Array;
  #created: number;
  #retired = 0;

  constructor(share: Share, size: CrewSize) {
    this.capacity = sizeOf(share, size.max);
    this.#share = share;
    this.#inFlight = new Int32Array(this.capacity);
    this.#isReady = new Uint8Array(this.capacity).fill(1);
    this.#isRetired = new Uint8Array(this.capacity);
    this.#created = Math.min(this.capacity, sizeOf(share, size.initial));
  }

  /** VUs that exist and are not retired. */
  get live(): number {
    return this.#created - this.#retired;
  }

  /** Ids of the VUs that exist now, retired ones too. */
  ids(): number[] {
    return Array.from({ length: this.#created }, (_, i) => numberAt(this.#share, i));
  }

  /** Whether the VU has come into being. */
  has(vu: number): boolean {
    return positionOf(this.#share, vu) < this.#created;
  }

  /** Bring one more VU into being; -1 when all may-be VUs exist. */
  add(): number {
    return this.#created < this.capacity ? numberAt(this.#share, this.#created++) : -1;
  }

  inFlight(vu: number): number {
    return this.#inFlight[this.#indexOf(vu)]!;
  }

  isReady(vu: number): boolean {
    return this.#isReady[this.#indexOf(vu)] === 1;
  }

  isRetired(vu: number): boolean {
    return this.#isRetired[this.#indexOf(vu)] === 1;
  }

  setReady(vu: number): void {
    this.#isReady[this.#indexOf(vu)] = 1;
  }

  setBusy(vu: number): void {
    this.#isReady[this.#indexOf(vu)] = 0;
  }

  /** An iteration begins on the VU, which is not ready again until it says so. */
  begin(vu: number): void {
    const i = this.#indexOf(vu);
    this.#isReady[i] = 0;
    this.#inFlight[i]!++;
  }

  /** An iteration of the VU is over. */
  end(vu: number): void {
    const i = this.#indexOf(vu);
    if (this.#inFlight[i] === 0) throw new BugError(`VU ${vu} reported done with nothing in flight`);
    this.#inFlight[i]!--;
  }

  retire(vu: number): void {
    const i = this.#indexOf(vu);
    if (this.#isRetired[i] === 1) throw new BugError(`VU ${vu} was retired twice`);
    this.#isRetired[i] = 1;
    this.#retired++;
  }

  /** A retired VU exists anew, and is ready. */
  revive(vu: number): void {
    const i = this.#indexOf(vu);
    if (this.#isRetired[i] === 0) throw new BugError(`VU ${vu} was not retired`);
    this.#isRetired[i] = 0;
    this.#isReady[i] = 1;
    this.#retired--;
  }

  #indexOf(vu: number): number {
    const i = positionOf(this.#share, vu);
    if (Number.isInteger(i) && i >= 0 && i < this.#created) return i;
    throw new BugError(`VU ${vu} does not belong to shard ${this.#share.index} of ${this.#share.count}`);
  }
}
