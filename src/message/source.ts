/**
 * Message source: what is sent as message k, and to whom.
 *
 * Composes every entry at the start; from then on `next` makes one small object and the address strings. What it
 * returns depends on (draw, number) alone, never on which messages were asked for before, so any shard can
 * make any message. Does not know when a message is sent, nor how.
 */
import { BugError } from '../errors.js';
import type { Draw } from '../scenario/draw.js';
import type { Envelope, Expectation, MessageEntry } from '../scenario/scenario.js';
import type { TurnOf } from './choose.js';
import { createSupply } from './create-supply.js';
import { compileEnvid, compileReversePath } from './envelope.js';
import { compileRecipientChoice } from './recipients.js';
import { MAX_NUMBER } from './stamp.js';
import type { Content } from './variant.js';
import { compileWeights } from './weighted.js';

export interface MessageSourceOptions {
  readonly messages: readonly MessageEntry[];
  readonly envelope: Pick<Envelope, 'from' | 'to' | 'senders'>;
  /** The run's token, as it stands in stamps and Message-IDs. */
  readonly run: string;
  /** Bound to seed and scenario. */
  readonly draw: Draw;
  /** ENVID pattern (RFC 3461), may hold {{seq}}; null for none. */
  readonly envid: string | null;
  /** t= of DKIM signatures, ms since the epoch. */
  readonly signedAtMs: number;
  /** Where several executors share the numbers; each takes what is taken in turn by itself. */
  readonly turnOf?: TurnOf;
  /** Makes a composed message fit for DATA (dot-stuffed, terminator appended) or for BDAT. */
  readonly encode: (message: Buffer) => Buffer;
}

export interface MessageSource {
  /** `number` is 0 … MAX_NUMBER, global to the run. */
  next(number: number, isWarmup: boolean): OutgoingMessage;
}

export interface OutgoingMessage {
  readonly number: number;
  /** Reverse-path without angle brackets; '' is the null one. */
  readonly from: string;
  /** Distinct without regard to case, never empty. */
  readonly to: readonly string[];
  /** For SIZE= (RFC 1870): before stuffing. */
  readonly sizeBytes: number;
  /** For ENVID=, not in xtext; '' for none. */
  readonly envid: string;
  /** BODY=8BITMIME is needed (RFC 6152). */
  readonly is8bit: boolean;
  /** SMTPUTF8 is needed: an address or a header goes beyond ASCII (RFC 6531). */
  readonly isUtf8: boolean;
  readonly content: Content;
  /** The recipient entry's, or else the message entry's. */
  readonly expect: Expectation | null;
  readonly isWarmup: boolean;
  /** Index in `messages`. */
  readonly entry: number;
}

/** Purpose of the draw made here; those of recipients are in recipients.ts and envelope.ts. */
export const DRAW_MESSAGE = 1100;

/** Composes all entries; rejects with UsageError when one of them, or the envelope, cannot be sent. */
export async function createMessageSource(options: MessageSourceOptions): Promise<MessageSource> {
  const { messages, envelope, run, draw, encode, signedAtMs, turnOf } = options;
  const envid = compileEnvid(options.envid ?? '');
  const reversePath = compileReversePath(envelope.from, envelope.senders, turnOf);
  const chooseRecipients = compileRecipientChoice(envelope.to, turnOf);
  const chooseMessage = compileWeights(messages.map(weightOf), 'messages');
  const supplies = await Promise.all(
    messages.map((entry) => createSupply(entry, { run, encode, from: envelope.from, signedAtMs, turnOf })),
  );
  return { next };

  function next(number: number, isWarmup: boolean): OutgoingMessage {
    if (!fitsStamp(number)) throw new BugError(`Message number ${number} does not fit.`);
    const entry = messages.length === 1 ? 0 : chooseMessage(draw(number, DRAW_MESSAGE));
    const prepared = at(supplies, entry).forNumber(number, draw);
    const { entry: recipientEntry, recipients } = chooseRecipients(number, draw);
    const to = recipients.addresses(number, draw);
    return {
      number,
      from: reversePath.address(number, to[0] as string, draw),
      to,
      sizeBytes: prepared.sizeBytes,
      envid: envid(number),
      is8bit: prepared.is8bit,
      isUtf8: prepared.hasUtf8Headers || reversePath.isUtf8 || recipients.isUtf8,
      content: prepared.content(number, isWarmup),
      expect: at(envelope.to, recipientEntry).expect ?? at(messages, entry).expect,
      isWarmup,
      entry,
    };
  }
}

function fitsStamp(number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number <= MAX_NUMBER;
}

function weightOf(entry: { readonly weight: number }): number {
  return entry.weight;
}

/** An element that is there: the index comes from a choice among these. */
function at<T>(list: readonly T[], index: number): T {
  return list[index] as T;
}
