/**
 * What passes between a run and a shard that lives elsewhere: in a worker thread now, on another host later.
 */
import type { Snapshot } from '../metrics/snapshot.js';
import type { MessageBatch } from './message-report.js';

export type ToShard =
  /** Begin at this moment, µs since the epoch, the same for all shards. */
  | { readonly type: 'start'; readonly atUs: number }
  /** Start no further iterations; let those in flight finish. */
  | { readonly type: 'stop' }
  /** Cut off what is in flight. */
  | { readonly type: 'abort' };

export type FromShard =
  | { readonly type: 'ready' }
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot; readonly messages: MessageBatch }
  /** After the last snapshot. */
  | { readonly type: 'end' }
  | {
      readonly type: 'failed';
      /** Who has to act: its user, the scenario's code, or we. */
      readonly kind: 'refused' | 'code' | 'bug';
      readonly code: string;
      readonly message: string;
      /** What to do about it; '' when the message says it all. */
      readonly hint: string;
      readonly stack: string;
    };
