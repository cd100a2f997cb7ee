/**
 * The messages between an embedded sink (process.ts) and the process that started it (embedded.ts).
 *
 * Parent: `start` once, then `stop` once. Child: `listening` or `failed`, then one `health` a second, and after `stop`
 * a last `health` and `stopped`. All of it is plain JSON.
 */
import type { SinkCounts } from '../counts.js';
import type { GroupOptions, SinkHealth } from './group.js';
import type { PackedError } from './packed-error.js';

export type ToSink = { readonly kind: 'start'; readonly options: GroupOptions } | { readonly kind: 'stop' };

export type FromSink =
  | { readonly kind: 'listening'; readonly host: string; readonly port: number }
  | { readonly kind: 'failed'; readonly error: PackedError }
  | { readonly kind: 'health'; readonly sample: SinkHealth }
  | { readonly kind: 'stopped'; readonly counts: SinkCounts };
