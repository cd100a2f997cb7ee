/**
 * Run tracker: a delivery tracker for the copies of one run, whether that goes on or is over.
 */
import { isReceiptUrl } from '../delivery/receipt-url.js';
import { createDeliveryTracker, type DeliveryTracker } from '../delivery/tracker.js';
import type { RecipientEntry } from '../scenario/scenario.js';
import { createRecipientsOf } from '../shard/recipients-of.js';

export interface RunTrackerOptions {
  readonly run: string;
  readonly seed: number;
  /** By the number of a message modulo their number; at least one. */
  readonly envelopes: readonly SoughtEnvelope[];
  /** Where the scenario's code decides it; null: the envelope does. */
  readonly recipientsOf: ((number: number) => readonly string[]) | null;
  readonly lateMs: number;
  /** Files and URLs that receipts are read from. */
  readonly receipts: readonly string[];
}

export interface SoughtEnvelope {
  readonly from: string;
  readonly to: readonly Omit<RecipientEntry, 'expect'>[];
}

/** Throws UsageError as the shard does that sends to these recipients. */
export function createRunTracker({
  run,
  seed,
  envelopes,
  recipientsOf,
  lateMs,
  receipts,
}: RunTrackerOptions): DeliveryTracker {
  return createDeliveryTracker({
    run,
    recipientsOf: recipientsOf ?? recipientsOfAll(seed, envelopes),
    // Bounces that quote nothing are told apart by a pattern, and code has none.
    from: recipientsOf === null ? envelopes.map(({ from }) => from) : [],
    lateMs,
    isElsewhere: receipts.some(isReceiptUrl),
  });
}

function recipientsOfAll(
  seed: number,
  envelopes: readonly SoughtEnvelope[],
): (number: number) => readonly string[] {
  const each = envelopes.map(({ to }) =>
    createRecipientsOf({
      seed,
      executors: envelopes.length,
      to: to.map((entry) => ({ ...entry, expect: null })),
    }),
  );
  return (number) => (each[number % each.length] as (typeof each)[number])(number);
}
