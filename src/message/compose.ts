/**
 * Composition: from an entry of `messages` to a variant, once per run and not once per message.
 *
 * nodemailer writes headers and MIME structure; the stamp is put above them. Every shard composes the same bytes:
 * boundaries and words are derived from the entry, not drawn. The header To is fixed, because one variant serves every
 * envelope recipient; From is the envelope's sender where that is fixed too, so that SPF and DMARC see one domain.
 * Sizes count CRLFs and the stamp, not stuffing (RFC 1870 §5). Reads no files and no URLs.
 */
import { hash } from 'node:crypto';
import type { MailComposerOptions } from 'nodemailer/lib/mail-composer';
import { BugError, UsageError } from '../errors.js';
import type { ComposedEntry, SizedMessage, TemplateMessage } from '../scenario/scenario.js';
import { dateText } from './date-field.js';
import { signComposed, verifySigned } from './dkim.js';
import { mimeBytes } from './mime-bytes.js';
import {
  chooseMarker,
  countSeq,
  fillHeaderSeq,
  fillSeq,
  findMarkers,
  SEQ,
  unsplitMarkers,
} from './placeholder.js';
import { MIN_PROSE_BYTES, prose } from './prose.js';
import { putRawText, type RawText } from './raw-text.js';
import { bodyOffset, isStampRun, STAMP_HEADER, stampLayout } from './stamp.js';
import { type ComposedMessage, MessageVariant, type VariantOptions } from './variant.js';

export const MIN_SIZE_BYTES = 512;

export interface ComposeOptions extends VariantOptions {
  /** The run's token, see isStampRun. */
  readonly run: string;
  /** `envelope.from`. */
  readonly from: string;
  /** t= of DKIM signatures, ms since the epoch: the same in all shards, so that they compose the same bytes. */
  readonly signedAtMs: number;
}

/** The right side of every Message-ID that mailbench writes. */
export const MESSAGE_ID_DOMAIN = 'mailbench.example';
const RECIPIENTS = 'recipients@example.test';
const SENDER = 'sender@example.test';
/** Written by mailbench or derived from the content; a second one would contradict it. */
const RESERVED_FIELDS = [
  STAMP_HEADER,
  'Subject',
  'Date',
  'Message-ID',
  'Bcc',
  'MIME-Version',
  'Content-Type',
  'Content-Transfer-Encoding',
];
const FIELD_NAME = /^[!-9;-~]+$/;
const MARKER_ATTEMPTS = 3;

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
  const unsigned = composeSized(entry, options);
  if (entry.dkim.length === 0) return unsigned;
  const signed = await sign(entry, unsigned, options);
  const signatureBytes = signed.bytes.length - unsigned.bytes.length;
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
  const sample = composeMarked(
    { subject, text: 'Text', html: null, encoding: 'auto', headers: {}, attachments: [] },
    options,
  );
  const headers = sample.bytes.subarray(0, bodyOffset(sample.bytes));
  const bodyBytes = entry.sizeBytes - stampLayout(options.run).lengthBytes - headers.length;
  if (entry.sizeBytes < MIN_SIZE_BYTES || bodyBytes < MIN_PROSE_BYTES)
    throw tooSmall(entry.sizeBytes, bodyBytes);
  return { marker: sample.marker, bytes: Buffer.concat([headers, prose(bodyBytes)]) };
}

function composeTemplate(entry: TemplateMessage, options: ComposeOptions): ComposedMessage {
  Object.entries(entry.headers).forEach(requireUsableField);
  requireSafe('subject', entry.subject);
  for (const { filename, contentType } of entry.attachments) {
    requireSafe('attachment name', filename);
    requireSafe('attachment type', contentType ?? '');
  }
  return composeMarked(entry, options);
}

type Template = Omit<TemplateMessage, 'kind' | 'weight' | 'dkim' | 'expect'>;

/** Composes with a marker for {{seq}}; with another one should an attachment happen to contain it. */
function composeMarked(template: Template, options: ComposeOptions): ComposedMessage {
  const texts = textsOf(template);
  // One more: the Message-ID.
  const expected = texts.reduce((count, text) => count + countSeq(text), 1);
  for (let attempt = 0; attempt < MARKER_ATTEMPTS; attempt++) {
    const marker = chooseMarker([...texts, options.run, options.from], attempt);
    const composed = unsplitMarkers(mimeBytes(mailOf(template, options, marker)), marker);
    const bytes = rawTexts(template, marker).reduce(putRawText, composed);
    if (findMarkers(bytes, marker).length === expected) return { bytes, marker };
  }
  throw new UsageError('MESSAGE_PLACEHOLDER_LOST', `${SEQ} cannot be found again in the composed message`, {
    hint: `Use ${SEQ} in the subject, text, html or in plain header values; not in base64, nor beside non-ASCII names in address headers.`,
  });
}

/** Everything in which a placeholder may stand. */
function textsOf({ subject, text, html, headers }: Template): string[] {
  return [subject, text ?? '', html ?? '', ...Object.values(headers)];
}

function mailOf(template: Template, options: ComposeOptions, marker: string): MailComposerOptions {
  const given = new Set(Object.keys(template.headers).map((name) => name.toLowerCase()));
  const headers = Object.entries(template.headers).map(([key, value]) => ({
    key,
    value: fillHeaderSeq(key, value, marker),
  }));
  const hasPlaceholder = textsOf(template).some((text) => text.includes(SEQ));
  return {
    headers,
    ...(given.has('from') ? {} : { from: headerFrom(options.from) }),
    ...(given.has('to') ? {} : { to: RECIPIENTS }),
    subject: fillHeaderSeq('subject', template.subject, marker),
    messageId: `<${marker}.${options.run}@${MESSAGE_ID_DOMAIN}>`,
    date: dateText(0),
    ...textParts(template, marker),
    attachments: template.attachments.map(({ filename, contentType, contentBase64 }) => ({
      filename,
      content: Buffer.from(contentBase64, 'base64'),
      contentType: contentType ?? undefined,
    })),
    // Base64 would hide the marker; quoted-printable shows it.
    ...(hasPlaceholder ? { textEncoding: 'Q' as const } : {}),
    baseBoundary: digestOf(template),
  };
}

/** text and html, or the words that stand in for them. */
function textParts(template: Template, marker: string): MailComposerOptions {
  const { text, html, encoding } = template;
  const raw = rawTexts(template, marker);
  const part = (kind: 'text' | 'html', content: string) =>
    raw.length > 0 ? standIn(kind, template) : fillSeq(withCrlf(content), marker);
  return {
    ...(text === null ? {} : { text: part('text', text) }),
    ...(html === null ? {} : { html: part('html', html) }),
    ...(encoding === 'base64' || encoding === 'quoted-printable' ? { encoding } : {}),
  };
}

/** What goes out as it stands; empty where nodemailer encodes. */
function rawTexts(template: Template, marker: string): RawText[] {
  const { encoding } = template;
  if (encoding !== '7bit' && encoding !== '8bit') return [];
  return (['text', 'html'] as const).flatMap((kind) => {
    const content = template[kind];
    if (content === null) return [];
    return [{ word: standIn(kind, template), text: fillSeq(withCrlf(content), marker), encoding }];
  });
}

function standIn(kind: 'text' | 'html', template: Template): string {
  return `${kind}-${digestOf(template)}`;
}

/** The envelope's sender where it is one address; else a fixed one, of the same domain if that is fixed. */
function headerFrom(from: string): string {
  if (!from.includes(SEQ)) return from === '' ? SENDER : from;
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return domain.includes(SEQ) ? SENDER : `sender@${domain}`;
}

/** Lone CRs and LFs are not allowed on the wire (RFC 5321 §2.3.8). */
function withCrlf(text: string): string {
  return text.replace(/\r\n?|\n/g, '\r\n');
}

function digestOf(template: Template): string {
  return hash('sha256', JSON.stringify(template), 'hex').slice(0, 16);
}

function requireUsableField([name, value]: [string, string]): void {
  requireSafe(`header ${name}`, value);
  if (!FIELD_NAME.test(name)) {
    throw new UsageError('MESSAGE_HEADER_UNSAFE', `${JSON.stringify(name)} is not a header name`, {
      hint: 'Header names are printable ASCII without spaces and colons (RFC 5322 §2.2).',
    });
  }
  if (RESERVED_FIELDS.some((reserved) => reserved.toLowerCase() === name.toLowerCase())) {
    throw new UsageError('MESSAGE_HEADER_RESERVED', `The header ${name} is written by mailbench`, {
      hint: 'Remove it from headers; the subject has a key of its own.',
    });
  }
}

function requireSafe(what: string, value: string): void {
  if (!/[\r\n\0]/.test(value)) return;
  throw new UsageError('MESSAGE_HEADER_UNSAFE', `The ${what} holds CR, LF or NUL: ${JSON.stringify(value)}`, {
    hint: 'A header value is one line; remove the line break.',
  });
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
