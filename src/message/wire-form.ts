/**
 * Wire form: a message as it lies in a file, made fit to be sent, and what forbids that.
 *
 * Byte for byte but for line ends: LF becomes CRLF, a last one that is missing is added, and in an mbox one `>` of `>From `
 * is taken away (mboxrd). What RFC 5321 does not let through (lone CR, NUL, lines over 998 octets) is not mended but told.
 * RFC 5321 §2.3.8, §4.5.3.1.6; RFC 5322 §2.1.1, §2.2.
 */
import { bodyOffset } from './stamp.js';

/** Why a message cannot be sent. */
export type Obstacle =
  | 'is no message: it does not begin with a header field'
  | 'holds a NUL'
  | 'holds a CR without LF'
  | 'has a line of over 998 octets'
  | 'is over 256 MiB';

export const MAX_LINE_BYTES = 998;
const FIELD = /^[!-9;-~]+[ \t]*:/;
const LONE_LF = /(?<!\r)\n/g;
const LF = 10;
const CR = 13;

/** The message with CRLF line ends, the last one too. */
export function toWireForm(raw: Buffer, isMbox: boolean): Buffer {
  const unquoted = isMbox ? withoutQuotes(raw) : raw;
  const isEnded = unquoted[unquoted.length - 1] === LF;
  if (isEnded && !hasLoneLf(unquoted)) return unquoted;
  // As one string, in one go: a copy for each line costs three times as much.
  const text = unquoted.toString('latin1');
  const lines = unquoted.includes(CR) ? text.replace(LONE_LF, '\r\n') : text.replaceAll('\n', '\r\n');
  return Buffer.from(isEnded ? lines : `${lines}\r\n`, 'latin1');
}

/** Of a message with any line ends; null: it can be sent. */
export function obstacleOf(raw: Buffer, allowLongLines: boolean): Obstacle | null {
  if (!FIELD.test(raw.toString('latin1', 0, 256)))
    return 'is no message: it does not begin with a header field';
  return contentObstacleOf(raw, allowLongLines);
}

/** The same of a part, which need not begin with a header field. */
export function contentObstacleOf(raw: Buffer, allowLongLines: boolean): Obstacle | null {
  if (raw.includes(0)) return 'holds a NUL';
  if (hasLoneCr(raw)) return 'holds a CR without LF';
  return !allowLongLines && longestLine(raw) > MAX_LINE_BYTES ? 'has a line of over 998 octets' : null;
}

/** Whether a DKIM-Signature covers the Message-ID, which replacing it would break. */
export function isSignedOverMessageId(raw: Buffer): boolean {
  const header = raw.toString('latin1', 0, bodyOffset(raw));
  return header
    .split(/\r?\n(?![ \t])/)
    .filter((field) => /^DKIM-Signature[ \t]*:/i.test(field))
    .some((field) => /[;\s]h\s*=[^;]*\bmessage-id\b/i.test(field));
}

function withoutQuotes(raw: Buffer): Buffer {
  if (!raw.includes('>From ')) return raw;
  return Buffer.from(raw.toString('latin1').replace(/^>(>*From )/gm, '$1'), 'latin1');
}

function hasLoneLf(raw: Buffer): boolean {
  for (let at = raw.indexOf(LF); at >= 0; at = raw.indexOf(LF, at + 1)) if (raw[at - 1] !== CR) return true;
  return false;
}

/** A CR at the very end is one too. */
function hasLoneCr(raw: Buffer): boolean {
  for (let at = raw.indexOf(CR); at >= 0; at = raw.indexOf(CR, at + 1)) if (raw[at + 1] !== LF) return true;
  return false;
}

/** Octets without the line end. */
function longestLine(raw: Buffer): number {
  let [longest, from] = [0, 0];
  while (from < raw.length) {
    const found = raw.indexOf(LF, from);
    const end = found === -1 ? raw.length : found;
    const length = end - from - (end > from && raw[end - 1] === CR ? 1 : 0);
    if (length > longest) longest = length;
    from = end + 1;
  }
  return longest;
}
