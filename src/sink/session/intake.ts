/**
 * Intake: what becomes of a message that is about to be answered with 250: kept, receipted, lost, doubled or bounced.
 *
 * When `take` has returned ids, their receipts are with the kernel: the 250 may be written. Over LMTP, where each
 * recipient has a reply of its own, it is asked once for each, so that each 250 has its receipt before it.
 */
import { type Arrival, examineArrival } from '../../delivery/arrival.js';
import type { Undeliverable } from '../bounces/bounce.js';
import type { MutableCounts } from '../counts.js';
import type { Fate } from '../judge.js';
import type { KeptMail } from '../receipts/kept-mail.js';
import type { ReceiptLog } from '../receipts/receipt-log.js';
import type { AddressCommand } from './address-command.js';

/** Of MAIL and, in the same order, of each RCPT. */
export interface EnvelopeParameters {
  readonly mail: AddressCommand['args'];
  readonly recipients: readonly AddressCommand['args'][];
}

export interface Parcel {
  readonly message: Buffer;
  readonly session: string;
  readonly peer: string;
  readonly from: string;
  readonly recipients: readonly string[];
  readonly parameters: EnvelopeParameters;
  /** Of this transaction, µs by verb; null where nothing was held back. */
  readonly held: Readonly<Record<string, number>> | null;
  readonly fate: Fate | null;
}

export interface IntakeOptions {
  readonly receipts: ReceiptLog | null;
  readonly kept: KeptMail | null;
  readonly counts: MutableCounts;
  /** Of this process, unique. */
  readonly boot: string;
  readonly wallUs: () => number;
  /** A message is to come back, after so long. */
  readonly onBounce: (message: Undeliverable, afterMs: number) => void;
}

const NO_IDS: readonly string[] = [];

export class Intake {
  readonly #options: IntakeOptions;
  #number = 0;
  /** The message looked at last: over LMTP it is asked for again. */
  #examined: { readonly message: Buffer; readonly arrival: Arrival } | null = null;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** The ids of its receipts, to be acknowledged when the reply has left; null when the disk did not take it. */
  take(parcel: Parcel): readonly string[] | null {
    const { counts, receipts, kept } = this.#options;
    const { fate } = parcel;
    if (fate?.kind === 'lose') {
      counts.lost++;
      return NO_IDS;
    }
    if (fate?.kind === 'bounce') {
      counts.bounced++;
      this.#options.onBounce(this.#undeliverable(parcel, fate), fate.afterMs);
      return NO_IDS;
    }
    const isTwice = fate?.kind === 'twice';
    if (receipts === null && kept === null) {
      if (isTwice) counts.doubled++;
      return NO_IDS;
    }
    return this.#deliver(parcel, isTwice);
  }

  acknowledge(ids: readonly string[]): void {
    for (const id of ids) this.#options.receipts?.acknowledge(id);
  }

  #deliver(parcel: Parcel, isTwice: boolean): readonly string[] | null {
    const { counts } = this.#options;
    const first = this.#store(parcel);
    if (first === null) {
      counts.unwritten++;
      return null;
    }
    const second = isTwice ? this.#store(parcel) : null;
    if (second === null) return [first];
    counts.doubled++;
    return [first, second];
  }

  /** Its id; null when it or its receipt could not be written. */
  #store(parcel: Parcel): string | null {
    const { receipts, kept, boot, wallUs } = this.#options;
    const id = this.#newId();
    if (kept !== null && !kept.keep(id, parcel.message)) return null;
    if (receipts === null) return id;
    const { session, peer, from, recipients, held } = parcel;
    const at = wallUs();
    const arrival = this.#examine(parcel.message);
    const base = { v: 1 as const, id, boot, session, at, ...arrival, rcpt: [...recipients], peer, from };
    if (receipts.append(held === null ? base : { ...base, held })) return id;
    kept?.forget(id);
    return null;
  }

  #newId(): string {
    return `${this.#options.boot}-${(this.#number++).toString(36)}`;
  }

  #undeliverable(parcel: Parcel, { status, text }: Fate & { kind: 'bounce' }): Undeliverable {
    const { mail, recipients } = parcel.parameters;
    const ret = parameter(mail, 'RET').toUpperCase();
    return {
      id: this.#newId(),
      from: parcel.from,
      envelopeId: parameter(mail, 'ENVID'),
      ret: ret === 'FULL' || ret === 'HDRS' ? ret : null,
      arrivedAtMs: Math.round(this.#options.wallUs() / 1000),
      message: parcel.message,
      recipients: parcel.recipients.map((address, i) => {
        const args = recipients[i] ?? false;
        const notify = parameter(args, 'NOTIFY').toUpperCase();
        return {
          address,
          original: parameter(args, 'ORCPT'),
          notify: notify === '' ? [] : notify.split(','),
          status,
          text,
        };
      }),
    };
  }

  #examine(message: Buffer): Arrival {
    if (this.#examined?.message === message) return this.#examined.arrival;
    const arrival = examineArrival(message);
    this.#examined = { message, arrival };
    return arrival;
  }
}

function parameter(args: AddressCommand['args'], name: string): string {
  const value = args === false ? undefined : args[name];
  return typeof value === 'string' ? value : '';
}
