/**
 * Bounce: a delivery status notification about a message that was accepted and cannot be delivered after all.
 *
 * Pure: the same original gives the same bytes. Written here rather than by nodemailer, which sends it, because its parts
 * are what is to be right: a human part, message/delivery-status, and the original or its headers, stamp included.
 * A null reverse-path and a NOTIFY without FAILURE get none. All text is the client's: control characters never pass.
 * RFC 3464 (DSN), RFC 6522 (multipart/report), RFC 3461 §4 and §6 (RET, ENVID, NOTIFY, ORCPT), RFC 3834 (Auto-Submitted).
 */
import { bodyOffset } from '../../message/stamp.js';

export interface Undeliverable {
  /** Unique to the sink: becomes Message-ID and boundary. Letters, digits, `.`, `_` and `-`. */
  readonly id: string;
  /** Reverse-path, without brackets. */
  readonly from: string;
  /** ENVID as meant, not as xtext; '' when none was given. */
  readonly envelopeId: string;
  /** null when RET was not given: the whole message then, unless it is large. */
  readonly ret: 'FULL' | 'HDRS' | null;
  readonly arrivedAtMs: number;
  readonly recipients: readonly UndeliverableRecipient[];
  /** As received: not dot-stuffed, without terminator. */
  readonly message: Buffer;
}

export interface UndeliverableRecipient {
  /** Forward-path, without brackets. */
  readonly address: string;
  /** ORCPT as meant, `rfc822;user@example.test`; '' when none was given. */
  readonly original: string;
  /** NOTIFY, upper case; empty when not given. */
  readonly notify: readonly string[];
  /** `5.1.1`. */
  readonly status: string;
  /** Why, as a receiver would say it. */
  readonly text: string;
}

export interface Bounce {
  /** Envelope recipient; its sender is the null reverse-path. */
  readonly to: string;
  readonly bytes: Buffer;
  readonly is8Bit: boolean;
}

export interface BounceOptions {
  /** Name of the sink: Reporting-MTA. */
  readonly name: string;
  /** When it is written, ms since the epoch. */
  readonly nowMs: number;
}

/** Without RET, larger ones come back as headers only (RFC 3461 §4.3 leaves it to the server). */
const FULL_BYTES = 256 * 1024;
const LINE_CHARS = 76;
const CRLF = '\r\n';

/** null where nobody is to be told: a null reverse-path, or no recipient that asked to hear of failures. */
export function composeBounce(original: Undeliverable, options: BounceOptions): Bounce | null {
  const recipients = original.recipients.filter(wantsFailure);
  if (original.from === '' || recipients.length === 0) return null;
  const returned = returnedPart(original);
  const boundary = `=_${original.id}_dsn`;
  const text = [
    ...header(original, options, boundary),
    '',
    'This is a delivery status notification in MIME format.',
    `--${boundary}`,
    ...humanPart(recipients, options),
    `--${boundary}`,
    ...statusPart(original, recipients, options),
    `--${boundary}`,
    ...returned.header,
    '',
    '',
  ].join(CRLF);
  const bytes = Buffer.concat([
    Buffer.from(text, 'utf8'),
    returned.content,
    Buffer.from(`${CRLF}--${boundary}--${CRLF}`),
  ]);
  return { to: original.from, bytes, is8Bit: has8Bit(bytes) };
}

/** RFC 3461 §4.1: without NOTIFY, failures are told. */
function wantsFailure({ notify }: UndeliverableRecipient): boolean {
  return notify.length === 0 || notify.includes('FAILURE');
}

function header({ id, from }: Undeliverable, { name, nowMs }: BounceOptions, boundary: string): string[] {
  return [
    `From: Mail Delivery System <MAILER-DAEMON@${name}>`,
    `To: <${plain(from)}>`,
    'Subject: Undelivered Mail Returned to Sender',
    `Date: ${dateOf(nowMs)}`,
    `Message-ID: <${id}@${name}>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status;',
    `\tboundary="${boundary}"`,
  ];
}

function humanPart(recipients: readonly UndeliverableRecipient[], { name }: BounceOptions): string[] {
  return [
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    `This is the mail system at host ${name}.`,
    '',
    'Your message was accepted, but could not be delivered to:',
    '',
    ...recipients.flatMap(({ address, status, text }) =>
      folded(`<${plain(address)}>: ${status} ${plain(text)}`, '    '),
    ),
    '',
  ];
}

function statusPart(
  { envelopeId, arrivedAtMs }: Undeliverable,
  recipients: readonly UndeliverableRecipient[],
  { name }: BounceOptions,
): string[] {
  return [
    'Content-Type: message/delivery-status',
    '',
    ...(envelopeId === '' ? [] : folded(`Original-Envelope-Id: ${ascii(envelopeId)}`, '\t')),
    `Reporting-MTA: dns; ${name}`,
    `Arrival-Date: ${dateOf(arrivedAtMs)}`,
    ...recipients.flatMap((recipient) => ['', ...recipientFields(recipient)]),
    '',
  ];
}

function recipientFields({ address, original, status, text }: UndeliverableRecipient): string[] {
  return [
    ...(original === '' ? [] : [`Original-Recipient: ${ascii(original)}`]),
    `Final-Recipient: ${typed(address)}`,
    'Action: failed',
    `Status: ${status}`,
    ...folded(`Diagnostic-Code: smtp; ${codeOf(status)} ${status} ${ascii(text)}`, '\t'),
  ];
}

/** RFC 6533 §3: an address that is not ASCII is of another type, and encoded here, in a part that is ASCII. */
function typed(address: string): string {
  return `${isAscii(address) ? 'rfc822' : 'utf-8'}; ${ascii(address)}`;
}

function codeOf(status: string): string {
  return status.startsWith('4') ? '450' : '550';
}

function returnedPart({ message, ret }: Undeliverable): { header: string[]; content: Buffer } {
  const isFull = ret === null ? message.length <= FULL_BYTES : ret === 'FULL';
  const content = isFull ? message : message.subarray(0, bodyOffset(message));
  const encoding = has8Bit(content) ? ['Content-Transfer-Encoding: 8bit'] : [];
  const type = isFull ? 'message/rfc822' : 'text/rfc822-headers';
  return { header: [`Content-Type: ${type}`, ...encoding], content };
}

/** In lines of about 76 characters, broken at spaces; a longer word stays whole, up to what a line may hold. */
function folded(line: string, indent: string): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ').flatMap(shortened)) {
    if (current !== '' && current.length + word.length >= LINE_CHARS) {
      lines.push(current);
      current = `${indent}${word}`;
    } else {
      current = current === '' ? word : `${current} ${word}`;
    }
  }
  return [...lines, current];
}

function shortened(word: string): string[] {
  return word.match(/.{1,500}/gsu) ?? [''];
}

function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
}

function ascii(text: string): string {
  return plain(text).replace(/[^ -~]/gu, (character) => `\\x{${character.codePointAt(0)?.toString(16)}}`);
}

function isAscii(text: string): boolean {
  return /^[ -~]*$/.test(text);
}

function has8Bit(bytes: Buffer): boolean {
  return bytes.some((byte) => byte > 127);
}

/** RFC 5322 §3.3. */
function dateOf(atMs: number): string {
  return new Date(atMs).toUTCString().replace('GMT', '+0000');
}
