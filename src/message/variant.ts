/**
 * Message variant: one composed message in wire form, and per message the few bytes in it that differ.
 *
 * The wire form is split behind the last byte that differs. The tail is shared by all messages and never written to;
 * the head is copied into the caller's buffer and patched there. Per message this costs one copy of the head, some
 * digits and one small object; only where a placeholder stands in the body is the body digested again.
 * Stamp, Message-ID, Date and {{seq}} are what differs (RFC 5322 §3.6; the stamp is ours).
 */
import { isAscii } from 'node:buffer';
import { BugError } from '../errors.js';
import { DATE_BYTES, DateField } from './date-field.js';
import { findMarkers } from './placeholder.js';
import type { SignatureMould } from './signature-mould.js';
import type { StampLayout } from './stamp.js';
import {
  bodyDigest,
  bodyOffset,
  NUMBER_DIGITS,
  patchStamp,
  stampLayout,
  withStamp,
  writeDigits,
} from './stamp.js';
import type { TailPool } from './tail-pool.js';

/** One message's bytes for the wire: head, then tail. */
export interface Content {
  /** As encoded for the wire: headBytes + tail.length. */
  readonly lengthBytes: number;
  readonly headBytes: number;
  /** Shared by all messages of a variant, and of others that end alike; never written to. */
  readonly tail: Buffer;
  /** Writes headBytes bytes into target at offset; sentAtUs is µs since the epoch and is rounded down. */
  writeHead(target: Buffer, at: number, sentAtUs: number): void;
}

/** A composed message without its stamp: CRLF line ends, not stuffed, markers where numbers belong. */
export interface ComposedMessage {
  readonly bytes: Buffer;
  readonly marker: string;
  /** For signatures at its very beginning that each message has of its own. */
  readonly moulds?: readonly SignatureMould[];
}

export interface VariantOptions {
  readonly run: string;
  /** Makes bytes fit for DATA (dot-stuffed, terminator appended) or for BDAT. */
  readonly encode: (message: Buffer) => Buffer;
  /** Of variants that may end alike; nothing is shared without. */
  readonly tails?: TailPool;
}

/** Where the bytes that differ lie. */
interface Places {
  readonly numbers: readonly number[];
  readonly date: number;
}

export class MessageVariant {
  /** The whole message as RFC 1870 counts it: before stuffing, without the terminator. */
  readonly sizeBytes: number;
  /** True when it holds bytes over 127, so that a server needs BODY=8BITMIME to take it (RFC 6152). */
  readonly is8bit: boolean;
  /** True when its headers do, which only SMTPUTF8 allows (RFC 6531 §3.2). */
  readonly hasUtf8Headers: boolean;
  readonly lengthBytes: number;
  readonly headBytes: number;
  readonly tail: Buffer;
  readonly #head: Buffer;
  readonly #places: Places;
  readonly #layout: StampLayout;
  readonly #body: PatchedBody | null;
  readonly #date = new DateField();
  readonly #moulds: readonly SignatureMould[];

  constructor(composed: ComposedMessage, options: VariantOptions) {
    const message = withStamp(composed.bytes, options.run);
    const wire = options.encode(message);
    this.#layout = stampLayout(options.run);
    this.#places = locate(wire, composed.marker);
    this.#body = PatchedBody.of(message, composed.marker);
    this.#moulds = composed.moulds ?? [];
    this.sizeBytes = message.length;
    this.is8bit = has8bit(message);
    this.hasUtf8Headers = has8bit(message.subarray(0, bodyOffset(message)));
    this.lengthBytes = wire.length;
    const patchedBytes = Math.max(
      this.#places.date + DATE_BYTES,
      (this.#places.numbers.at(-1) ?? 0) + NUMBER_DIGITS,
    );
    const parts = options.tails?.split(wire, patchedBytes);
    this.#head = parts?.head ?? wire.subarray(0, patchedBytes);
    this.tail = parts?.tail ?? wire.subarray(patchedBytes);
    this.headBytes = this.#head.length;
  }

  /** `number` is 0 … MAX_NUMBER. */
  content(number: number, isWarmup: boolean): Content {
    return new PatchedContent(this, number, isWarmup);
  }

  writeHead(target: Buffer, at: number, fields: Patch): void {
    this.#head.copy(target, at);
    patchStamp(target, at, this.#layout, fields);
    for (const place of this.#places.numbers) writeDigits(target, at + place, fields.number, NUMBER_DIGITS);
    this.#date.write(target, at + this.#places.date, fields.sentAtUs);
    if (this.#body !== null) {
      target.write(this.#body.digest(fields.number), at + this.#layout.digestOffset, 'latin1');
    }
    const { number, sentAtUs } = fields;
    const date = this.#date;
    for (const mould of this.#moulds)
      mould.write(target, at + this.#layout.lengthBytes, { number, sentAtUs, date });
  }
}

/** What differs each time a message is sent. */
export interface Patch {
  readonly number: number;
  readonly isWarmup: boolean;
  /** µs since the epoch. */
  readonly sentAtUs: number;
}

/** A message whose head is patched for each time it is sent. */
export interface Patchable extends Pick<Content, 'lengthBytes' | 'headBytes' | 'tail'> {
  writeHead(target: Buffer, at: number, patch: Patch): void;
}

export class PatchedContent implements Content {
  readonly lengthBytes: number;
  readonly headBytes: number;
  readonly tail: Buffer;
  readonly number: number;
  readonly isWarmup: boolean;
  sentAtUs = 0;
  readonly #message: Patchable;

  constructor(message: Patchable, number: number, isWarmup: boolean) {
    this.lengthBytes = message.lengthBytes;
    this.headBytes = message.headBytes;
    this.tail = message.tail;
    this.number = number;
    this.isWarmup = isWarmup;
    this.#message = message;
  }

  writeHead(target: Buffer, at: number, sentAtUs: number): void {
    this.sentAtUs = Math.floor(sentAtUs);
    this.#message.writeHead(target, at, this);
  }
}

/** The body of a variant with numbers in it, before stuffing, so that each message's own digest can be taken. */
class PatchedBody {
  readonly #bytes: Buffer;
  readonly #numbers: readonly number[];

  static of(message: Buffer, marker: string): PatchedBody | null {
    const body = message.subarray(bodyOffset(message));
    const numbers = findMarkers(body, marker);
    return numbers.length === 0 ? null : new PatchedBody(body, numbers);
  }

  private constructor(body: Buffer, numbers: readonly number[]) {
    this.#bytes = body;
    this.#numbers = numbers;
  }

  digest(number: number): string {
    for (const place of this.#numbers) writeDigits(this.#bytes, place, number, NUMBER_DIGITS);
    return bodyDigest(this.#bytes);
  }
}

function locate(wire: Buffer, marker: string): Places {
  const name = '\r\nDate: ';
  const field = wire.subarray(0, bodyOffset(wire)).indexOf(name);
  const date = field + name.length;
  if (field < 0 || wire.indexOf('\r\n', date) !== date + DATE_BYTES) {
    throw new BugError('A composed message has no Date field of 31 characters.');
  }
  return { numbers: findMarkers(wire, marker), date };
}

function has8bit(bytes: Buffer): boolean {
  return !isAscii(bytes);
}
