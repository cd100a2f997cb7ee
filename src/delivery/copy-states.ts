/**
 * Copy states: what is known of every copy, and the counts that follow from it.
 *
 * Every change of a copy comes through `change`, so that counts are those of its flags, however it came to them. Copies
 * are named by their key in the ledger. A copy that was never accepted counts nowhere here.
 */
import { type DeliveryCase, type DeliveryCounts, NO_DELIVERY_COUNTS } from '../metrics/snapshot.js';
import { DomainTally } from './domain-tally.js';
import { CopyFlag, CopyLedger } from './ledger.js';

export interface CopyStatesOptions {
  /** The forward-paths of message `number`, in the order of `refusedCopies`' indexes. A pure function. */
  readonly recipientsOf: (number: number) => readonly string[];
}

const { ACCEPTED, ARRIVED, BOUNCED, LATE, WARMUP } = CopyFlag;

/** There are as many message numbers: ten digits. */
const NUMBERS = 10_000_000_000;

export class CopyStates {
  readonly ledger = new CopyLedger();
  readonly domains = new DomainTally();
  readonly counts: { -readonly [K in keyof DeliveryCounts]: number } = { ...NO_DELIVERY_COUNTS };
  readonly #options: CopyStatesOptions;
  #accepted = 0;
  #warmup = 0;

  constructor(options: CopyStatesOptions) {
    this.#options = options;
  }

  /** Delivered copies of the warm-up. */
  get warmup(): number {
    return this.#warmup;
  }

  /** Accepted copies that neither arrived nor bounced. */
  get missing(): number {
    return this.#accepted - this.counts.delivered - this.counts.bounced;
  }

  /** First copies lie side by side in the ledger, then second ones: nobody needs to know how many a message has at most. */
  keyOf(number: number, index: number): number {
    return index * NUMBERS + number;
  }

  /** Of a key in the ledger. */
  copyOf(key: number): Pick<DeliveryCase, 'number' | 'recipient'> {
    const number = key % NUMBERS;
    const index = (key - number) / NUMBERS;
    return { number, recipient: this.#options.recipientsOf(number)[index] ?? '' };
  }

  /** Once, however often it is told. */
  accept(key: number, recipient: string): void {
    const before = this.ledger.flags(key);
    if ((before & ACCEPTED) !== 0) return;
    this.#accepted++;
    const domain = this.domains.nameOf(recipient);
    this.domains.add(domain, 'accepted', 1);
    this.change(key, before | ACCEPTED, domain);
  }

  /** False where the ledger has no room for it: far from all copies that were accepted. */
  change(key: number, after: number, domain: string): boolean {
    const before = this.ledger.flags(key);
    if (after === before) return true;
    if (!this.ledger.setFlags(key, after)) return false;
    this.#count(before, -1, domain);
    this.#count(after, 1, domain);
    return true;
  }

  #count(flags: number, change: number, domain: string): void {
    if ((flags & ACCEPTED) === 0) return;
    if ((flags & ARRIVED) !== 0) {
      this.counts.delivered += change;
      this.domains.add(domain, 'delivered', change);
      if ((flags & LATE) !== 0) this.counts.late += change;
      if ((flags & WARMUP) !== 0) this.#warmup += change;
    } else if ((flags & BOUNCED) !== 0) {
      this.counts.bounced += change;
      this.domains.add(domain, 'bounced', change);
    }
  }
}
