/**
 * The stamp: one header line that says which message this is, written by the sender and read wherever it arrives.
 *
 *   X-Mailbench: v=1; r=<run>; n=<10 digits>; w=<0|1>; t=<16 digits>; b=<16 hex>
 *
 * All fields but the run have a fixed width, so a composed message is patched in place. Written first in the message;
 * the reader takes the first line that parses, whatever relays put above it. Knows neither envelopes nor files.
 * RFC 5322 §2.2 (fields, folding), RFC 6376 §3.4.3 (the body as it is digested).
 */
import { hash } from 'node:crypto';

export const STAMP_HEADER = 'X-Mailbench';
export const NUMBER_DIGITS = 10;
/** Largest message number that fits the stamp. */
export const MAX_NUMBER = 10 ** NUMBER_DIGITS - 1;

export interface Stamp {
  /** 1 to 32 of A–Z a–z 0–9 _ and -. */
  readonly run: string;
  /** 0 … MAX_NUMBER, global to the run. */
  readonly number: number;
  readonly isWarmup: boolean;
  /** When MAIL was written, µs since the epoch, whole. */
  readonly sentAtUs: number;
  /** See bodyDigest. */
  readonly bodyDigest: string;
}

/** Where the fields of a run's stamp lie, counted from the start of the line. */
export interface StampLayout {
  /** The line with its CRLF. */
  readonly lengthBytes: number;
  readonly numberOffset: number;
  readonly warmupOffset: number;
  readonly sentAtOffset: number;
  readonly digestOffset: number;
}

const SENT_AT_DIGITS = 16;
const DIGEST_DIGITS = 16;
const PREFIX = `${STAMP_HEADER}: v=1; r=`;
const NAME = `${STAMP_HEADER.toLowerCase()}:`;
const RUN = /^[A-Za-z0-9_-]{1,32}$/;
const VALUE = /^ v=1; r=([A-Za-z0-9_-]{1,32}); n=(\d{10}); w=([01]); t=(\d{16}); b=([0-9a-f]{16})$/;
const FOLD = /\r?\n(?=[ \t])/g;

/** True for a run token that a stamp, and a Message-ID, can carry. */
export function isStampRun(run: string): boolean {
  return RUN.test(run);
}

export function stampLayout(run: string): StampLayout {
  const numberOffset = PREFIX.length + run.length + '; n='.length;
  const warmupOffset = numberOffset + NUMBER_DIGITS + '; w='.length;
  const sentAtOffset = warmupOffset + 1 + '; t='.length;
  const digestOffset = sentAtOffset + SENT_AT_DIGITS + '; b='.length;
  return {
    lengthBytes: digestOffset + DIGEST_DIGITS + '\r\n'.length,
    numberOffset,
    warmupOffset,
    sentAtOffset,
    digestOffset,
  };
}

/** Writes the line with its CRLF at `at` and returns the offset behind it. */
export function writeStamp(target: Buffer, at: number, stamp: Stamp): number {
  const layout = stampLayout(stamp.run);
  target.write(`${PREFIX}${stamp.run}; n=`, at, 'latin1');
  target.write('; w=', at + layout.numberOffset + NUMBER_DIGITS, 'latin1');
  target.write('; t=', at + layout.warmupOffset + 1, 'latin1');
  target.write('; b=', at + layout.sentAtOffset + SENT_AT_DIGITS, 'latin1');
  target.write(`${stamp.bodyDigest}\r\n`, at + layout.digestOffset, 'latin1');
  patchStamp(target, at, layout, stamp);
  return at + layout.lengthBytes;
}

/** The message under a stamp of number 0, with the digest of its body. */
export function withStamp(message: Buffer, run: string): Buffer {
  const digest = bodyDigest(message.subarray(bodyOffset(message)));
  const stamped = Buffer.allocUnsafe(stampLayout(run).lengthBytes + message.length);
  const end = writeStamp(stamped, 0, { run, number: 0, isWarmup: false, sentAtUs: 0, bodyDigest: digest });
  message.copy(stamped, end);
  return stamped;
}

/** Overwrites number, warm-up mark and time of a stamp that stands at `at`; allocates nothing. */
export function patchStamp(
  target: Buffer,
  at: number,
  layout: StampLayout,
  fields: Pick<Stamp, 'number' | 'isWarmup' | 'sentAtUs'>,
): void {
  writeDigits(target, at + layout.numberOffset, fields.number, NUMBER_DIGITS);
  target[at + layout.warmupOffset] = fields.isWarmup ? 49 : 48;
  writeDigits(target, at + layout.sentAtOffset, fields.sentAtUs, SENT_AT_DIGITS);
}

/**
 * The first stamp in a header line or block; null when there is none. Reads up to the first empty line.
 *
 * Strict in the value. The field's name may come in any case and the line folded, because gateways do both.
 */
export function parseStamp(header: string | Uint8Array): Stamp | null {
  const text = typeof header === 'string' ? header : headerText(header);
  for (let start = 0; start < text.length; ) {
    const end = lineEnd(text, start);
    if (text[start] === '\n' || text.startsWith('\r\n', start)) return null;
    const stamp = hasStampName(text, start) ? parseField(text.slice(start, end)) : null;
    if (stamp !== null) return stamp;
    start = end + 1;
  }
  return null;
}

/** Offset of the first byte behind the empty line that ends the headers; the length when there is no body. */
export function bodyOffset(message: Uint8Array): number {
  if (message[0] === 10) return 1;
  if (message[0] === 13 && message[1] === 10) return 2;
  for (let lf = message.indexOf(10); lf >= 0; lf = message.indexOf(10, lf + 1)) {
    if (message[lf + 1] === 10) return lf + 2;
    if (message[lf + 1] === 13 && message[lf + 2] === 10) return lf + 3;
  }
  return message.length;
}

/**
 * First 16 hex digits of SHA-256 over the body (not stuffed, no terminator) in "simple" canonical form: lines end in
 * CRLF, no empty lines at the end. A lone LF counts as a line end, so that a copy stored with LF digests alike.
 */
export function bodyDigest(body: Uint8Array): string {
  return hash('sha256', canonicalBody(body), 'hex').slice(0, DIGEST_DIGITS);
}

/** Writes a whole number of up to 16 digits, padded with zeros to `width`; higher digits are cut off. */
export function writeDigits(target: Uint8Array, at: number, value: number, width: number): void {
  // Halves below 2³¹ keep the divisions in small integers.
  let low = value;
  let high = 0;
  if (value >= 1e8) {
    high = Math.floor(value / 1e8);
    low = value - high * 1e8;
  }
  const split = Math.max(at, at + width - 8);
  writeSmall(target, split, at + width, low);
  writeSmall(target, at, split, high);
}

function writeSmall(target: Uint8Array, from: number, to: number, value: number): void {
  let rest = value | 0;
  for (let at = to - 1; at >= from; at--) {
    const next = (rest / 10) | 0;
    target[at] = 48 + rest - next * 10;
    rest = next;
  }
}

function headerText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bodyOffset(bytes)).toString('latin1');
}

/** Offset of the LF that ends the field at `start`, continuation lines included; the length when none does. */
function lineEnd(text: string, start: number): number {
  let end = text.indexOf('\n', start);
  while (end >= 0 && (text[end + 1] === ' ' || text[end + 1] === '\t')) end = text.indexOf('\n', end + 1);
  return end < 0 ? text.length : end;
}

function hasStampName(text: string, start: number): boolean {
  const first = text.charCodeAt(start);
  return (first === 88 || first === 120) && text.slice(start, start + NAME.length).toLowerCase() === NAME;
}

function parseField(field: string): Stamp | null {
  const line = field.endsWith('\r') ? field.slice(0, -1) : field;
  const match = VALUE.exec(line.slice(NAME.length).replace(FOLD, ''));
  if (match === null) return null;
  const [, run = '', number, warmup, sentAt, digest = ''] = match;
  const sentAtUs = Number(sentAt);
  if (!Number.isSafeInteger(sentAtUs)) return null;
  return { run, number: Number(number), isWarmup: warmup === '1', sentAtUs, bodyDigest: digest };
}

/** The body itself where it is canonical already, as ours are; a copy otherwise. */
function canonicalBody(body: Uint8Array): Uint8Array {
  const end = trimmedLength(body);
  const isPlain = body[end] === 13 && body[end + 1] === 10 && !hasLoneLf(body, end);
  if (isPlain) return body.subarray(0, end + 2);
  const text = Buffer.from(body.buffer, body.byteOffset, end).toString('latin1');
  return Buffer.from(`${text.replace(/\r?\n/g, '\r\n')}\r\n`, 'latin1');
}

function trimmedLength(body: Uint8Array): number {
  let end = body.length;
  while (end > 0 && body[end - 1] === 10) end -= body[end - 2] === 13 ? 2 : 1;
  return end;
}

function hasLoneLf(body: Uint8Array, end: number): boolean {
  for (let lf = body.indexOf(10); lf >= 0 && lf < end; lf = body.indexOf(10, lf + 1)) {
    if (body[lf - 1] !== 13) return true;
  }
  return false;
}
