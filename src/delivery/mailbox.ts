/**
 * Mailboxes: from a message as it lies in one to a receipt, the same for IMAP and Maildir.
 *
 * The header of every message is read; the whole message only of a share of ours, drawn from its number, and of every
 * multipart/report, which may be a bounce. Recipient and reverse-path are what the server wrote above our stamp
 * (RFC 5321 §4.4 Return-Path; Delivered-To and its like are custom): what stands below was sent and proves nothing.
 */
import { parseStamp, STAMP_HEADER } from '../message/stamp.js';
import { type Arrival, examineArrival } from './arrival.js';
import type { Receipt } from './receipt.js';

export interface MailboxOptions {
  /** Token of the run. What is there at open is told only with its stamp; null: with any stamp. */
  readonly run: string | null;
  /** Share of our messages that are read whole, 0 … 1. */
  readonly sample: number;
  readonly seed: number;
  /** Whether what is there at open may be of the run, as for a run that is over; default true. Else it is not read. */
  readonly history?: boolean;
}

export interface StoredMessage {
  readonly id: string;
  /** Kind of mailbox, as in its id. */
  readonly boot: string;
  /** Which mailbox. */
  readonly session: string;
  /** µs since the epoch. */
  readonly at: number;
  /** With CRLF line ends. */
  readonly bytes: number;
  /** At least the fields of MAILBOX_FIELDS, in their order. */
  readonly header: Uint8Array;
  /** null where it was not read. */
  readonly whole: Uint8Array | null;
  /** Whose mailbox it is; '' when that is not known. */
  readonly address: string;
  readonly placement: 'inbox' | 'junk' | 'other';
  /** It was there at open. */
  readonly isOld: boolean;
}

/** Larger ones are not read whole. */
export const MAX_WHOLE_BYTES = 64 * 1024 * 1024;
/** By which a copy says whose it is: the original recipient first, which is the one that was sent to. */
const RECIPIENT_FIELDS = ['x-original-to', 'envelope-to', 'delivered-to'];
/** All that is needed of a header. */
export const MAILBOX_FIELDS = [...RECIPIENT_FIELDS, 'return-path', STAMP_HEADER, 'content-type'];

/** Whether the whole message is to be read, as its header has it. */
export function wantsWhole(header: Uint8Array, options: MailboxOptions): boolean {
  const stamp = parseStamp(header);
  if (stamp === null) return isReport(header);
  const isOurs = options.run === null || stamp.run === options.run;
  return isOurs && isSampled(stamp.number, options);
}

/** null for what is no news: it was there at open, and is not of the run. */
export function mailboxReceipt(stored: StoredMessage, options: MailboxOptions): Receipt | null {
  const { id, boot, session, at, bytes, placement } = stored;
  const arrival: Arrival =
    stored.whole === null ? unexamined(stored) : { ...examineArrival(stored.whole), bytes };
  const run = arrival.run ?? arrival.dsn?.run ?? null;
  const isOurs = run !== null && (options.run === null || run === options.run);
  if (stored.isOld && !isOurs) return null;
  const fields = serverFields(stored.header);
  const from = addresses(fields.get('return-path'))[0] ?? '';
  return {
    v: 1,
    id,
    boot,
    session,
    at,
    ...arrival,
    rcpt: recipients(fields, stored),
    peer: '',
    from,
    placement,
  };
}

/** Drawn from number and seed alone, so that every reader picks the same. */
export function isSampled(
  number: number,
  { sample, seed }: Pick<MailboxOptions, 'sample' | 'seed'>,
): boolean {
  const high = Math.floor(number / 2 ** 32);
  return mix(mix(seed ^ high) ^ number) < sample * 2 ** 32;
}

/** MurmurHash3's finaliser: 32 bits in, 32 unsigned bits out. */
function mix(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

function unexamined({ header, bytes }: StoredMessage): Arrival {
  const stamp = parseStamp(header);
  return {
    run: stamp?.run ?? null,
    number: stamp?.number ?? null,
    warmup: stamp?.isWarmup ?? null,
    sent: stamp?.sentAtUs ?? null,
    bytes,
    digest: '',
    intact: null,
  };
}

function isReport(header: Uint8Array): boolean {
  return /^\s*multipart\/report\s*(;|$)/i.test(serverFields(header).get('content-type') ?? '');
}

/** The first of each name, unfolded, up to our stamp; all of them where there is none. */
function serverFields(header: Uint8Array): Map<string, string> {
  const text = Buffer.from(header.buffer, header.byteOffset, header.length).toString('utf8');
  const fields = new Map<string, string>();
  for (const line of text.replace(/\r?\n(?=[ \t])/g, '').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trimEnd().toLowerCase();
    if (line === '' || name === STAMP_HEADER.toLowerCase()) break;
    if (colon > 0 && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  return fields;
}

function recipients(fields: Map<string, string>, { address }: StoredMessage): string[] {
  for (const name of RECIPIENT_FIELDS) {
    const found = addresses(fields.get(name));
    if (found.length > 0) return found;
  }
  return address === '' ? [] : [address];
}

/** Exim's Envelope-To may list several. What is no address is left out: this text is the server's. */
function addresses(value = ''): string[] {
  return value
    .slice(0, 10_000)
    .split(',')
    .map((one) => one.trim().replace(/^<(.*)>$/, '$1'))
    .filter((one) => one.length <= 320 && /^[^\s\0-\x1f\x7f-\x9f<>]+@[^\s\0-\x1f\x7f-\x9f<>@]+$/.test(one));
}
