/**
 * DSN: what a delivery status notification says, and which message of ours it is about.
 *
 * Reads the machine's part of a multipart/report and the stamp in what is quoted of the message. Also the notification of
 * a mailbox that refused after it had taken the mail (Sieve's reject: an MDN that says deleted). Never throws; bounded like
 * mime.ts, and looks at the first MiB only, where the report and the quoted header stand.
 * RFC 3464 (delivery-status), RFC 3462 (text/rfc822-headers), RFC 6533 (message/global-…), RFC 5429 §2.1 (reject), RFC 8098 (MDN).
 */
import { bodyOffset, parseStamp, type Stamp } from '../message/stamp.js';
import { decodedContent, type Entity, findField, mimeText, parseMime, walk } from './mime.js';
import type { Notification } from './receipt.js';

const MAX_BYTES = 1024 * 1024;
const MAX_HEADER_BYTES = 64 * 1024;
const MAX_RECIPIENTS = 1000;
const MAX_DIAGNOSTIC_CHARS = 500;
const MAX_ADDRESS_CHARS = 400;

const REPORTS = ['message/delivery-status', 'message/global-delivery-status'];
const DISPOSITIONS = ['message/disposition-notification', 'message/global-disposition-notification'];
const QUOTED = [
  'message/rfc822',
  'message/global',
  'text/rfc822-headers',
  'message/rfc822-headers',
  'message/global-headers',
];
const ACTIONS = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'] as const;

type RecipientReport = Notification['recipients'][number];

/** null when the message is no notification. */
export function readNotification(message: Uint8Array): Notification | null {
  if (!isReport(message)) return null;
  const text = mimeText(message.subarray(0, MAX_BYTES));
  const parts = [...walk(parseMime(text))];
  const report = parts.find(({ type }) => REPORTS.includes(type));
  const disposition = parts.find(({ type }) => DISPOSITIONS.includes(type));
  const recipients =
    report !== undefined
      ? recipientsOf(decodedContent(text, report))
      : disposition === undefined
        ? []
        : dispositionOf(decodedContent(text, disposition));
  if (recipients.length === 0) return null;
  const stamp = quotedStamp(text, parts);
  return { run: stamp?.run ?? null, number: stamp?.number ?? null, recipients };
}

/** Looked at in the header alone, because all mail that is not ours comes through here. */
function isReport(message: Uint8Array): boolean {
  const header = mimeText(message.subarray(0, Math.min(bodyOffset(message), MAX_HEADER_BYTES)));
  const type = findField(header, { start: 0, bodyStart: header.length }, 'Content-Type')?.value ?? '';
  return /^multipart\/report\b/i.test(type);
}

function quotedStamp(text: string, parts: readonly Entity[]): Stamp | null {
  for (const part of parts) {
    if (!QUOTED.includes(part.type)) continue;
    const stamp = parseStamp(decodedContent(text, part));
    if (stamp !== null) return stamp;
  }
  return null;
}

/** Groups of fields with an empty line between them: the first is about the message, each further one a recipient's. */
function recipientsOf(report: string): RecipientReport[] {
  const groups = report
    .split(/\r\n(?:[ \t]*\r\n)+/)
    .filter((group) => /^(?:original|final)-recipient:/im.test(group));
  return groups.slice(0, MAX_RECIPIENTS).flatMap((group) => recipientOf(group) ?? []);
}

function recipientOf(group: string): RecipientReport | null {
  const address = addressOf(group);
  const action = textOf(group, 'Action')
    .split(/[\s(;]/, 1)[0]
    ?.toLowerCase();
  const known = ACTIONS.find((name) => name === action);
  if (address === null || known === undefined) return null;
  const status = /^[245]\.\d{1,3}\.\d{1,3}/.exec(textOf(group, 'Status'))?.[0] ?? '';
  const diagnostic = withoutType(textOf(group, 'Diagnostic-Code')).slice(0, MAX_DIAGNOSTIC_CHARS);
  return { address, action: known, status, diagnostic };
}

function dispositionOf(report: string): RecipientReport[] {
  const address = addressOf(report);
  const disposition = textOf(report, 'Disposition');
  const outcome = /;\s*([a-z-]+)/i.exec(disposition)?.[1]?.toLowerCase();
  if (address === null || outcome !== 'deleted') return [];
  const diagnostic = disposition.slice(0, MAX_DIAGNOSTIC_CHARS);
  return [{ address, action: 'failed', status: '', diagnostic }];
}

/** Whom the sender meant, where that is told. */
function addressOf(group: string): string | null {
  const original = textOf(group, 'Original-Recipient');
  const value = withoutType(original === '' ? textOf(group, 'Final-Recipient') : original);
  const address = /^<(.*)>$/.exec(value)?.[1] ?? value;
  return address === '' ? null : unquoteUtf8(address).slice(0, MAX_ADDRESS_CHARS);
}

/** RFC 6533 §3: `\x{E4}` where the report had to be ASCII. */
function unquoteUtf8(address: string): string {
  return address.replace(/\\x\{([0-9A-Fa-f]{1,6})\}/g, (all, hex: string) => {
    const code = Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}

/** `smtp; 550 5.1.1 …` → `550 5.1.1 …` */
function withoutType(value: string): string {
  const semicolon = value.indexOf(';');
  return semicolon < 0 ? value : value.slice(semicolon + 1).trim();
}

function textOf(group: string, name: string): string {
  const value = findField(group, { start: 0, bodyStart: group.length }, name)?.value ?? '';
  return Buffer.from(value, 'latin1').toString('utf8').replace(/\s+/g, ' ');
}
