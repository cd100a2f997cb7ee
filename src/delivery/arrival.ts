/**
 * Arrival: what a message that arrived says about itself: its stamp, its size, and whether it is whole.
 *
 * Pure. Used by every receiver that holds the bytes: the sink, and the readers of mailboxes.
 */
import { bodyDigest, bodyOffset, parseStamp } from '../message/stamp.js';
import type { Receipt } from './receipt.js';

/** The part of a receipt that comes from the message alone. */
export type Arrival = Pick<
  Receipt,
  'run' | 'number' | 'warmup' | 'sent' | 'bytes' | 'digest' | 'intact' | 'reencoded' | 'dsn'
>;

/** `message` as received: not dot-stuffed, without terminator. Never throws, whatever it holds. */
export function examineArrival(message: Uint8Array): Arrival {
  const stamp = parseStamp(message);
  const digest = bodyDigest(message.subarray(bodyOffset(message)));
  return {
    run: stamp?.run ?? null,
    number: stamp?.number ?? null,
    warmup: stamp?.isWarmup ?? null,
    sent: stamp?.sentAtUs ?? null,
    bytes: message.length,
    digest,
    intact: stamp === null ? null : stamp.bodyDigest === digest,
  };
}
