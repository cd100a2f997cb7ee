/**
 * Verification: asks readers until every copy was seen or the time is up, and closes the tracker. For receipts of a run
 * that is over; what a run does meanwhile is run/'s.
 *
 * The readers are open. They are closed before the tracker's last snapshot is taken, so that what they say at the end is
 * in it. Clock and sleep are parameters.
 */
import type { Snapshot } from '../metrics/snapshot.js';
import type { DeliveryReader } from './reader.js';
import type { DeliveryTracker } from './tracker.js';

export interface VerificationOptions {
  /** It knows already what was accepted. */
  readonly tracker: DeliveryTracker;
  readonly readers: readonly DeliveryReader[];
  /** How long to go on asking for copies that are missing; 0: once. */
  readonly waitMs: number;
  readonly nowUs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** True: no longer. */
  readonly isStopped: () => boolean;
}

const INTERVAL_MS = 1_000;

/** The one snapshot that says what became of every copy: number 0, and final. */
export async function verifyDelivery(options: VerificationOptions): Promise<Snapshot> {
  const { tracker, readers, waitMs, nowUs, sleep, isStopped } = options;
  const fromUs = nowUs();
  const untilUs = fromUs + waitMs * 1000;
  for (;;) {
    for (const reader of readers) await reader.read();
    if (tracker.isComplete() || isStopped() || nowUs() >= untilUs) break;
    await sleep(Math.min(INTERVAL_MS, (untilUs - nowUs()) / 1000));
  }
  for (const reader of readers) await reader.close();
  return tracker.finish({ fromUs, toUs: nowUs(), how: isStopped() ? 'cut' : 'waited', queued: null });
}
