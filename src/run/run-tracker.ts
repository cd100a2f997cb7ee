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
  readonly envelope: {
    readonly from: string;
    readonly to: readonly Omit<RecipientEntry, 'expect'>[];
  };
  /** Where the scenario's code decides it; null: the envelope does. */
  readonly recipientsOf: ((number: number) => readonly string[]) | null;
  readonly lateMs: number;
  /** Files and URLs that receipts are read from. */
  readonly receipts: readonly string[];
}

/** Throws UsageError as the shard does that sends to these recipients. */
export function createRunTracker({
  run,
  seed,
  envelope,
  recipientsOf,
  lateMs,
  receipts,
}: RunTrackerOptions): DeliveryTracker {
  const { from, to } = envelope;
  return createDeliveryTracker({
    run,
    recipientsOf:
      recipientsOf ?? createRecipientsOf({ seed, to: to.map((entry) => ({ ...entry, expect: null })) }),
    // Bounces that quote nothing are told apart by a pattern, and code has none.
    from: recipientsOf === null ? from : '',
    lateMs,
    isElsewhere: receipts.some(isReceiptUrl),
  });
}
