/**
 * Template parts: texts and attachments in the words of nodemailer, and what is put into the message afterwards as it stands.
 *
 * Texts of only a size are generated, attachments too. A generated text in lines longer than quoted-printable leaves whole
 * goes out as 7bit. Content of message/* parts is never encoded (RFC 2046 §5.2.1).
 */

import type { MailComposerOptions } from 'nodemailer/lib/mail-composer';
import { detectMimeType } from 'nodemailer/lib/mime-funcs';
import { UsageError } from '../errors.js';
import type { Attachment, TemplateMessage } from '../scenario/scenario.js';
import { byteFiller, htmlFiller, textFiller } from './filler.js';
import { fillSeq } from './placeholder.js';
import { PROSE_LINE_LENGTH } from './prose.js';
import { isRawEncoding, type RawEncoding, type RawPart } from './raw-part.js';
import { toWireForm } from './wire-form.js';

type Template = Pick<TemplateMessage, 'text' | 'html' | 'encoding' | 'attachments'>;

/** A text or an attachment, with what is done to it. */
export interface Part {
  readonly kind: 'text' | 'html' | 'attachment';
  readonly content: Buffer;
  readonly encoding: TemplateMessage['encoding'];
  /** What is attached, and under which name. */
  readonly attachment: Attachment | null;
}

/** Longest line that nodemailer leaves as it is. */
const UNENCODED_LINE_LENGTH = 76;

/** Throws UsageError where an attachment cannot be sent with the encoding asked for. */
export function partsOf(template: Template): readonly Part[] {
  const { text, html, attachments } = template;
  return [
    ...(text === null ? [] : [textPart('text', text, template.encoding)]),
    ...(html === null ? [] : [textPart('html', html, template.encoding)]),
    ...attachments.map(attachmentPart),
  ];
}

/** The parts in nodemailer's words: those that go out as they stand by the words that stand in for them. */
export function composerParts(parts: readonly Part[], names: Names): MailComposerOptions {
  const attachments = parts.flatMap((part, index) =>
    part.attachment === null ? [] : [attached(part, index)],
  );
  const texts = parts.flatMap((part, index) =>
    part.attachment === null ? [[part.kind, isRaw(part) ? wordOf(index, names) : filled(part, names)]] : [],
  );
  const encoding = parts.find(({ kind }) => kind !== 'attachment')?.encoding;
  return {
    ...Object.fromEntries(texts),
    ...(encoding === 'base64' || encoding === 'quoted-printable' ? { encoding } : {}),
    attachments,
  };

  function attached(part: Part, index: number) {
    const { filename, contentType, cid, encoding: wanted } = part.attachment as Attachment;
    return {
      filename,
      content: isRaw(part) ? wordOf(index, names) : part.content,
      contentType: contentType ?? undefined,
      ...(cid === null ? {} : { cid }),
      ...(wanted === 'auto' ? {} : { contentTransferEncoding: isRaw(part) ? '7bit' : encodedAs(wanted) }),
    };
  }
}

/** What goes out as it stands; empty where nodemailer encodes. */
export function rawPartsOf(parts: readonly Part[], names: Names): readonly RawPart[] {
  return parts.flatMap((part, index) => {
    if (!isRaw(part)) return [];
    const content = part.attachment === null ? Buffer.from(filled(part, names)) : part.content;
    return [{ word: wordOf(index, names), content, encoding: part.encoding as RawEncoding }];
  });
}

export interface Names {
  /** For numbers, in texts. */
  readonly marker: string;
  /** Of the template; words that stand in are made of it. */
  readonly digest: string;
}

function isRaw({ encoding }: Part): boolean {
  return isRawEncoding(encoding);
}

function filled({ content }: Part, { marker }: Names): string {
  return fillSeq(content.toString(), marker);
}

function wordOf(index: number, { digest }: Names): string {
  return `part-${index}-${digest}`;
}

function textPart(
  kind: 'text' | 'html',
  given: NonNullable<Template['text']>,
  encoding: Template['encoding'],
): Part {
  if (typeof given === 'string')
    return { kind, content: Buffer.from(withCrlf(given)), encoding, attachment: null };
  const generate = kind === 'html' ? htmlFiller : textFiller;
  const content = Buffer.from(generate(given.sizeBytes, given.lineLength), 'latin1');
  const isLong = encoding === 'auto' && given.lineLength > UNENCODED_LINE_LENGTH;
  return { kind, content, encoding: isLong ? '7bit' : encoding, attachment: null };
}

function attachmentPart(attachment: Attachment, index: number): Part {
  const { encoding } = attachment;
  const contentType = (attachment.contentType ?? detectMimeType(attachment.filename)).toLowerCase();
  if (encoding === 'quoted-printable' && !contentType.startsWith('text/'))
    throw unfit(attachment, `${contentType} is no text`);
  if (/^message\//.test(contentType) && encodedAs(encoding) !== null)
    throw unfit(attachment, `${contentType} must not be encoded (RFC 2046 §5.2.1)`);
  const isText = contentType.startsWith('text/') || encoding === '7bit' || encoding === '8bit';
  const bytes =
    'sizeBytes' in attachment
      ? generated(attachment.sizeBytes, isText, index)
      : Buffer.from(attachment.contentBase64, 'base64');
  const isLines = encoding === '7bit' || encoding === '8bit';
  const content = isLines && bytes.length > 0 ? toWireForm(bytes, false) : bytes;
  return { kind: 'attachment', content, encoding, attachment };
}

function generated(sizeBytes: number, isText: boolean, index: number): Buffer {
  return isText ? Buffer.from(textFiller(sizeBytes, PROSE_LINE_LENGTH)) : byteFiller(sizeBytes, index);
}

function encodedAs(encoding: Template['encoding']): 'base64' | 'quoted-printable' | null {
  return encoding === 'base64' || encoding === 'quoted-printable' ? encoding : null;
}

/** Lone CRs and LFs are not allowed on the wire (RFC 5321 §2.3.8). */
function withCrlf(text: string): string {
  return text.replace(/\r\n?|\n/g, '\r\n');
}

function unfit({ filename, encoding }: Attachment, why: string): UsageError {
  const message = `The attachment ${JSON.stringify(filename)} cannot be sent as ${encoding}: ${why}`;
  return new UsageError('MESSAGE_ENCODING_UNFIT', message, { hint: 'Leave its `encoding` out.' });
}
