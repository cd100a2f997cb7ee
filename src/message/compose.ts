/**
 * Composition: from an entry of `messages` to a variant, once per run and not once per message.
 *
 * A template is composed (template.ts), a size is filled with text; signatures and the stamp are put above them. Every shard
 * composes the same bytes. Sizes count CRLFs, signatures and the stamp, not stuffing (RFC 1870 §5).
 */
import { BugError, UsageError } from '../errors.js';
import type { ComposedEntry, SizedMessage } from '../scenario/scenario.js';
import { signComposed, verifySigned } from './dkim.js';
import { SEQ } from './placeholder.js';
import { MIN_PROSE_BYTES, prose } from './prose.js';
import { bodyOffset, isStampRun, stampLayout } from './stamp.js';
import { composeTemplate, type Template, type TemplateOptions } from './template.js';
import { type ComposedMessage, MessageVariant, type VariantOptions } from './variant.js';

export const MIN_SIZE_BYTES = 512;
const SAMPLE_BYTES = 4096;

export interface ComposeOptions extends VariantOptions, TemplateOptions {
  /** t= of DKIM signatures, ms since the epoch: the same in all shards, so that they compose the same bytes. */
  readonly signedAtMs: number;
}

/** What the header fields of a sized message are taken from. */
const SAMPLE: Omit<Template, 'subject'> = {
  text: 'Text',
  html: null,
  encoding: 'auto',
  headers: {},
  headerEncoding: 'encoded-word',
  attachments: [],
};

/** Composes one entry; throws UsageError when it cannot be sent as it is written. */
export async function composeMessage(entry: ComposedEntry, options: ComposeOptions): Promise<MessageVariant> {
  if (!isStampRun(options.run)) {
    throw new BugError(`The run ${JSON.stringify(options.run)} does not fit a stamp.`);
  }
  const composed =
    entry.kind === 'size'
      ? await composeSigned(entry, options)
      : await sign(entry, composeTemplate(entry, options), options);
  if (entry.dkim.length > 0) await verifyVariant(composed, entry, options);
  return new MessageVariant(composed, options);
}

/** Without signatures, for messages that are made when they are due. Throws UsageError as composeMessage does. */
export function composeAtOnce(entry: ComposedEntry, options: ComposeOptions): MessageVariant {
  const composed = entry.kind === 'size' ? composeSized(entry, options) : composeTemplate(entry, options);
  return new MessageVariant(composed, options);
}

function sign(
  entry: ComposedEntry,
  composed: ComposedMessage,
  options: ComposeOptions,
): Promise<ComposedMessage> | ComposedMessage {
  return entry.dkim.length === 0 ? composed : signComposed(composed, entry.dkim, options.signedAtMs);
}

/** Its signatures take room too. */
async function composeSigned(entry: SizedMessage, options: ComposeOptions): Promise<ComposedMessage> {
  if (entry.dkim.length === 0) return composeSized(entry, options);
  // What a signature takes does not depend on the length of the body.
  const sample = composeSized({ ...entry, sizeBytes: Math.min(entry.sizeBytes, SAMPLE_BYTES) }, options);
  const signed = await sign(entry, sample, options);
  const signatureBytes = signed.bytes.length - sample.bytes.length;
  const smaller = composeSized({ ...entry, sizeBytes: entry.sizeBytes - signatureBytes }, options);
  return sign(entry, smaller, options);
}

/** As it would go out, but for the stuffing of dots. */
async function verifyVariant(
  composed: ComposedMessage,
  entry: ComposedEntry,
  options: ComposeOptions,
): Promise<void> {
  const variant = new MessageVariant(composed, { run: options.run, encode: (message) => message });
  const message = Buffer.alloc(variant.lengthBytes);
  variant.content(0, false).writeHead(message, 0, options.signedAtMs * 1_000);
  variant.tail.copy(message, variant.headBytes);
  await verifySigned(message, entry.dkim);
}

/** A text message of exactly `sizeBytes`: headers as nodemailer writes them, then prose to the last byte. */
function composeSized(entry: SizedMessage, options: ComposeOptions): ComposedMessage {
  // One signature for all its messages covers the subject.
  const isFixed = entry.dkim.some(({ per }) => per === 'variant');
  const subject = isFixed ? 'Load test message' : `Load test message ${SEQ}`;
  const sample = composeTemplate({ ...SAMPLE, subject }, options);
  const headers = sample.bytes.subarray(0, bodyOffset(sample.bytes));
  const bodyBytes = entry.sizeBytes - stampLayout(options.run).lengthBytes - headers.length;
  if (entry.sizeBytes < MIN_SIZE_BYTES || bodyBytes < MIN_PROSE_BYTES)
    throw tooSmall(entry.sizeBytes, bodyBytes);
  return { marker: sample.marker, bytes: Buffer.concat([headers, prose(bodyBytes)]) };
}

function tooSmall(sizeBytes: number, bodyBytes: number): UsageError {
  const least = Math.max(MIN_SIZE_BYTES, sizeBytes - bodyBytes + MIN_PROSE_BYTES);
  return new UsageError(
    'MESSAGE_SIZE_TOO_SMALL',
    `A message of ${sizeBytes} bytes has no room for its headers`,
    {
      hint: `Ask for ${least} bytes or more.`,
    },
  );
}
