/**
 * Verification: asks readers until every copy was seen or the time is up, and closes the tracker. For receipts of a run
 * that is over; what a run does meanwhile is run/'s.
 *
 * The readers are open. They are closed before the tracker's last snapshot is taken, so that what they say at the end is
 * in it. Clock and sleep are parameters.
 */
import type { Snapshot } from '../metrics/snapshot.js';
import { howItEnded, Looks } from './looks.js';
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
  /** Called once, with what is to be done at the moment when it is stopped. */
  readonly onStop: (stop: () => void) => void;
}

const INTERVAL_MS = 1_000;

export interface Verification {
  /** The one snapshot that says what became of every copy: number 0, and final. */
  readonly snapshot: Snapshot;
  /** Copies are missing, and not everything could be looked at. */
  readonly isUnread: boolean;
}

export async function verifyDelivery(options: VerificationOptions): Promise<Verification> {
  const { tracker, readers, waitMs, nowUs, sleep, isStopped, onStop } = options;
  const looks = new Looks(readers, (sentence) => tracker.skipped(sentence));
  onStop(() => looks.giveUp());
  const fromUs = nowUs();
  const untilUs = fromUs + waitMs * 1000;
  const isEnough = () => isStopped() || tracker.isComplete();
  const isWhole = await looks.repeat({ everyMs: INTERVAL_MS, untilUs, nowUs, sleep, isEnough });
  for (const reader of readers) await reader.close();
  const how = howItEnded({ isComplete: tracker.isComplete(), isCut: isStopped(), isWhole });
  const snapshot = tracker.finish({ fromUs, toUs: nowUs(), how, queued: null });
  return { snapshot, isUnread: how === 'unread' };
}
