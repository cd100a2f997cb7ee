/**
 * Header fields that a template gives: which names and values may be sent, and raw UTF-8 where encoded words are not wanted.
 *
 * RFC 5322 §2.2 (names), RFC 6532 §3 (UTF-8 in header fields, for receivers with SMTPUTF8).
 */

import type { MailComposerOptions } from 'nodemailer/lib/mail-composer';
import { foldLines } from 'nodemailer/lib/mime-funcs';
import { BugError, UsageError } from '../errors.js';
import { fillHeaderSeq, fillSeq } from './placeholder.js';
import { STAMP_HEADER } from './stamp.js';
import { MAX_LINE_BYTES } from './wire-form.js';

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
const STAND_IN = 'X-Raw-Fields';
const STAND_IN_LINE = `${STAND_IN}: ${STAND_IN}\r\n`;
const LINE_LENGTH = 76;

interface Fields {
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly headerEncoding: 'encoded-word' | 'utf8';
}

/** Subject and further fields in nodemailer's words, with the marker for numbers. */
export function headerFields(
  { subject, headers, headerEncoding }: Fields,
  marker: string,
): Pick<MailComposerOptions, 'headers' | 'subject'> {
  const fields = Object.entries(headers);
  if (headerEncoding === 'encoded-word') {
    return {
      headers: fields.map(([key, value]) => ({ key, value: fillHeaderSeq(key, value, marker) })),
      subject: fillHeaderSeq('subject', subject, marker),
    };
  }
  return { headers: [{ key: STAND_IN, value: STAND_IN }] };
}

/** nodemailer encodes whatever field it knows; so one stands in for all that go out as they stand. */
export function putRawFields(message: Buffer, fields: Fields, marker: string): Buffer {
  if (fields.headerEncoding === 'encoded-word') return message;
  const at = message.indexOf(STAND_IN_LINE);
  if (at < 0) throw new BugError('The place of the raw header fields is lost.');
  const lines = [...Object.entries(fields.headers), ['Subject', fields.subject]].map(
    ([name, value = '']) => `${foldLines(`${name}: ${fillSeq(value, marker)}`, LINE_LENGTH)}\r\n`,
  );
  lines.forEach(requireShortLines);
  return Buffer.concat([
    message.subarray(0, at),
    Buffer.from(lines.join('')),
    message.subarray(at + STAND_IN_LINE.length),
  ]);
}

function requireShortLines(field: string): void {
  if (field.split('\r\n').every((line) => Buffer.byteLength(line) <= MAX_LINE_BYTES)) return;
  const message = `A word of the header ${field.slice(0, field.indexOf(':'))} is over ${MAX_LINE_BYTES} bytes`;
  throw new UsageError('MESSAGE_ENCODING_UNFIT', message, {
    hint: 'A line can be folded at spaces only; put some into it, or leave out `headerEncoding: utf8`.',
  });
}

export function requireUsableField([name, value]: [string, string]): void {
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

/** Nothing in it ends its line early. */
export function requireSafe(what: string, value: string): void {
  if (!/[\r\n\0]/.test(value)) return;
  throw new UsageError('MESSAGE_HEADER_UNSAFE', `The ${what} holds CR, LF or NUL: ${JSON.stringify(value)}`, {
    hint: 'A header value is one line; remove the line break.',
  });
}
