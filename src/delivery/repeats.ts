/**
 * Repeats: copies that arrived more than once, and whether an acknowledgement that never got out excuses that.
 *
 * A relay that saw no 250 rightly sends a message again. So an arrival is excused where an earlier one of the copy, by
 * the time of its receipt, was never acknowledged. Acknowledgements may come before their receipt is told, or long after,
 * so the number excused goes up and down until all is in; the order in which things are told makes no difference.
 * Memory is bounded: what waits for an acknowledgement is forgotten oldest first, and then counts as never acknowledged.
 */
import { CopyFlag, type CopyLedger } from './ledger.js';
import { OldestFirst } from './oldest-first.js';
import type { ReceiptIds } from './receipt-ids.js';

/** Receipts that wait for their acknowledgement, which follows within milliseconds. */
const MAX_WAITING = 250_000;
/** Acknowledgements that came before their receipt. */
const MAX_EARLY = 100_000;
/** Copies that arrived again; further ones are not excused. */
const MAX_REPEATED = 100_000;
/** Of one copy, that are looked through at each further one; a mail loop brings them by the thousand. */
const MAX_ARRIVALS = 100;

interface Arrival {
  /** null: the one told first, whose id was not kept. */
  readonly id: string | null;
  readonly atMs: number;
  isAcknowledged: boolean;
}

export class Repeats {
  readonly #ledger: CopyLedger;
  readonly #told: ReceiptIds;
  readonly #waiting = new Map<string, number[]>();
  readonly #oldestWaiting = new OldestFirst(this.#waiting);
  readonly #early = new Set<string>();
  readonly #oldestEarly = new OldestFirst(this.#early);
  readonly #repeated = new Map<number, Arrival[]>();
  /** Copies with more arrivals than are kept. */
  readonly #crowded = new Set<number>();
  #excused = 0;
  #notKept = 0;

  constructor(ledger: CopyLedger, told: ReceiptIds) {
    this.#ledger = ledger;
    this.#told = told;
  }

  /** Arrivals beyond the first before which one was never acknowledged, as far as is known. */
  get excused(): number {
    return this.#excused;
  }

  /** Copies that arrived again and of which no more than that, or not of every arrival more, is known. */
  get notKept(): number {
    return this.#notKept + this.#crowded.size;
  }

  /** Receipts that have no acknowledgement so far. */
  get unacknowledged(): number {
    return this.#waiting.size;
  }

  isExcused(key: number): boolean {
    return excusedOf(this.#repeated.get(key) ?? []) > 0;
  }

  /** Whether the receipt that is about to be told was acknowledged before. Asked once. */
  takeEarly(id: string): boolean {
    return this.#early.delete(id);
  }

  /** A receipt of this copy that waits for its acknowledgement. */
  wait(id: string, key: number): void {
    const keys = this.#waiting.get(id);
    if (keys !== undefined) {
      keys.push(key);
      return;
    }
    if (this.#waiting.size >= MAX_WAITING) this.#oldestWaiting.forget();
    this.#waiting.set(id, [key]);
  }

  /** The copy arrived again; its flags in the ledger are still those from before. */
  add(key: number, id: string, atMs: number, isAcknowledged: boolean): void {
    const arrivals = this.#repeated.get(key) ?? this.#begin(key);
    if (arrivals === null) return;
    if (arrivals.length >= MAX_ARRIVALS) {
      this.#crowded.add(key);
      return;
    }
    this.#excused -= excusedOf(arrivals);
    arrivals.push({ id, atMs, isAcknowledged });
    this.#excused += excusedOf(arrivals);
  }

  acknowledge(id: string): void {
    const keys = this.#waiting.get(id);
    if (keys !== undefined) {
      this.#waiting.delete(id);
      for (const key of keys) this.#acknowledgeCopy(key, id);
    } else if (!this.#told.has(id)) {
      if (this.#early.size >= MAX_EARLY) this.#oldestEarly.forget();
      this.#early.add(id);
    }
  }

  #acknowledgeCopy(key: number, id: string): void {
    const flags = this.#ledger.flags(key);
    const arrivals = this.#repeated.get(key);
    if (arrivals === undefined) {
      if ((flags & CopyFlag.REPEATED) === 0) this.#ledger.setFlags(key, flags & ~CopyFlag.UNACKNOWLEDGED);
      return;
    }
    const arrival =
      arrivals.find((one) => one.id === id && !one.isAcknowledged) ?? arrivals.find((one) => one.id === null);
    if (arrival === undefined) return;
    this.#excused -= excusedOf(arrivals);
    arrival.isAcknowledged = true;
    this.#excused += excusedOf(arrivals);
  }

  /** With the arrival that was told first. */
  #begin(key: number): Arrival[] | null {
    if (this.#repeated.size >= MAX_REPEATED) {
      if ((this.#ledger.flags(key) & CopyFlag.REPEATED) === 0) this.#notKept++;
      return null;
    }
    const isAcknowledged = (this.#ledger.flags(key) & CopyFlag.UNACKNOWLEDGED) === 0;
    const arrivals = [{ id: null, atMs: this.#ledger.firstAtMs(key), isAcknowledged }];
    this.#repeated.set(key, arrivals);
    return arrivals;
  }
}

/** Of the arrivals of one copy, those not before the earliest that was never acknowledged, less that one itself. */
function excusedOf(arrivals: readonly Arrival[]): number {
  const open = arrivals.filter(({ isAcknowledged }) => !isAcknowledged);
  if (open.length === 0) return 0;
  const fromMs = Math.min(...open.map(({ atMs }) => atMs));
  return arrivals.filter(({ atMs }) => atMs >= fromMs).length - 1;
}
