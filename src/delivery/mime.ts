/**
 * MIME: the parts of a message, as offsets into its text.
 *
 * For hostile mail: bounded in depth and number of parts, never throws, linear in the size of the text. What is too deep,
 * too much or malformed is a leaf. The text is the message in latin1 (an octet a character) with CRLF line ends.
 * RFC 2045 §5 and §6 (fields), RFC 2046 §5.1 (multipart) and §5.2.1 (message/rfc822), RFC 6532 (message/global).
 */

export interface Entity {
  /** Of the header's first field. */
  readonly start: number;
  /** Behind the empty line that ends the header. */
  readonly bodyStart: number;
  readonly end: number;
  /** `multipart/mixed`, in lower case; `text/plain` where nothing is said. */
  readonly type: string;
  /** Of Content-Type, names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Content-Transfer-Encoding in lower case; `7bit` where nothing is said. */
  readonly encoding: string;
  /** Of a multipart, its parts; of a message in the message, that one. */
  readonly parts: readonly Entity[];
}

/** A header field with its continuation lines. */
export interface Field {
  readonly start: number;
  /** Behind its last CRLF. */
  readonly end: number;
  /** Unfolded. */
  readonly value: string;
}

const MAX_DEPTH = 8;
const MAX_PARTS = 200;
/** A field longer than that is not looked into. */
const MAX_FIELD_CHARS = 8192;
const MAX_FIELDS = 500;
const PARAMETER = /;\s*([a-z0-9_-]{1,40})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/gi;
const EQUALS = 61;
const MESSAGE_TYPES = ['message/rfc822', 'message/global'];

/** The text of a message as parseMime takes it. */
export function mimeText(message: Uint8Array): string {
  const text = Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString('latin1');
  return text.replace(/\r?\n/g, '\r\n');
}

export function parseMime(text: string): Entity {
  return parseEntity(text, { start: 0, end: text.length }, { depth: 0, counter: { parts: 0 } });
}

/** The first field of this name in the header of an entity. */
export function findField(
  text: string,
  { start, bodyStart }: Pick<Entity, 'start' | 'bodyStart'>,
  name: string,
): Field | null {
  const wanted = `${name.toLowerCase()}:`;
  let at = start;
  for (let fields = 0; at < bodyStart && fields < MAX_FIELDS; fields++) {
    const end = fieldEnd(text, at, bodyStart);
    if (text.slice(at, at + wanted.length).toLowerCase() === wanted) {
      const raw = text.slice(at + wanted.length, Math.min(end, at + MAX_FIELD_CHARS));
      return { start: at, end, value: raw.replace(/\r\n(?=[ \t])/g, '').trim() };
    }
    at = end;
  }
  return null;
}

/** What an entity holds, its transfer encoding undone. */
export function decodedContent(text: string, { bodyStart, end, encoding }: Entity): string {
  const content = text.slice(bodyStart, end);
  if (encoding === 'base64')
    return Buffer.from(content, 'base64').toString('latin1').replace(/\r?\n/g, '\r\n');
  return encoding === 'quoted-printable' ? fromQuoted(content) : content;
}

/** Entity and all within it, in the order of the text. */
export function* walk(entity: Entity): Generator<Entity> {
  yield entity;
  for (const part of entity.parts) yield* walk(part);
}

interface Range {
  readonly start: number;
  readonly end: number;
}

interface Bounds {
  readonly depth: number;
  readonly counter: { parts: number };
}

function parseEntity(text: string, { start, end }: Range, bounds: Bounds): Entity {
  bounds.counter.parts++;
  const bodyStart = headerEnd(text, start, end);
  const header = { start, bodyStart };
  const contentType = findField(text, header, 'Content-Type')?.value ?? '';
  const encoding = findField(text, header, 'Content-Transfer-Encoding')?.value.toLowerCase() ?? '7bit';
  const type = /^[^\s;]+/.exec(contentType)?.[0].toLowerCase() ?? 'text/plain';
  const parameters = parametersOf(contentType);
  const entity = { start, bodyStart, end, type, parameters, encoding };
  const isTooMuch = bounds.depth >= MAX_DEPTH || bounds.counter.parts >= MAX_PARTS;
  return { ...entity, parts: isTooMuch ? [] : partsOf(text, entity, bounds) };
}

function partsOf(text: string, entity: Omit<Entity, 'parts'>, { depth, counter }: Bounds): Entity[] {
  const within = { depth: depth + 1, counter };
  const { type, parameters, encoding, bodyStart, end } = entity;
  const isPlain = encoding !== 'base64' && encoding !== 'quoted-printable';
  if (MESSAGE_TYPES.includes(type) && isPlain) return [parseEntity(text, { start: bodyStart, end }, within)];
  if (!type.startsWith('multipart/') || parameters.boundary === undefined) return [];
  const parts: Entity[] = [];
  for (const range of splitParts(text, { start: bodyStart, end }, parameters.boundary)) {
    if (counter.parts >= MAX_PARTS) break;
    parts.push(parseEntity(text, range, within));
  }
  return parts;
}

/** Between the delimiters. The CRLF in front of a delimiter is part of it; a part that is not closed goes to the end. */
function* splitParts(text: string, { start, end }: Range, boundary: string): Generator<Range> {
  const delimiter = `--${boundary}`;
  let partStart = -1;
  for (let at = findDelimiter(text, delimiter, start, end); at >= 0; ) {
    if (partStart >= 0) yield { start: partStart, end: Math.max(partStart, at - 2) };
    const behind = at + delimiter.length;
    if (text.startsWith('--', behind)) return;
    const lineEnd = text.indexOf('\r\n', behind);
    if (lineEnd < 0 || lineEnd >= end) return;
    partStart = lineEnd + 2;
    at = findDelimiter(text, delimiter, partStart, end);
  }
  if (partStart >= 0) yield { start: partStart, end };
}

/** Where a line begins that is this delimiter, and not just begins with it; -1. */
function findDelimiter(text: string, delimiter: string, from: number, end: number): number {
  for (let at = text.indexOf(delimiter, from); at >= 0 && at < end; at = text.indexOf(delimiter, at + 1)) {
    const isLineStart = at === from || text.startsWith('\r\n', at - 2);
    if (
      isLineStart &&
      /^(?:--)?[ \t]{0,80}(?:\r\n|$)/.test(text.slice(at + delimiter.length, at + delimiter.length + 84))
    )
      return at;
  }
  return -1;
}

function headerEnd(text: string, start: number, end: number): number {
  if (text.startsWith('\r\n', start)) return Math.min(end, start + 2);
  const at = text.indexOf('\r\n\r\n', start);
  return at < 0 || at + 4 > end ? end : at + 4;
}

function fieldEnd(text: string, start: number, bodyStart: number): number {
  for (let at = text.indexOf('\r\n', start); at >= 0 && at < bodyStart; at = text.indexOf('\r\n', at + 2)) {
    const next = text[at + 2];
    if (next !== ' ' && next !== '\t') return at + 2;
  }
  return bodyStart;
}

function parametersOf(contentType: string): Record<string, string> {
  const found = [...contentType.matchAll(PARAMETER)].slice(0, 50);
  return Object.fromEntries(
    found.map(([, name = '', quoted, bare]) => [
      name.toLowerCase(),
      quoted === undefined ? (bare as string) : quoted.replace(/\\(.)/g, '$1'),
    ]),
  );
}

/** In place, because a regular expression takes seconds for megabytes. What is malformed stays as it is. */
function fromQuoted(content: string): string {
  const bytes = Buffer.from(content, 'latin1');
  let length = 0;
  for (let at = 0; at < bytes.length; ) {
    const soft = bytes[at] === EQUALS ? softBreakEnd(bytes, at + 1) : -1;
    const octet = bytes[at] === EQUALS && soft < 0 ? octetOf(bytes, at + 1) : -1;
    if (soft >= 0) at = soft;
    else {
      bytes[length++] = octet >= 0 ? octet : (bytes[at] as number);
      at += octet >= 0 ? 3 : 1;
    }
  }
  return bytes.toString('latin1', 0, length);
}

/** Behind the CRLF of a soft line break, which may have blanks in front; -1 where there is none. */
function softBreakEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 32 || bytes[at] === 9) at++;
  return bytes[at] === 13 && bytes[at + 1] === 10 ? at + 2 : -1;
}

function octetOf(bytes: Buffer, at: number): number {
  const [high, low] = [hexDigit(bytes[at]), hexDigit(bytes[at + 1])];
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
