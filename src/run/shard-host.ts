/**
 * Shard host: where the shards of a run live. Worker threads here; other hosts are another implementation.
 */
import type { MailbenchError } from '../errors.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { MessageBatch } from '../shard/message-report.js';
import type { Plan } from '../shard/plan.js';

export interface ShardHost {
  /** Resolves when every shard is ready to begin. Rejects with a MailbenchError when one cannot be. */
  start(plans: readonly Plan[], listener: ShardHostListener): Promise<void>;
  /** All shards begin at this moment, µs since the epoch. */
  begin(atUs: number): void;
  /** No further iterations. */
  stop(): void;
  /** Cut off what is in flight. */
  abort(): void;
  /** Frees everything at once; nothing is reported afterwards. */
  terminate(): Promise<void>;
}

export interface ShardHostListener {
  onSnapshot(snapshot: Snapshot, messages: MessageBatch): void;
  /** Every shard has ended in order; the last call. */
  onEnd(): void;
  /** A shard is lost, or its scenario code failed; the others go on until told otherwise. */
  onLost(error: MailbenchError): void;
}
