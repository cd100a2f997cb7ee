/**
 * Rules about messages: what cannot be composed or sent, and expectations that cannot come true.
 *
 * Header fields follow RFC 5322 §2.2 and §2.1.1 (998 characters a line). Those that mailbench or MIME composition
 * writes are refused, because a second one would make the message invalid (RFC 5322 §3.6).
 */

import { suggestion } from '../../yaml/did-you-mean.js';
import type { KeyPath } from '../../yaml/key-path.js';
import { placeholdersOf } from '../address-pattern.js';
import type { Partly } from '../check-words.js';
import type { ExpectationWords, MessageWords, TemplateWords } from '../schema/schema.js';
import { checkEncoding } from './encoding.js';
import type { PartlyWords, Report } from './rule.js';
import { checkSize } from './sizes.js';

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

export function mailProblems(words: PartlyWords, report: Report): void {
  const messages = words.messages ?? [];
  for (const [index, message] of messages.entries()) {
    if (message !== undefined) checkMessage(message, ['messages', index], report);
  }
  checkWeights(messages, ['messages'], report);
}

/** A mix needs something to draw. */
export function checkWeights(
  entries: readonly ({ readonly weight?: number | undefined } | undefined)[],
  path: KeyPath,
  report: Report,
): void {
  const hasWeight = entries.some((entry) => entry === undefined || (entry.weight ?? 1) > 0);
  if (entries.length === 0 || hasWeight) return;
  report(path, 'SCENARIO_WEIGHTS', 'has no entry with a weight above 0', 'Give one of them `weight: 1`.');
}

/** Text that is written into the envelope or a header line: what could end the line early is refused. */
export function checkControlCharacters(text: string, path: KeyPath, report: Report): boolean {
  if (!/[\r\n\0]/.test(text)) return true;
  report(path, 'SCENARIO_CONTROL_CHARACTER', 'holds CR, LF or NUL', 'Write it as one line.');
  return false;
}

/** Every `{{…}}` must be one that has a value at this place. */
export function checkPlaceholders(
  text: string,
  known: readonly string[],
  at: { path: KeyPath; report: Report },
): boolean {
  const unknown = placeholdersOf(text).filter((name) => !known.includes(name));
  for (const name of unknown) {
    at.report(
      at.path,
      'SCENARIO_PLACEHOLDER',
      `holds {{${name}}}, which has no value here`,
      suggestion(name, known),
    );
  }
  return unknown.length === 0;
}

export function checkExpectation(
  expect: Partly<ExpectationWords> | undefined,
  path: KeyPath,
  report: Report,
): void {
  if (expect === undefined || typeof expect === 'string') return;
  const { outcome, code, enhanced } = expect;
  const isSuccess = code !== undefined ? code < 400 : enhanced?.startsWith('2');
  const isRefusal = isSuccess === undefined ? expect.class !== undefined : !isSuccess;
  if (outcome === 'accepted' && isRefusal) {
    report(path, 'SCENARIO_EXPECT', 'wants accepted and a refusal at once', 'Write `outcome: rejected`.');
  }
  if (outcome === 'rejected' && isSuccess === true) {
    report(
      path,
      'SCENARIO_EXPECT',
      'wants rejected and a success code at once',
      'Write `outcome: accepted`.',
    );
  }
  if (outcome === 'failed' && (code ?? enhanced) !== undefined) {
    report(
      path,
      'SCENARIO_EXPECT',
      'wants failed, which is no reply at all, and a reply code at once',
      'Leave the code out.',
    );
  }
  if (code !== undefined && enhanced !== undefined && String(code)[0] !== enhanced[0]) {
    report(
      path,
      'SCENARIO_EXPECT',
      `wants code ${code} and enhanced status ${enhanced} of another class`,
      'Both must begin with the same digit.',
    );
  }
}

function checkMessage(message: Partly<MessageWords>, path: KeyPath, report: Report): void {
  const { size, template } = message;
  checkKind(message, path, report);
  if (size !== undefined) checkSize(size, [...path, 'size'], report);
  if (template !== undefined) checkTemplate(template, [...path, 'template'], report);
  checkExpectation(message.expect, [...path, 'expect'], report);
}

const KINDS = ['size', 'template', 'corpus'] as const;

function checkKind(message: Partly<MessageWords>, path: KeyPath, report: Report): void {
  const given = KINDS.filter((kind) => message[kind] !== undefined);
  if (given.length !== 1) {
    const has = given.length === 0 ? 'none of size, template and corpus' : given.join(' and ');
    report.restingOn(...KINDS.map((kind) => [...path, kind]))(
      path,
      'SCENARIO_MESSAGE_KIND',
      `has ${has}, and needs exactly one`,
      'Write e.g. `size: 12KiB`.',
    );
  }
  const isSigned = message.dkim !== undefined && message.dkim !== false;
  if (message.corpus !== undefined && isSigned) {
    const hint = 'Leave it out: a corpus goes out as it is.';
    report([...path, 'dkim'], 'SCENARIO_MESSAGE_KIND', 'cannot sign a corpus', hint);
  }
}

function checkTemplate(template: Partly<TemplateWords>, path: KeyPath, report: Report): void {
  const { subject, text, html, headers = {}, attachments = [] } = template;
  if (text === undefined && html === undefined && attachments.length === 0) {
    report.restingOn([...path, 'text'], [...path, 'html'], [...path, 'attachments'])(
      path,
      'SCENARIO_TEMPLATE_EMPTY',
      'has neither text nor html nor attachments',
      'Add `text: "…"`, or use a size instead.',
    );
  }
  for (const [key, value] of Object.entries({ subject, text, html })) {
    if (value !== undefined) checkPlaceholders(value, ['seq'], { path: [...path, key], report });
  }
  checkEncoding(template, path, report);
  if (subject !== undefined) checkControlCharacters(subject, [...path, 'subject'], report);
  for (const [name, value] of Object.entries(headers)) {
    checkHeader(name, value ?? '', { path: [...path, 'headers', name], report });
  }
  for (const [index, attachment] of attachments.entries()) {
    const filename = attachment?.filename;
    if (filename !== undefined) {
      checkControlCharacters(filename, [...path, 'attachments', index, 'filename'], report);
    }
  }
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
