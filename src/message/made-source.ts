/**
 * Made source: messages and envelopes that scenario code makes, each when it is due.
 *
 * What code does not make comes from the source underneath. Parts are composed at once, about 150 µs for 4 KiB of text (a
 * message of the mix costs 2); sizes are composed once each and kept, while there are few. Composing throws what the same
 * words in a file would have been refused for; `refused` turns that into an error about the code.
 */
import { UsageError } from '../errors.js';
import type { Expectation, TemplateMessage } from '../scenario/scenario.js';
import { type ComposeOptions, composeAtOnce } from './compose.js';
import { rawMessage } from './raw-message.js';
import type { MessageSource, OutgoingMessage } from './source.js';
import type { PreparedMessage } from './supply.js';

/** A message as code wants it. */
export type MadeMessage = { readonly expect: Expectation | null } & (
  | { readonly parts: Omit<TemplateMessage, 'kind' | 'weight' | 'dkim' | 'expect'> }
  | { readonly sizeBytes: number }
  | { readonly raw: Buffer }
);

export interface MadeEnvelope {
  readonly from: string;
  /** Distinct without regard to case, at least one. */
  readonly to: readonly string[];
  readonly expect: Expectation | null;
}

/** What makes them; one of the two at least. */
export interface MessageMaker {
  has(name: 'message' | 'envelope'): boolean;
  message(number: number, envelope: Pick<MadeEnvelope, 'from' | 'to'>): MadeMessage;
  envelope(number: number): MadeEnvelope;
  /** What to throw instead when a message was made that cannot be sent. */
  refusal(error: UsageError): Error;
}

/** Sizes that are kept, and up to which size. */
const MAX_SIZES = 64;
const MAX_KEPT_BYTES = 1024 * 1024;

/** `underneath` has its defaults where code decides: they leave no trace. */
export function createMadeSource(
  underneath: MessageSource,
  maker: MessageMaker,
  options: Omit<ComposeOptions, 'from'>,
): MessageSource {
  const bySize = new Map<number, PreparedMessage>();
  const [makesMessage, makesEnvelope] = [maker.has('message'), maker.has('envelope')];
  return { next };

  function next(number: number, isWarmup: boolean): OutgoingMessage {
    const given = underneath.next(number, isWarmup);
    const addressed = makesEnvelope ? withEnvelope(given, maker.envelope(number)) : given;
    return makesMessage ? withMessage(addressed, maker.message(number, addressed)) : addressed;
  }

  function withMessage(message: OutgoingMessage, made: MadeMessage): OutgoingMessage {
    const prepared = prepare(made, message.from);
    return {
      ...message,
      sizeBytes: prepared.sizeBytes,
      is8bit: prepared.is8bit,
      isUtf8: message.isUtf8 || prepared.hasUtf8Headers,
      content: prepared.content(message.number, message.isWarmup),
      expect: message.expect ?? made.expect,
    };
  }

  function prepare(made: MadeMessage, from: string): PreparedMessage {
    try {
      if ('raw' in made) return rawMessage(made.raw, options);
      if ('sizeBytes' in made) return sized(made.sizeBytes);
      const entry = { kind: 'template', weight: 1, dkim: [], expect: null, ...made.parts } as const;
      return composeAtOnce(entry, { ...options, from });
    } catch (error) {
      throw error instanceof UsageError ? maker.refusal(error) : error;
    }
  }

  /** All of one size are alike but for their numbers, whoever sends them. */
  function sized(sizeBytes: number): PreparedMessage {
    const known = bySize.get(sizeBytes);
    if (known !== undefined) return known;
    const entry = { kind: 'size', weight: 1, dkim: [], expect: null, sizeBytes } as const;
    const prepared = composeAtOnce(entry, { ...options, from: '' });
    if (bySize.size < MAX_SIZES && sizeBytes <= MAX_KEPT_BYTES) bySize.set(sizeBytes, prepared);
    return prepared;
  }
}

function withEnvelope(message: OutgoingMessage, { from, to, expect }: MadeEnvelope): OutgoingMessage {
  const isUtf8 = message.isUtf8 || ![from, ...to].every(isAsciiText);
  return { ...message, from, to, isUtf8, expect: expect ?? message.expect };
}

function isAsciiText(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}
