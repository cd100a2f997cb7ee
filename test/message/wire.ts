/**
 * Helpers of this room's tests: a dot-stuffer and its inverse, whole messages out of a source, and readers for headers
 * and quoted-printable. Written apart from the code under test, so that both would have to be wrong together.
 */
import type { Attachment, RecipientEntry, SizedMessage, TemplateMessage } from '#src/scenario/scenario.js';

export const SENT_AT_US = 1_764_000_000_123_456;

export function dotStuff(message: Buffer): Buffer {
  const text = message.toString('latin1').replace(/(^|\n)\./g, '$1..');
  return Buffer.from(`${text}.\r\n`, 'latin1');
}

export function unstuff(wire: Buffer): Buffer {
  const text = wire.toString('latin1');
  if (!text.endsWith('\r\n.\r\n')) throw new Error('no terminator');
  return Buffer.from(text.slice(0, -3).replace(/(^|\n)\.\./g, '$1.'), 'latin1');
}

interface Sendable {
  readonly lengthBytes: number;
  readonly headBytes: number;
  readonly tail: Buffer;
  writeHead(target: Buffer, at: number, sentAtUs: number): void;
}

/** The bytes a server would read for this message, between DATA and the final reply. */
export function wireOf(content: Sendable, sentAtUs = SENT_AT_US): Buffer {
  const wire = Buffer.alloc(content.lengthBytes, '?');
  content.writeHead(wire, 0, sentAtUs);
  content.tail.copy(wire, content.headBytes);
  return wire;
}

/** Field values, unfolded, by lower-case name; the last of equal names. */
export function headersOf(message: Buffer): Record<string, string> {
  const block = message.toString('utf8').split('\r\n\r\n')[0] ?? '';
  const lines = block.replace(/\r\n(?=[ \t])/g, '').split('\r\n');
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
}

export function bodyOf(message: Buffer): Buffer {
  return message.subarray(message.indexOf('\r\n\r\n') + 4);
}

/** Decodes RFC 2047 Q words; white space between two of them goes away. */
export function decodeWords(value: string): string {
  const joined = value.replace(/\?=\s+=\?/g, '?==?');
  return joined.replace(/(?:=\?UTF-8\?Q\?[^?]*\?=)+/g, (words) =>
    decodeQuotedPrintable(words.replace(/=\?UTF-8\?Q\?([^?]*)\?=/g, '$1').replaceAll('_', ' ')),
  );
}

export function decodeQuotedPrintable(text: string): string {
  const bytes = text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => `\0${hex}`);
  return Buffer.from(
    bytes.replace(/\0(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');
}

/** The leaf parts of a multipart message: header block and body as they stand there. */
export function partsOf(message: Buffer): { head: string; body: string }[] {
  const text = message.toString('latin1');
  const boundaries = [...text.matchAll(/boundary="([^"]+)"/g)].map((match) => match[1] ?? '');
  const delimiter = new RegExp(
    `\r\n--(?:${boundaries.map((one) => one.replace(/[^\w-]/g, '.')).join('|')})(?:--)?\r\n`,
  );
  return text
    .split(delimiter)
    .filter((part) => /^Content-/m.test(part) && !/^Content-Type: multipart/m.test(part))
    .map((part) => ({
      head: part.slice(0, part.indexOf('\r\n\r\n')),
      body: part.slice(part.indexOf('\r\n\r\n') + 4),
    }));
}

export function sized(sizeBytes: number, weight = 1): SizedMessage {
  return { kind: 'size', weight, sizeBytes, dkim: [], expect: null };
}

export function template(parts: Partial<TemplateMessage>): TemplateMessage {
  return {
    kind: 'template',
    weight: 1,
    subject: 'Subject',
    text: null,
    html: null,
    encoding: 'auto',
    headers: {},
    headerEncoding: 'encoded-word',
    attachments: [],
    dkim: [],
    expect: null,
    ...parts,
  };
}

export function attachment(parts: Partial<Attachment> = {}): Attachment {
  return {
    filename: 'a.bin',
    contentType: null,
    cid: null,
    encoding: 'auto',
    probability: 1,
    contentBase64: '',
    ...parts,
  };
}

type RecipientParts = Partial<Omit<RecipientEntry, 'perMessage'>> & {
  readonly perMessage?: number | RecipientEntry['perMessage'];
};

export function recipient({ perMessage = 1, ...parts }: RecipientParts = {}): RecipientEntry {
  return {
    weight: 1,
    address: 'user{{n}}@{{domain}}',
    domains: [{ domain: 'a.example.test', weight: 1 }],
    users: 1000,
    perMessage: typeof perMessage === 'number' ? { min: perMessage, max: perMessage } : perMessage,
    list: null,
    choose: 'uniform',
    exponent: 1,
    expect: null,
    ...parts,
  };
}

/** A draw that depends on its arguments alone: an integer hash with well mixed bits. */
export function hashDraw(number: number, purpose: number): number {
  let x = Math.imul(number + 1, 0x9e3779b1) ^ Math.imul(purpose + 1, 0x85ebca6b);
  for (let round = 0; round < 2; round++) {
    x ^= x >>> 16;
    x = Math.imul(x, 0x45d9f3b);
  }
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}
