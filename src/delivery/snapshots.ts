/**
 * Delivery snapshots: what changed since the last one, in the form in which a run tells everything.
 *
 * Numbered, of source `delivery`; the last is final. Placements are counted here, because nothing asks for their sum.
 */
import type { Recorder } from '../metrics/recorder.js';
import { type DeliveryCounts, NO_COUNTS, NO_DELIVERY_COUNTS, type Snapshot } from '../metrics/snapshot.js';
import { DELIVERY_SOURCE } from '../result/delivery-fold.js';
import type { CaseList, NoteList } from './case-list.js';
import type { CopyStates } from './copy-states.js';
import type { Receipt } from './receipt.js';

/** µs since the epoch. */
export interface DeliveryWindow {
  readonly fromUs: number;
  readonly toUs: number;
}

export interface DeliverySnapshotsOptions {
  readonly copies: CopyStates;
  readonly cases: CaseList;
  readonly notes: NoteList;
  readonly recorder: Recorder;
  /** The clock that tells times of arrival may not be this one. */
  readonly isElsewhere: boolean;
}

const TENTH_US = 100_000;
/** Whatever a receipt says: the key of a journal's record has twelve digits. */
const LAST_US = 9e16;

const NOTHING = {
  v: 1,
  source: DELIVERY_SOURCE,
  counts: NO_COUNTS,
  live: '',
  outcomes: [],
  accepted: [],
  refusedCopies: [],
  health: { wallUs: 0, busyUs: 0, cpuWaitUs: 0, lateness: '', arrivalsDropped: 0, faults: {} },
} as const;

export class DeliverySnapshots {
  readonly #options: DeliverySnapshotsOptions;
  #taken: DeliveryCounts = NO_DELIVERY_COUNTS;
  #warmupTaken = 0;
  #placements: Record<string, number> = {};
  #settled: Record<string, number> = {};
  #seq = 0;

  constructor(options: DeliverySnapshotsOptions) {
    this.#options = options;
  }

  place(placement: NonNullable<Receipt['placement']>): void {
    this.#placements[placement] = (this.#placements[placement] ?? 0) + 1;
  }

  /** A copy arrived or bounced, the first time that anything was heard of it. */
  settle(atUs: number): void {
    const tenth = Math.floor(Math.min(Math.max(0, atUs), LAST_US) / TENTH_US);
    this.#settled[tenth] = (this.#settled[tenth] ?? 0) + 1;
  }

  take({ fromUs, toUs }: DeliveryWindow, isFinal: boolean): Snapshot {
    const { instant, trends } = this.#options.recorder.swap();
    return {
      ...NOTHING,
      ...instant,
      seq: this.#seq++,
      fromUs,
      toUs,
      trends: Object.fromEntries(everyOf(trends)),
      delivery: this.#sample(isFinal),
      final: isFinal,
    };
  }

  #sample(isFinal: boolean): NonNullable<Snapshot['delivery']> {
    const { copies, cases, notes } = this.#options;
    const counts = difference(copies.counts, this.#taken);
    const warmup = copies.warmup - this.#warmupTaken;
    const placements = this.#placements;
    const settled = this.#options.isElsewhere ? null : this.#settled;
    this.#taken = { ...copies.counts };
    this.#warmupTaken = copies.warmup;
    this.#placements = {};
    this.#settled = {};
    return {
      counts,
      cases: cases.take(),
      domains: copies.domains.take(),
      placements,
      settled,
      warmup,
      notes: notes.take(isFinal),
    };
  }
}

function difference(now: DeliveryCounts, before: DeliveryCounts): DeliveryCounts {
  const keys = Object.keys(NO_DELIVERY_COUNTS) as (keyof DeliveryCounts)[];
  return Object.fromEntries(keys.map((key) => [key, now[key] - before[key]])) as unknown as DeliveryCounts;
}

function everyOf<T>(iterator: Iterator<T>): Iterable<T> {
  return { [Symbol.iterator]: () => iterator };
}
