/**
 * Delivery tracker: what was accepted and what arrived, in; snapshots of what became of every copy, out.
 *
 * Everything may come in any order: an arrival before the shard says that the copy was accepted, an acknowledgement
 * before its receipt, a bounce before or after the delivery. The counts at the end are the same, and
 * accepted = delivered + bounced + lost + pending; arrivals of ours = delivered + unconfirmed + duplicated. Counts are of
 * the whole run; durations and the delivery_… counters of the steady state, by the stamp, except that a lost copy has
 * none to tell. Never reads a clock. Memory: the ledger's 5 bytes a copy, and bounded lists.
 */
import { type CounterHandle, Recorder } from '../metrics/recorder.js';
import {
  type DeliveryCase,
  type DeliveryCounts,
  NO_COUNTS,
  NO_DELIVERY_COUNTS,
  type Snapshot,
} from '../metrics/snapshot.js';
import { DELIVERY_SOURCE } from '../result/delivery-fold.js';
import { CaseList, MAX_CASES, NoteList } from './case-list.js';
import { DomainTally } from './domain-tally.js';
import { CopyFlag, CopyLedger } from './ledger.js';
import type { DeliveryListener } from './reader.js';
import type { Notification, Receipt } from './receipt.js';
import { ReceiptIds } from './receipt-ids.js';
import { Repeats } from './repeats.js';
import { compileVerp, type NumberOfAddress } from './verp.js';

export { DELIVERY_SOURCE };

export interface DeliveryTrackerOptions {
  /** The run token of the stamps. */
  readonly run: string;
  /** The forward-paths of message `number`, in the order of `refusedCopies`' indexes. A pure function. */
  readonly recipientsOf: (number: number) => readonly string[];
  /** The most that any message has. */
  readonly maxRecipients: number;
  /** `envelope.from`; its `{{seq}}`, where it has one, tells which message a bounce is about. */
  readonly from: string;
  /** A copy that took longer from MAIL to receipt is late. */
  readonly lateMs: number;
  /** Receipts are made on another host, whose clock is not ours. */
  readonly isElsewhere: boolean;
}

/** µs since the epoch. */
export interface DeliveryWindow {
  readonly fromUs: number;
  readonly toUs: number;
}

export interface DeliveryEnd extends DeliveryWindow {
  /**
   * `waited`: until the end of `delivery.wait`, or everything arrived. `cut`: stopped before that. `unread`: waited, and the
   * last look did not see everything.
   */
  readonly how: 'waited' | 'cut' | 'unread';
  /** What `delivery.queue` printed; null where it was not asked or did not say. */
  readonly queued: number | null;
}

export interface DeliveryTracker extends DeliveryListener {
  /** A shard's snapshot: its `accepted` less its `refusedCopies`. */
  noteAccepted(snapshot: Pick<Snapshot, 'accepted' | 'refusedCopies'>): void;
  /** Every copy accepted so far has arrived or bounced. */
  isComplete(): boolean;
  /** Copies accepted that have not, so far. */
  missing(): number;
  /** What changed since the last call, as a snapshot of source `delivery`. */
  take(window: DeliveryWindow): Snapshot;
  /** The last one: what did not arrive is lost or pending. Nothing may be told afterwards. */
  finish(end: DeliveryEnd): Snapshot;
}

export function createDeliveryTracker(options: DeliveryTrackerOptions): DeliveryTracker {
  return new Tracker(options);
}

type MutableCounts = { -readonly [K in keyof DeliveryCounts]: number };

interface Copy {
  readonly key: number;
  readonly number: number;
  readonly recipient: string;
}

/** A copy of which a case is made at the end, if it is still one then. */
interface Candidate {
  readonly key: number;
  readonly atUs: number;
  readonly detail: string;
}

/** Of each kind; more than MAX_CASES, because a copy thought bounced may arrive. */
const MAX_CANDIDATES = 10 * MAX_CASES;
const { ACCEPTED, ARRIVED, BOUNCED, LATE, WARMUP, UNACKNOWLEDGED, REPEATED } = CopyFlag;

class Tracker implements DeliveryTracker {
  readonly #options: DeliveryTrackerOptions;
  readonly #numberOfReturnPath: NumberOfAddress | null;
  readonly #ledger = new CopyLedger();
  readonly #ids = new ReceiptIds();
  readonly #repeats = new Repeats(this.#ledger, this.#ids);
  readonly #recorder = new Recorder();
  readonly #duplicated: CounterHandle = this.#recorder.counter('delivery_duplicated');
  readonly #corrupted: CounterHandle = this.#recorder.counter('delivery_corrupted');
  readonly #domains = new DomainTally();
  readonly #cases = new CaseList();
  readonly #notes = new NoteList();
  readonly #bounces: Candidate[] = [];
  readonly #lates: Candidate[] = [];
  readonly #duplicates: Candidate[] = [];
  readonly #counts: MutableCounts = { ...NO_DELIVERY_COUNTS };
  #taken: DeliveryCounts = NO_DELIVERY_COUNTS;
  #placements: Record<string, number> = {};
  #warmup = 0;
  #warmupTaken = 0;
  #accepted = 0;
  #delayed = 0;
  #seq = 0;

  constructor(options: DeliveryTrackerOptions) {
    this.#options = options;
    this.#numberOfReturnPath = compileVerp(options.from);
    if (options.isElsewhere) {
      this.#notes.add(
        'clock: unsynchronised: receipts were made on another host, so delivery times hold the difference of the clocks.',
      );
    }
  }

  noteAccepted({ accepted, refusedCopies }: Pick<Snapshot, 'accepted' | 'refusedCopies'>): void {
    const refused = new Map(refusedCopies.map(([number, ...indexes]) => [number, indexes]));
    for (const [first, count, step] of accepted) {
      for (let nth = 0; nth < count; nth++) {
        const number = first + nth * step;
        const without = refused.get(number);
        this.#options.recipientsOf(number).forEach((recipient, index) => {
          if (without?.includes(index) !== true) this.#accept(this.#key(number, index), recipient);
        });
      }
    }
  }

  receipt(receipt: Receipt): void {
    if (!this.#ids.add(receipt.id)) return;
    const isAcknowledged = this.#repeats.takeEarly(receipt.id);
    if (receipt.run === this.#options.run && receipt.number !== null)
      this.#arrivals(receipt, receipt.number, isAcknowledged);
    else if (receipt.dsn !== undefined) this.#notification(receipt, receipt.dsn);
    else this.#unexpected(receipt, receipt.rcpt[0] ?? '', this.#strangeness(receipt));
  }

  acknowledged(id: string): void {
    this.#repeats.acknowledge(id);
  }

  skipped(what: string): void {
    this.#notes.add(what);
  }

  isComplete(): boolean {
    return this.missing() === 0;
  }

  missing(): number {
    return this.#accepted - this.#counts.delivered - this.#counts.bounced;
  }

  take(window: DeliveryWindow): Snapshot {
    return this.#snapshot(window, false);
  }

  finish(end: DeliveryEnd): Snapshot {
    this.#settleMissing(end);
    this.#settleUnconfirmed();
    this.#settleCandidates();
    if (this.#delayed > 0) {
      const notices = this.#delayed === 1 ? '1 notice' : `${this.#delayed} notices`;
      this.#notes.add(`${notices} said that a copy is delayed; that decides nothing.`);
    }
    if (this.#repeats.notKept > 0) {
      this.#notes.add(
        `${this.#repeats.notKept} copies arrived more than once and were not examined for missing acknowledgements: too many did.`,
      );
    }
    return this.#snapshot(end, true);
  }

  #key(number: number, index: number): number {
    return number * this.#options.maxRecipients + index;
  }

  #accept(key: number, recipient: string): void {
    const before = this.#ledger.flags(key);
    if ((before & ACCEPTED) !== 0) return;
    this.#accepted++;
    const domain = this.#domains.nameOf(recipient);
    this.#domains.add(domain, 'accepted', 1);
    this.#change(key, before, before | ACCEPTED, domain);
  }

  #arrivals(receipt: Receipt, number: number, isAcknowledged: boolean): void {
    const recipients = this.#options.recipientsOf(number);
    // One recipient: an alias on the way may have changed the address, and a mailbox may not know it.
    const isSingle = recipients.length === 1;
    for (const address of isSingle && receipt.rcpt.length === 0 ? [''] : receipt.rcpt) {
      const index = isSingle ? 0 : indexOfAddress(recipients, address);
      if (index < 0) this.#unexpected(receipt, address, 'not a recipient of this message');
      else this.#arrive(receipt, this.#copy(number, index, recipients), isAcknowledged);
    }
    if (!isSingle && receipt.rcpt.length === 0)
      this.#unexpected(receipt, '', 'nothing says for which of its recipients this is');
  }

  #arrive(receipt: Receipt, copy: Copy, isAcknowledged: boolean): void {
    const { key, recipient } = copy;
    const before = this.#ledger.flags(key);
    const isFirst = (before & ARRIVED) === 0;
    const isLate = durationUs(receipt) > this.#options.lateMs * 1000;
    const after = isFirst
      ? before | firstFlags(receipt, isLate, isAcknowledged)
      : (isLate ? before : before & ~LATE) | REPEATED;
    const atMs = Math.floor(receipt.at / 1000);
    if (!isFirst) this.#repeats.add(key, receipt.id, atMs, isAcknowledged);
    const domain = this.#domains.nameOf(recipient);
    if (!this.#change(key, before, after, domain)) {
      this.#unexpected(receipt, recipient, 'far from every number that was sent');
      return;
    }
    if (isFirst) this.#first(receipt, key, atMs, domain);
    else this.#again(receipt, key);
    if (!isAcknowledged) this.#repeats.wait(receipt.id, key);
    if (isLate) keep(this.#lates, { key, atUs: receipt.at, detail: lateDetail(receipt) });
    if (receipt.intact === false) this.#changed(receipt, copy);
  }

  #first(receipt: Receipt, key: number, atMs: number, domain: string): void {
    this.#ledger.setFirstAtMs(key, atMs);
    if (receipt.placement !== undefined)
      this.#placements[receipt.placement] = (this.#placements[receipt.placement] ?? 0) + 1;
    if (receipt.warmup === true || receipt.sent === null) return;
    const duration = durationUs(receipt);
    if (duration < 0) {
      this.#notes.add(
        'clock: unsynchronised: some copies arrived before they were sent, so the clocks differ or count in whole seconds; these took 0 ms.',
      );
    }
    this.#recorder.trend('smtp_delivery_duration', { domain }).record(Math.max(0, duration));
  }

  #again(receipt: Receipt, key: number): void {
    this.#counts.duplicated++;
    if (receipt.warmup !== true) this.#duplicated.add(1);
    keep(this.#duplicates, { key, atUs: receipt.at, detail: `receipt ${receipt.id} from ${receipt.peer}` });
  }

  /** The body is not what was sent. */
  #changed(receipt: Receipt, { number, recipient }: Copy): void {
    const kind = receipt.reencoded === true ? 'reencoded' : 'corrupted';
    this.#counts[kind]++;
    if (kind === 'corrupted' && receipt.warmup !== true) this.#corrupted.add(1);
    const detail = `${receipt.bytes} bytes, digest ${receipt.digest}, receipt ${receipt.id}`;
    this.#cases.add({ kind, number, recipient, atUs: receipt.at, detail });
  }

  #notification(receipt: Receipt, dsn: Notification): void {
    const number = this.#subjectOf(receipt, dsn);
    if (number === null) {
      this.#unexpected(receipt, receipt.rcpt[0] ?? '', 'a delivery status notification on other mail');
      return;
    }
    const recipients = this.#options.recipientsOf(number);
    for (const { address, action, status, diagnostic } of dsn.recipients) {
      if (action === 'delayed') this.#delayed++;
      if (action !== 'failed') continue;
      const index = recipients.length === 1 ? 0 : indexOfAddress(recipients, address);
      const detail = `${status} ${diagnostic}`.trim();
      if (index < 0) this.#unexpected(receipt, address, `bounced, but not a recipient of message ${number}`);
      else this.#bounce(this.#key(number, index), recipients[index] as string, receipt.at, detail);
    }
  }

  #bounce(key: number, recipient: string, atUs: number, detail: string): void {
    const before = this.#ledger.flags(key);
    if ((before & BOUNCED) === 0) keep(this.#bounces, { key, atUs, detail });
    this.#change(key, before, before | BOUNCED, this.#domains.nameOf(recipient));
  }

  /** The message a notification is about; its stamp says more than the address. */
  #subjectOf({ rcpt }: Receipt, { run, number }: Notification): number | null {
    if (run !== null) return run === this.#options.run ? number : null;
    return this.#verpNumber(rcpt);
  }

  #verpNumber(addresses: readonly string[]): number | null {
    for (const address of addresses) {
      const number = this.#numberOfReturnPath?.(address) ?? null;
      if (number !== null) return number;
    }
    return null;
  }

  #strangeness(receipt: Receipt): string {
    if (receipt.run !== null) return `of run ${receipt.run}`;
    const number = this.#verpNumber(receipt.rcpt);
    if (number === null) return 'without a stamp';
    return `to the return path of message ${number}, and not a delivery status notification`;
  }

  #unexpected(receipt: Receipt, recipient: string, why: string): void {
    this.#counts.unexpected++;
    const { number, at: atUs, id, from, bytes } = receipt;
    const detail = `${why}; from <${from}>, ${bytes} bytes, receipt ${id}`;
    this.#cases.add({ kind: 'unexpected', number, recipient, atUs, detail });
  }

  /** Every change of a copy comes through here, so that counts are those of its flags, however it came to them. */
  #change(key: number, before: number, after: number, domain: string): boolean {
    if (after === before) return true;
    if (!this.#ledger.setFlags(key, after)) return false;
    this.#count(before, -1, domain);
    this.#count(after, 1, domain);
    return true;
  }

  #count(flags: number, change: number, domain: string): void {
    if ((flags & ACCEPTED) === 0) return;
    if ((flags & ARRIVED) !== 0) {
      this.#counts.delivered += change;
      this.#domains.add(domain, 'delivered', change);
      if ((flags & LATE) !== 0) this.#counts.late += change;
      if ((flags & WARMUP) !== 0) this.#warmup += change;
    } else if ((flags & BOUNCED) !== 0) {
      this.#counts.bounced += change;
      this.#domains.add(domain, 'bounced', change);
    }
  }

  #settleMissing({ how, queued }: DeliveryEnd): void {
    const isQueued = queued !== null && queued > 0;
    const kind = how !== 'waited' || isQueued ? 'pending' : 'lost';
    this.#counts[kind] = this.missing();
    this.#domains.settle(kind);
    if (kind === 'lost') this.#recorder.counter('delivery_lost').add(this.missing());
    const unread = how === 'unread' ? 'not everything could be looked at, see the notes' : '';
    const detail = isQueued ? `the server's queue still held ${queued}` : unread;
    if (this.missing() === 0) return;
    for (const key of this.#ledger.keys(ACCEPTED | ARRIVED | BOUNCED, ACCEPTED)) {
      if (!this.#cases.hasRoom(kind)) return;
      this.#cases.add({ ...this.#copyOf(key), kind, atUs: null, detail });
    }
  }

  #settleUnconfirmed(): void {
    const counter = this.#recorder.counter('delivery_unconfirmed');
    for (const key of this.#ledger.keys(ACCEPTED | ARRIVED, ARRIVED)) {
      this.#counts.unconfirmed++;
      if ((this.#ledger.flags(key) & WARMUP) === 0) counter.add(1);
      if (!this.#cases.hasRoom('unconfirmed')) continue;
      const atUs = this.#ledger.firstAtMs(key) * 1000;
      this.#cases.add({
        ...this.#copyOf(key),
        kind: 'unconfirmed',
        atUs,
        detail: 'no 250 was received for it',
      });
    }
  }

  #settleCandidates(): void {
    this.#addCases('bounced', this.#bounces, ACCEPTED | ARRIVED, ACCEPTED);
    this.#addCases('late', this.#lates, ACCEPTED | LATE, ACCEPTED | LATE);
    const duplicates = this.#duplicates.map((one) => ({
      ...one,
      detail: this.#repeats.isExcused(one.key)
        ? `${one.detail}; an earlier one of it was never acknowledged`
        : one.detail,
    }));
    this.#addCases('duplicated', duplicates, 0, 0);
  }

  #addCases(kind: DeliveryCase['kind'], from: readonly Candidate[], mask: number, wanted: number): void {
    for (const { key, atUs, detail } of from) {
      if ((this.#ledger.flags(key) & mask) === wanted)
        this.#cases.add({ ...this.#copyOf(key), kind, atUs, detail });
    }
  }

  #copy(number: number, index: number, recipients: readonly string[]): Copy {
    return { key: this.#key(number, index), number, recipient: recipients[index] as string };
  }

  /** Of a key in the ledger. */
  #copyOf(key: number): Pick<DeliveryCase, 'number' | 'recipient'> {
    const index = key % this.#options.maxRecipients;
    const number = (key - index) / this.#options.maxRecipients;
    return { number, recipient: this.#options.recipientsOf(number)[index] ?? '' };
  }

  #snapshot({ fromUs, toUs }: DeliveryWindow, isFinal: boolean): Snapshot {
    this.#counts.duplicatedUnacknowledged = this.#repeats.excused;
    const { instant, trends } = this.#recorder.swap();
    const counts = difference(this.#counts, this.#taken);
    const warmup = this.#warmup - this.#warmupTaken;
    const placements = this.#placements;
    this.#taken = { ...this.#counts };
    this.#warmupTaken = this.#warmup;
    this.#placements = {};
    return {
      ...NOTHING,
      ...instant,
      seq: this.#seq++,
      fromUs,
      toUs,
      trends: Object.fromEntries(everyOf(trends)),
      delivery: {
        counts,
        cases: this.#cases.take(),
        domains: this.#domains.take(),
        placements,
        warmup,
        notes: this.#notes.take(isFinal),
      },
      final: isFinal,
    };
  }
}

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

function indexOfAddress(recipients: readonly string[], address: string): number {
  const wanted = address.toLowerCase();
  return recipients.findIndex((recipient) => recipient.toLowerCase() === wanted);
}

function firstFlags({ warmup }: Receipt, isLate: boolean, isAcknowledged: boolean): number {
  return (
    ARRIVED | (isLate ? LATE : 0) | (warmup === true ? WARMUP : 0) | (isAcknowledged ? 0 : UNACKNOWLEDGED)
  );
}

/** From MAIL to receipt; 0 where the stamp did not tell. */
function durationUs({ at, sent }: Receipt): number {
  return sent === null ? 0 : at - sent;
}

function lateDetail(receipt: Receipt): string {
  return `after ${(durationUs(receipt) / 1e6).toFixed(1)} s, receipt ${receipt.id}`;
}

function keep(list: Candidate[], candidate: Candidate): void {
  if (list.length < MAX_CANDIDATES) list.push(candidate);
}

function difference(now: DeliveryCounts, before: DeliveryCounts): DeliveryCounts {
  const keys = Object.keys(NO_DELIVERY_COUNTS) as (keyof DeliveryCounts)[];
  return Object.fromEntries(keys.map((key) => [key, now[key] - before[key]])) as unknown as DeliveryCounts;
}

function everyOf<T>(iterator: Iterator<T>): Iterable<T> {
  return { [Symbol.iterator]: () => iterator };
}
