/**
 * Template: texts, headers and attachments composed into one message, with markers where numbers belong.
 *
 * nodemailer writes headers and MIME structure: text and html become multipart/alternative, images that html shows
 * multipart/related with it, attachments multipart/mixed. Boundaries are derived from the template, not drawn, so that
 * every shard composes the same bytes. The header To is fixed, because one variant serves every envelope recipient; From is
 * the envelope's sender where that is fixed too, so that SPF and DMARC see one domain. Reads no files and no URLs.
 */
import { hash } from 'node:crypto';
import type { MailComposerOptions } from 'nodemailer/lib/mail-composer';
import { UsageError } from '../errors.js';
import type { TemplateMessage } from '../scenario/scenario.js';
import { dateText } from './date-field.js';
import { headerFields, putRawFields, requireSafe, requireUsableField } from './header-fields.js';
import { mimeBytes } from './mime-bytes.js';
import { chooseMarker, countSeq, findMarkers, SEQ, unsplitMarkers, VERP } from './placeholder.js';
import { putRawPart } from './raw-part.js';
import { composerParts, type Part, partsOf, rawPartsOf } from './template-parts.js';
import type { ComposedMessage } from './variant.js';

export interface TemplateOptions {
  /** The run's token, see isStampRun. */
  readonly run: string;
  /** `envelope.from`. */
  readonly from: string;
}

/** The right side of every Message-ID that mailbench writes. */
export const MESSAGE_ID_DOMAIN = 'mailbench.example';
const RECIPIENTS = 'recipients@example.test';
const SENDER = 'sender@example.test';
const MARKER_ATTEMPTS = 3;

export type Template = Omit<TemplateMessage, 'kind' | 'weight' | 'dkim' | 'expect'>;

/** Throws UsageError when it cannot be sent as it is written. */
export function composeTemplate(template: Template, options: TemplateOptions): ComposedMessage {
  Object.entries(template.headers).forEach(requireUsableField);
  requireSafe('subject', template.subject);
  for (const { filename, contentType, cid } of template.attachments) {
    requireSafe('attachment name', filename);
    requireSafe('attachment type', contentType ?? '');
    requireSafe('attachment cid', cid ?? '');
  }
  return composeMarked(template, options);
}

/** Composes with a marker for {{seq}}; with another one should an attachment happen to contain it. */
function composeMarked(template: Template, options: TemplateOptions): ComposedMessage {
  const texts = textsOf(template);
  const parts = partsOf(template);
  const digest = digestOf(template);
  // One more: the Message-ID.
  const expected = texts.reduce((count, text) => count + countSeq(text), 1);
  for (let attempt = 0; attempt < MARKER_ATTEMPTS; attempt++) {
    const marker = chooseMarker([...texts, options.run, options.from], attempt);
    const names = { marker, digest };
    const mail = mailOf(template, parts, { ...options, ...names });
    const composed = unsplitMarkers(mimeBytes(mail), marker);
    const withFields = putRawFields(composed, template, marker);
    const bytes = rawPartsOf(parts, names).reduce(putRawPart, withFields);
    if (findMarkers(bytes, marker).length === expected) return { bytes, marker };
  }
  throw new UsageError('MESSAGE_PLACEHOLDER_LOST', `${SEQ} cannot be found again in the composed message`, {
    hint: `Use ${SEQ} in the subject, text, html or in plain header values; not in base64, nor beside non-ASCII names in address headers.`,
  });
}

/** Everything in which a placeholder may stand. */
function textsOf({ subject, text, html, headers }: Template): string[] {
  return [subject, text, html, ...Object.values(headers)].filter((one) => typeof one === 'string');
}

function mailOf(
  template: Template,
  parts: readonly Part[],
  { run, from, marker, digest }: TemplateOptions & { readonly marker: string; readonly digest: string },
): MailComposerOptions {
  const given = new Set(Object.keys(template.headers).map((name) => name.toLowerCase()));
  const hasPlaceholder = textsOf(template).some((text) => text.includes(SEQ));
  return {
    ...(given.has('from') ? {} : { from: headerFrom(from) }),
    ...(given.has('to') ? {} : { to: RECIPIENTS }),
    ...headerFields(template, marker),
    messageId: `<${marker}.${run}@${MESSAGE_ID_DOMAIN}>`,
    date: dateText(0),
    ...composerParts(parts, { marker, digest }),
    // Base64 would hide the marker; quoted-printable shows it.
    ...(hasPlaceholder ? { textEncoding: 'Q' as const } : {}),
    baseBoundary: digest,
  };
}

/** The envelope's sender where it is one address; else a fixed one, of the same domain if that is fixed. */
function headerFrom(from: string): string {
  const isOfEachMessage = (text: string) => text.includes(SEQ) || text.includes(VERP);
  if (!isOfEachMessage(from)) return from === '' ? SENDER : from;
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return isOfEachMessage(domain) ? SENDER : `sender@${domain}`;
}

function digestOf(template: Template): string {
  return hash('sha256', JSON.stringify(template), 'hex').slice(0, 16);
}
