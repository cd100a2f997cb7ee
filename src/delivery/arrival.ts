/**
 * Arrival: what a message that arrived says about itself: its stamp, its size, and whether it is whole.
 *
 * Pure. Used by every receiver that holds the bytes: the sink, and the readers of mailboxes. Mail without a stamp is
 * looked at once more, for it may be a notification on mail of ours.
 */
import { bodyDigest, bodyOffset, parseStamp, type Stamp } from '../message/stamp.js';
import { readNotification } from './dsn.js';
import type { Receipt } from './receipt.js';
import { isReencoded } from './reencoding.js';

/** The part of a receipt that comes from the message alone. */
export type Arrival = Pick<
  Receipt,
  'run' | 'number' | 'warmup' | 'sent' | 'bytes' | 'digest' | 'intact' | 'reencoded' | 'dsn'
>;

/** `message` as received: not dot-stuffed, without terminator. Never throws, whatever it holds. */
export function examineArrival(message: Uint8Array): Arrival {
  const stamp = parseStamp(message);
  const digest = bodyDigest(message.subarray(bodyOffset(message)));
  return stamp === null ? examineForeign(message, digest) : examineOurs(message, digest, stamp);
}

function examineOurs(message: Uint8Array, digest: string, stamp: Stamp): Arrival {
  const { run, number, isWarmup, sentAtUs, bodyDigest: sent } = stamp;
  const intact = sent === digest;
  const ours = { run, number, warmup: isWarmup, sent: sentAtUs, bytes: message.length, digest, intact };
  return !intact && isReencoded(message, sent) ? { ...ours, reencoded: true } : ours;
}

function examineForeign(message: Uint8Array, digest: string): Arrival {
  const dsn = readNotification(message);
  const nothing = { run: null, number: null, warmup: null, sent: null, intact: null };
  return { ...nothing, bytes: message.length, digest, ...(dsn !== null && { dsn }) };
}
