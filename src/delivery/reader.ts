/**
 * Delivery reader: where arrivals are read from. Receipts of a sink, IMAP mailboxes and Maildirs all look like this.
 *
 * The run asks about once a second; a reader that is told of news meanwhile (IDLE, a file that grew) may keep it until
 * then. What is read is told once, in any order. A source that cannot be read is an error of `open` only; later trouble
 * is told to the listener, because a run goes on without it.
 */
import type { Receipt } from './receipt.js';

export interface DeliveryListener {
  receipt(receipt: Receipt): void;
  /** The reply that took the message of this receipt was written. Mailboxes acknowledge everything they hold. */
  acknowledged(id: string): void;
  /** Something that could not be used, as a sentence: a torn line, a folder that is not there. */
  skipped(what: string): void;
}

export interface DeliveryReader {
  /** What its receipts are worth, as sentences for the result: `IMAP times are whole seconds`. Known before open. */
  readonly notes?: readonly string[];
  /** @throws EnvironmentError DELIVERY_… when the source is not there or lets nobody in */
  open(listener: DeliveryListener): Promise<void>;
  /**
   * Resolves when all that was there when it was called has been told. False where not everything could be looked at,
   * which the listener was told of: what is missing may be there. Never two calls at a time.
   */
  read(): Promise<boolean>;
  /** Ends a read that is under way. Never throws. */
  close(): Promise<void>;
}
