/**
 * The messages between a sink's primary process (group.ts) and its workers (worker.ts). Plain JSON.
 *
 * Worker: `ready`, as what it is told before is lost. Primary: `start` once, then `ask` any number of times, each answered by
 * `answer` with the same number, then `stop`. Worker: `listening` or `failed`, `recall` whenever its behaviours need the
 * memory that all share, at last `stopped`.
 * The channel keeps the order: what was asked before is answered before.
 */
import type { SinkCounts } from '../counts.js';
import type { BehaviourOptions, SinkOptions } from '../options.js';
import type { Hit } from '../shared-state.js';
import type { LoopHealth } from './health.js';
import type { PackedError } from './packed-error.js';

export type ToWorker =
  | { readonly kind: 'start'; readonly options: SinkOptions }
  | { readonly kind: 'ask'; readonly number: number; readonly question: Question }
  /** One for each recall of a message, in order; messages are answered in order too. */
  | { readonly kind: 'recalled'; readonly values: readonly number[] }
  | { readonly kind: 'stop' };

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'listening'; readonly host: string; readonly port: number }
  | { readonly kind: 'failed'; readonly error: PackedError }
  | { readonly kind: 'answer'; readonly number: number; readonly answer: Answer }
  | { readonly kind: 'recall'; readonly recalls: readonly Recall[] }
  | { readonly kind: 'stopped'; readonly answer: Answer };

export type Question =
  | { readonly kind: 'counts' }
  /** Ends a window of health and begins the next. */
  | { readonly kind: 'health' }
  | { readonly kind: 'behave'; readonly behaviours: BehaviourOptions | null }
  | { readonly kind: 'clear-receipts' };

/** What a process of the sink says to any question. */
export interface Answer {
  /** Totals since its start. */
  readonly counts: SinkCounts;
  /** Only where it was asked for, and at the stop. */
  readonly health: LoopHealth | null;
  readonly error: PackedError | null;
}

/** One operation on the memory that all workers share (shared-state.ts). */
export type Recall =
  | { readonly kind: 'hit'; readonly key: string; readonly event: Hit }
  | { readonly kind: 'firstSeen'; readonly key: string; readonly nowMs: number; readonly keepMs: number }
  | { readonly kind: 'attempt'; readonly key: string }
  | { readonly kind: 'reset' };
