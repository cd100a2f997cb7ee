/**
 * Run watcher: what a run tells while it goes on, to those who show it or pass it on. Nothing of it is waited for.
 */
import type { LiveView } from '../result/live-fold.js';
import type { ThresholdResult } from '../result/result.js';
import type { DeliveryWatch } from './delivery-watch.js';

/** Copies that are missing, and how long they are waited for. */
export type Waiting = NonNullable<DeliveryWatch['waiting']>;

export interface RunWatcher {
  /** The load begins now. */
  readonly onBegin?: () => void;
  /** Once a second; `waiting` when the load is over and copies are waited for. */
  readonly onProgress?: (view: LiveView, waiting: Waiting | null) => void;
  /** Once a second: the thresholds that fail on what was seen so far. */
  readonly onFailing?: (rows: readonly ThresholdResult[]) => void;
  /** A threshold ends the run. */
  readonly onAbort?: (row: ThresholdResult) => void;
  /** The run is cut short. */
  readonly onStopping?: (reason: string) => void;
  /** The load is over, and accepted copies are looked for. */
  readonly onWaiting?: () => void;
}
