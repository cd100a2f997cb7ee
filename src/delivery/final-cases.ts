/**
 * Final cases: what can be said of single copies only at the end, and the counts that come with it.
 *
 * A copy that is missing may still come, one that bounced too, and one that came late may have come in time before. So
 * candidates are kept, bounded, and looked at once more when nothing more is told.
 */
import type { Recorder } from '../metrics/recorder.js';
import { type CaseList, MAX_CASES } from './case-list.js';
import type { CopyStates } from './copy-states.js';
import { CopyFlag } from './ledger.js';
import type { Repeats } from './repeats.js';

export interface Candidate {
  readonly key: number;
  readonly atUs: number;
  readonly detail: string;
}

/** How the wait for missing copies ended. */
export interface WaitEnd {
  /**
   * `waited`: until the end of `delivery.wait`, or everything arrived. `cut`: stopped before that. `unread`: waited, and the
   * last look did not see everything.
   */
  readonly how: 'waited' | 'cut' | 'unread';
  /** What `delivery.queue` printed; null where it was not asked or did not say. */
  readonly queued: number | null;
}

export interface FinalCasesOptions {
  readonly copies: CopyStates;
  readonly cases: CaseList;
  readonly repeats: Repeats;
  readonly recorder: Recorder;
}

/** Of each kind; more than MAX_CASES, because a copy thought bounced may arrive. */
const MAX_CANDIDATES = 10 * MAX_CASES;
const { ACCEPTED, ARRIVED, BOUNCED, LATE, WARMUP } = CopyFlag;

/** What the flags of a candidate must be at the end for it to be a case. */
const STILL = {
  bounced: { mask: ACCEPTED | ARRIVED, wanted: ACCEPTED },
  late: { mask: ACCEPTED | LATE, wanted: ACCEPTED | LATE },
  duplicated: { mask: 0, wanted: 0 },
} as const;

type Kind = keyof typeof STILL;

export class FinalCases {
  readonly #options: FinalCasesOptions;
  readonly #candidates: Readonly<Record<Kind, Candidate[]>> = { bounced: [], late: [], duplicated: [] };

  constructor(options: FinalCasesOptions) {
    this.#options = options;
  }

  keep(kind: Kind, candidate: Candidate): void {
    const list = this.#candidates[kind];
    if (list.length < MAX_CANDIDATES) list.push(candidate);
  }

  /** Nothing may be told afterwards. */
  settle(end: WaitEnd): void {
    this.#settleMissing(end);
    this.#settleUnconfirmed();
    this.#settleCandidates();
  }

  #settleMissing({ how, queued }: WaitEnd): void {
    const { copies, cases, recorder } = this.#options;
    const isQueued = queued !== null && queued > 0;
    const kind = how !== 'waited' || isQueued ? 'pending' : 'lost';
    copies.counts[kind] = copies.missing;
    copies.domains.settle(kind);
    if (kind === 'lost') recorder.counter('delivery_lost').add(copies.missing);
    const unread = how === 'unread' ? 'not everything could be looked at, see the notes' : '';
    const detail = isQueued ? `the server's queue still held ${queued}` : unread;
    if (copies.missing === 0) return;
    for (const key of copies.ledger.keys(ACCEPTED | ARRIVED | BOUNCED, ACCEPTED)) {
      if (!cases.hasRoom(kind)) return;
      cases.add({ ...copies.copyOf(key), kind, atUs: null, detail });
    }
  }

  #settleUnconfirmed(): void {
    const { copies, cases, recorder } = this.#options;
    const { ledger, counts } = copies;
    const counter = recorder.counter('delivery_unconfirmed');
    for (const key of ledger.keys(ACCEPTED | ARRIVED, ARRIVED)) {
      counts.unconfirmed++;
      if ((ledger.flags(key) & WARMUP) === 0) counter.add(1);
      if (!cases.hasRoom('unconfirmed')) continue;
      const atUs = ledger.firstAtMs(key) * 1000;
      const detail = 'no 250 was received for it';
      cases.add({ ...copies.copyOf(key), kind: 'unconfirmed', atUs, detail });
    }
  }

  #settleCandidates(): void {
    const { copies, cases } = this.#options;
    for (const kind of ['bounced', 'late', 'duplicated'] as const) {
      const { mask, wanted } = STILL[kind];
      for (const candidate of this.#candidates[kind]) {
        const { key, atUs } = candidate;
        if ((copies.ledger.flags(key) & mask) !== wanted) continue;
        cases.add({ ...copies.copyOf(key), kind, atUs, detail: this.#detailOf(kind, candidate) });
      }
    }
  }

  #detailOf(kind: Kind, { key, detail }: Candidate): string {
    const isExcused = kind === 'duplicated' && this.#options.repeats.isExcused(key);
    return isExcused ? `${detail}; an earlier one of it was never acknowledged` : detail;
  }
}
