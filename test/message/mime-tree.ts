/** A MIME parser for tests: a message as the tree of its parts, decoded. Written apart from what composes (RFC 2045, RFC 2046). */
import { decodeQuotedPrintable } from './wire.js';

export interface MimePart {
  /** Field values, unfolded, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Lower case, without parameters. */
  readonly type: string;
  readonly encoding: string;
  /** As it stands in the message. */
  readonly raw: Buffer;
  /** Decoded; empty for a multipart. */
  readonly content: Buffer;
  readonly parts: readonly MimePart[];
}

export function mimeTree(message: Buffer): MimePart {
  const end = message.indexOf('\r\n\r\n');
  const head = message.subarray(0, end).toString('utf8');
  const raw = message.subarray(end + 4);
  const headers = Object.fromEntries(
    head
      .replace(/\r\n(?=[ \t])/g, '')
      .split('\r\n')
      .map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
  );
  const field = headers['content-type'] ?? 'text/plain';
  const type = (field.split(';')[0] as string).trim().toLowerCase();
  const encoding = (headers['content-transfer-encoding'] ?? '7bit').toLowerCase();
  const boundary = /boundary="([^"]+)"/.exec(field)?.[1];
  const parts = boundary === undefined ? [] : split(raw, boundary).map(mimeTree);
  return {
    headers,
    type,
    encoding,
    raw,
    parts,
    content: parts.length > 0 ? Buffer.alloc(0) : decoded(raw, encoding),
  };
}

/** `multipart/mixed(text/plain, application/pdf)` */
export function shapeOf({ type, parts }: MimePart): string {
  return parts.length === 0 ? type : `${type}(${parts.map(shapeOf).join(', ')})`;
}

/** All leaves, in order. */
export function leavesOf(part: MimePart): readonly MimePart[] {
  return part.parts.length === 0 ? [part] : part.parts.flatMap(leavesOf);
}

/** Between the delimiter lines; the CRLF before a delimiter belongs to it (RFC 2046 §5.1.1). */
function split(body: Buffer, boundary: string): readonly Buffer[] {
  const text = `\r\n${body.toString('latin1')}`;
  const pieces = text.split(`\r\n--${boundary}`);
  if (!pieces.at(-1)?.startsWith('--')) throw new Error(`the multipart ${boundary} is not closed`);
  return pieces.slice(1, -1).map((piece) => Buffer.from(piece.replace(/^[ \t]*\r\n/, ''), 'latin1'));
}

function decoded(raw: Buffer, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(raw.toString('latin1'), 'base64');
  if (encoding === 'quoted-printable') return Buffer.from(decodeQuotedPrintable(raw.toString('latin1')));
  return raw;
}
