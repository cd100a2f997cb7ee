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
import type { Snapshot } from '../metrics/snapshot.js';
import { DELIVERY_SOURCE } from '../result/delivery-fold.js';
import { CaseList, NoteList } from './case-list.js';
import { CopyStates, type CopyStatesOptions } from './copy-states.js';
import { FinalCases, type WaitEnd } from './final-cases.js';
import { CopyFlag } from './ledger.js';
import type { DeliveryListener } from './reader.js';
import type { Notification, Receipt } from './receipt.js';
import { ReceiptIds } from './receipt-ids.js';
import { Repeats } from './repeats.js';
import { DeliverySnapshots, type DeliveryWindow } from './snapshots.js';
import { compileVerp, type NumberOfAddress } from './verp.js';

export { DELIVERY_SOURCE };

export interface DeliveryTrackerOptions extends CopyStatesOptions {
  /** The run token of the stamps. */
  readonly run: string;
  /** `envelope.from` of each executor; its `{{seq}}`, where it has one, tells which message a bounce is about. */
  readonly from: readonly string[];
  /** A copy that took longer from MAIL to receipt is late. */
  readonly lateMs: number;
  /** Receipts may be made on another host, whose clock is not ours. */
  readonly isElsewhere: boolean;
}

export interface DeliveryEnd extends DeliveryWindow, WaitEnd {}

export interface DeliveryTracker extends DeliveryListener {
  /** A shard's snapshot: its `accepted` less its `refusedCopies`. */
  noteAccepted(snapshot: Pick<Snapshot, 'accepted' | 'refusedCopies'>): void;
  /** Every copy accepted so far has arrived or bounced. */
  isComplete(): boolean;
  /** Copies accepted that have not, so far. */
  missing(): number;
  /** Receipts whose 250 was not written so far, as far as is known. */
  unacknowledged(): number;
  /** What changed since the last call, as a snapshot of source `delivery`. */
  take(window: DeliveryWindow): Snapshot;
  /** The last one: what did not arrive is lost or pending. Nothing may be told afterwards. */
  finish(end: DeliveryEnd): Snapshot;
}

export function createDeliveryTracker(options: DeliveryTrackerOptions): DeliveryTracker {
  return new Tracker(options);
}

interface Copy {
  readonly key: number;
  readonly number: number;
  readonly recipient: string;
}

const { ACCEPTED, ARRIVED, BOUNCED, LATE, WARMUP, UNACKNOWLEDGED, REPEATED } = CopyFlag;

class Tracker implements DeliveryTracker {
  readonly #options: DeliveryTrackerOptions;
  readonly #numberOfReturnPath: NumberOfAddress;
  readonly #copies: CopyStates;
  readonly #ids = new ReceiptIds();
  readonly #repeats: Repeats;
  readonly #recorder = new Recorder();
  readonly #duplicated: CounterHandle = this.#recorder.counter('delivery_duplicated');
  readonly #corrupted: CounterHandle = this.#recorder.counter('delivery_corrupted');
  readonly #cases = new CaseList();
  readonly #notes = new NoteList();
  readonly #finalCases: FinalCases;
  readonly #snapshots: DeliverySnapshots;
  #delayed = 0;

  constructor(options: DeliveryTrackerOptions) {
    this.#options = options;
    this.#numberOfReturnPath = compileVerp(options.from);
    const [copies, cases, notes, recorder] = [
      new CopyStates(options),
      this.#cases,
      this.#notes,
      this.#recorder,
    ];
    const repeats = new Repeats(copies.ledger, this.#ids);
    this.#copies = copies;
    this.#repeats = repeats;
    this.#finalCases = new FinalCases({ copies, cases, repeats, recorder });
    this.#snapshots = new DeliverySnapshots({
      copies,
      cases,
      notes,
      recorder,
      isElsewhere: options.isElsewhere,
    });
    if (options.isElsewhere) {
      this.#notes.add(
        'clock: unsynchronised: receipts were read from a sink elsewhere; where that is another host, delivery times hold the difference of the clocks.',
      );
    }
  }

  noteAccepted({ accepted, refusedCopies }: Pick<Snapshot, 'accepted' | 'refusedCopies'>): void {
    const copies = this.#copies;
    const refused = new Map(refusedCopies.map(([number, ...indexes]) => [number, indexes]));
    for (const [first, count, step] of accepted) {
      for (let nth = 0; nth < count; nth++) {
        const number = first + nth * step;
        const without = refused.get(number);
        this.#options.recipientsOf(number).forEach((recipient, index) => {
          if (without?.includes(index) !== true) this.#accept(copies.keyOf(number, index), recipient);
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
    return this.#copies.missing;
  }

  unacknowledged(): number {
    return this.#repeats.unacknowledged;
  }

  take(window: DeliveryWindow): Snapshot {
    return this.#take(window, false);
  }

  finish(end: DeliveryEnd): Snapshot {
    this.#finalCases.settle(end);
    if (this.#delayed > 0) {
      const notices = this.#delayed === 1 ? '1 notice' : `${this.#delayed} notices`;
      this.#notes.add(`${notices} said that a copy is delayed; that decides nothing.`);
    }
    if (this.#repeats.notKept > 0) {
      this.#notes.add(
        `${this.#repeats.notKept} copies arrived more than once and were not examined for missing acknowledgements: too many did.`,
      );
    }
    return this.#take(end, true);
  }

  #take(window: DeliveryWindow, isFinal: boolean): Snapshot {
    this.#copies.counts.duplicatedUnacknowledged = this.#repeats.excused;
    return this.#snapshots.take(window, isFinal);
  }

  #accept(key: number, recipient: string): void {
    const { ledger } = this.#copies;
    const before = ledger.flags(key);
    this.#copies.accept(key, recipient);
    const isHeardOf = (before & ACCEPTED) === 0 && (before & (ARRIVED | BOUNCED)) !== 0;
    if (isHeardOf) this.#snapshots.settle(ledger.firstAtMs(key) * 1000);
  }

  /** It leaves the backlog when it is first heard of; what is not known as accepted was never in it, and waits. */
  #hear(key: number, before: number, atUs: number): void {
    if ((before & (ARRIVED | BOUNCED)) !== 0) return;
    if ((before & ACCEPTED) !== 0) this.#snapshots.settle(atUs);
    else this.#copies.ledger.setFirstAtMs(key, Math.floor(atUs / 1000));
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
    const before = this.#copies.ledger.flags(key);
    const isFirst = (before & ARRIVED) === 0;
    const isLate = durationUs(receipt) > this.#options.lateMs * 1000;
    const after = isFirst
      ? before | firstFlags(receipt, isLate, isAcknowledged)
      : (isLate ? before : before & ~LATE) | REPEATED;
    const atMs = Math.floor(receipt.at / 1000);
    if (!isFirst) this.#repeats.add(key, receipt.id, atMs, isAcknowledged);
    const domain = this.#copies.domains.nameOf(recipient);
    if (!this.#copies.change(key, after, domain)) {
      this.#unexpected(receipt, recipient, 'far from every number that was sent');
      return;
    }
    this.#hear(key, before, receipt.at);
    if (isFirst) this.#first(receipt, key, atMs, domain);
    else this.#again(receipt, key);
    if (!isAcknowledged) this.#repeats.wait(receipt.id, key);
    if (isLate) this.#finalCases.keep('late', { key, atUs: receipt.at, detail: lateDetail(receipt) });
    if (receipt.intact === false) this.#changed(receipt, copy);
  }

  #first(receipt: Receipt, key: number, atMs: number, domain: string): void {
    this.#copies.ledger.setFirstAtMs(key, atMs);
    if (receipt.placement !== undefined) this.#snapshots.place(receipt.placement);
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
    this.#copies.counts.duplicated++;
    if (receipt.warmup !== true) this.#duplicated.add(1);
    this.#finalCases.keep('duplicated', {
      key,
      atUs: receipt.at,
      detail: `receipt ${receipt.id} from ${receipt.peer}`,
    });
  }

  /** The body is not what was sent. */
  #changed(receipt: Receipt, { number, recipient }: Copy): void {
    const kind = receipt.reencoded === true ? 'reencoded' : 'corrupted';
    this.#copies.counts[kind]++;
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
      else this.#bounce(this.#copies.keyOf(number, index), recipients[index] as string, receipt.at, detail);
    }
  }

  #bounce(key: number, recipient: string, atUs: number, detail: string): void {
    const before = this.#copies.ledger.flags(key);
    if ((before & BOUNCED) === 0) this.#finalCases.keep('bounced', { key, atUs, detail });
    const domain = this.#copies.domains.nameOf(recipient);
    this.#copies.change(key, before | BOUNCED, domain);
    this.#hear(key, before, atUs);
  }

  /** The message a notification is about; its stamp says more than the address. */
  #subjectOf({ rcpt }: Receipt, { run, number }: Notification): number | null {
    if (run !== null) return run === this.#options.run ? number : null;
    return this.#verpNumber(rcpt);
  }

  #verpNumber(addresses: readonly string[]): number | null {
    for (const address of addresses) {
      const number = this.#numberOfReturnPath(address);
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
    this.#copies.counts.unexpected++;
    const { number, at: atUs, id, from, bytes } = receipt;
    const detail = `${why}; from <${from}>, ${bytes} bytes, receipt ${id}`;
    this.#cases.add({ kind: 'unexpected', number, recipient, atUs, detail });
  }

  #copy(number: number, index: number, recipients: readonly string[]): Copy {
    return { key: this.#copies.keyOf(number, index), number, recipient: recipients[index] as string };
  }
}

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
