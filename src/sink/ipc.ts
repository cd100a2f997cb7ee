/**
 * The messages between an embedded sink (process.ts) and the process that started it (embedded.ts).
 *
 * Parent: `start` once, then `stop` once. Child: `listening` or `failed`, then one `health` a second, and after `stop`
 * a last `health` and `stopped`. All of it is plain JSON.
 */
import type { Problem } from '../errors.js';
import type { LoopHealth } from './health.js';
import type { SinkOptions } from './options.js';
import type { SinkCounts } from './sink-server.js';

export type ToSink = { readonly kind: 'start'; readonly options: SinkOptions } | { readonly kind: 'stop' };

export type FromSink =
  | { readonly kind: 'listening'; readonly host: string; readonly port: number }
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly hint: string;
      /** Of the behaviours; empty where something else is wrong. */
      readonly problems: readonly Problem[];
    }
  | { readonly kind: 'health'; readonly sample: SinkHealth }
  | { readonly kind: 'stopped'; readonly counts: SinkCounts };

/** The sink's event loop in one window, and its totals since the start at the end of that window. */
export interface SinkHealth extends LoopHealth {
  readonly counts: SinkCounts;
}
