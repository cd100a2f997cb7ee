/**
 * Message supply: what one entry of `messages` has to send, message by message.
 *
 * One kind of entry composes a single variant, another draws among several or reads real mail; the source sees only this.
 * `forNumber` is synchronous and a pure function of (draw, number), so that any shard can make any message.
 */
import type { Draw } from '../scenario/draw.js';
import type { Content } from './variant.js';

export interface MessageSupply {
  /** `number` is 0 … MAX_NUMBER, global to the run. */
  forNumber(number: number, draw: Draw): PreparedMessage;
}

/** A message but for what differs each time: stamp, Message-ID, Date. */
export interface PreparedMessage {
  /** The whole message as RFC 1870 counts it: before stuffing, without the terminator. */
  readonly sizeBytes: number;
  /** It holds bytes over 127, so that a server needs BODY=8BITMIME to take it (RFC 6152). */
  readonly is8bit: boolean;
  /** Its headers do, which only SMTPUTF8 allows (RFC 6531 §3.2). */
  readonly hasUtf8Headers: boolean;
  content(number: number, isWarmup: boolean): Content;
}
