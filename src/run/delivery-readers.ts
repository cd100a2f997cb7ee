/**
 * Delivery readers of a run: where the scenario says that copies and bounces arrive, each place once.
 */
import { createImapReader } from '../delivery/imap-reader.js';
import { createMaildirReader } from '../delivery/maildir-reader.js';
import type { DeliveryReader } from '../delivery/reader.js';
import { createReceiptReaders } from '../delivery/receipt-readers.js';
import { BugError } from '../errors.js';
import type { Delivery } from '../scenario/delivery-options.js';

export interface ReaderContext {
  readonly run: string;
  readonly seed: number;
  /** Receipts of the run's own sink; null where it has none. */
  readonly ownReceipts: string | null;
}

export function createReaders(delivery: Delivery, context: ReaderContext): DeliveryReader[] {
  const places = new Set([delivery.expect, ...(delivery.bounces === null ? [] : [delivery.bounces])]);
  return [...places].flatMap((place) => readersOf(place, delivery, context));
}

function readersOf(
  place: Delivery['expect'],
  { sink, imap, maildir, sample }: Delivery,
  { run, seed, ownReceipts }: ReaderContext,
): DeliveryReader[] {
  // Opened before the first message is sent: what is there then is not of this run, however much it is.
  const mailboxes = { run, seed, sample, history: false };
  if (place === 'sink' && sink !== null)
    return createReceiptReaders([...(ownReceipts === null ? [] : [ownReceipts]), ...sink.receipts]);
  if (place === 'imap' && imap !== null) return [createImapReader(imap, mailboxes)];
  if (place === 'maildir' && maildir !== null) return [createMaildirReader(maildir, mailboxes)];
  throw new BugError(`delivery in ${place} passed its rules without saying where that is`);
}
