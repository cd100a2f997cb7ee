/**
 * Rules about templates: what cannot be composed or sent.
 *
 * Header fields follow RFC 5322 §2.2 and §2.1.1 (998 characters a line). Those that mailbench or MIME composition
 * writes are refused, because a second one would make the message invalid (RFC 5322 §3.6).
 */
import type { KeyPath } from '../../yaml/key-path.js';
import { parseSizeBytes } from '../../yaml/quantities.js';
import type { Partly } from '../check-words.js';
import type { TemplateWords } from '../schema/schema.js';
import { checkAttachments, isAlways } from './attachments.js';
import { checkEncoding } from './encoding.js';
import type { Report } from './rule.js';
import { checkControlCharacters, checkPlaceholders } from './texts.js';

const RESERVED_HEADERS = [
  'x-mailbench',
  'subject',
  'date',
  'message-id',
  'bcc',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
];
const MAX_HEADER_LINE = 998;
/** Room for the tags of a generated html. */
const MIN_TEXT_BYTES = 64;

export function checkTemplate(template: Partly<TemplateWords>, path: KeyPath, report: Report): void {
  const { subject, text, html, headers = {}, attachments = [] } = template;
  const isAttached = attachments.some((one) => one === undefined || isAlways(one.probability));
  if (text === undefined && html === undefined && !isAttached) {
    report.restingOn([...path, 'text'], [...path, 'html'], [...path, 'attachments'])(
      path,
      'SCENARIO_TEMPLATE_EMPTY',
      'has neither text nor html nor an attachment that is always there',
      'Add `text: "…"`, or use a size instead.',
    );
  }
  for (const [key, value] of Object.entries({ subject, text, html })) {
    if (typeof value === 'string') checkPlaceholders(value, ['seq'], { path: [...path, key], report });
    else if (value !== undefined) checkLeast(value.size, [...path, key, 'size'], report);
  }
  checkEncoding(template, path, report);
  if (subject !== undefined) checkControlCharacters(subject, [...path, 'subject'], report);
  for (const [name, value] of Object.entries(headers)) {
    checkHeader(name, value ?? '', { path: [...path, 'headers', name], report });
  }
  checkAttachments(template, [...path, 'attachments'], report);
}

function checkLeast(size: string | number | undefined, path: KeyPath, report: Report): void {
  const sizeBytes = size === undefined ? null : parseSizeBytes(size);
  if (sizeBytes === null || sizeBytes >= MIN_TEXT_BYTES) return;
  const hint = `Use at least ${MIN_TEXT_BYTES}B, or write the text.`;
  report(path, 'SCENARIO_MESSAGE_SIZE', `is ${sizeBytes} bytes, too few for a text`, hint);
}

function checkHeader(name: string, value: string, at: { path: KeyPath; report: Report }): void {
  const { path, report } = at;
  if (!/^[\x21-\x39\x3b-\x7e]{1,76}$/.test(name)) {
    report(
      path,
      'SCENARIO_HEADER',
      'is no name of a header field (RFC 5322 §2.2: printable ASCII without a colon)',
      'Write a name such as X-Campaign.',
    );
  }
  const lower = name.toLowerCase();
  if (RESERVED_HEADERS.includes(lower)) {
    report(
      path,
      'SCENARIO_HEADER',
      'is a header field that mailbench writes itself',
      lower === 'subject' ? 'Use `subject:` of the template.' : 'Leave it out.',
    );
  }
  checkControlCharacters(value, path, report);
  checkPlaceholders(value, ['seq'], at);
  if (name.length + 2 + value.length > MAX_HEADER_LINE) {
    report(
      path,
      'SCENARIO_HEADER',
      `is longer than ${MAX_HEADER_LINE} characters (RFC 5322 §2.1.1)`,
      'Shorten it.',
    );
  }
}
