/**
 * Prose: readable ASCII text of an exact length, for messages that are given by size alone.
 *
 * Words of a small list in lines of `lineLength` characters, but for one or two shorter ones at the beginning that take up
 * what is left over. So texts of different lengths end alike, and a tail can be shared between them. It compresses and scans
 * like text rather than like a run of one letter. No line begins with a dot or ends with a space. RFC 5322 §2.1.1 (line lengths).
 */
/** RFC 5322 §2.1.1 would have lines of 78 at most. */
export const PROSE_LINE_LENGTH = 72;
/** Shortest text: one letter and its CRLF. */
export const MIN_PROSE_BYTES = 3;

const CRLF_BYTES = 2;
/** After so many bytes the text comes again: more than a compressor looks back (32 KiB in gzip). */
const PERIOD_BYTES = 256 * 1024;
/** By the length of their lines; made once. */
const PERIODS = new Map<number, Buffer>();

/** Words by length, 1 to 10; index 0 is empty. */
const WORDS: readonly (readonly string[])[] = [
  [],
  ['a', 'I'],
  ['we', 'it', 'is', 'to', 'of', 'at', 'by', 'in', 'on', 'as'],
  ['the', 'and', 'for', 'you', 'our', 'not', 'was', 'can', 'new', 'all'],
  ['mail', 'sent', 'will', 'have', 'with', 'from', 'this', 'week', 'note', 'plan'],
  ['order', 'after', 'there', 'about', 'could', 'reply', 'today', 'offer', 'final', 'night'],
  ['please', 'letter', 'before', 'should', 'number', 'moment', 'change', 'report', 'second', 'friday'],
  [
    'message',
    'project',
    'invoice',
    'between',
    'quarter',
    'meeting',
    'account',
    'service',
    'receive',
    'morning',
  ],
  ['question', 'delivery', 'schedule', 'customer', 'tomorrow', 'document', 'together', 'possible'],
  ['available', 'attention', 'following', 'recipient', 'therefore', 'september', 'agreement'],
  ['department', 'regulation', 'management', 'background', 'literature', 'understand'],
];
const LONGEST_BUT_ONE = WORDS.length - 2;

/** `lengthBytes` (3 or more) of text, every line ended by CRLF; `lineLength` is 10 to 998. */
export function prose(lengthBytes: number, lineLength = PROSE_LINE_LENGTH): Buffer {
  const text = Buffer.allocUnsafe(lengthBytes);
  const lineBytes = lineLength + CRLF_BYTES;
  const leftOver = lengthBytes % lineBytes;
  // Too little for a line of its own: shared out with the next one.
  const isTooLittle = leftOver > 0 && leftOver < MIN_PROSE_BYTES;
  const opening = isTooLittle ? leftOver + lineBytes : leftOver;
  writeOpening(text, opening, lineBytes);
  if (opening < lengthBytes) writeLines(text, opening, lineBytes);
  return text;
}

/** One line, or two where it would be too long. */
function writeOpening(text: Buffer, lengthBytes: number, lineBytes: number): void {
  const random = createRandom(lengthBytes);
  const first = lengthBytes > lineBytes ? lengthBytes >> 1 : lengthBytes;
  if (first > 0) text.write(`${proseLine(first - CRLF_BYTES, random)}\r\n`, 0, 'latin1');
  if (first < lengthBytes)
    text.write(`${proseLine(lengthBytes - first - CRLF_BYTES, random)}\r\n`, first, 'latin1');
}

/** Full lines to the end: what stands before the end depends only on how far away that is. */
function writeLines(text: Buffer, from: number, lineBytes: number): void {
  const period = periodOf(lineBytes);
  for (let end = text.length; end > from; end -= period.length) {
    const bytes = Math.min(period.length, end - from);
    period.copy(text, end - bytes, period.length - bytes);
  }
}

function periodOf(lineBytes: number): Buffer {
  const known = PERIODS.get(lineBytes);
  if (known !== undefined) return known;
  const random = createRandom(lineBytes);
  const lines = Array.from(
    { length: Math.ceil(PERIOD_BYTES / lineBytes) },
    () => `${proseLine(lineBytes - CRLF_BYTES, random)}\r\n`,
  );
  const period = Buffer.from(lines.join(''), 'latin1');
  PERIODS.set(lineBytes, period);
  return period;
}

function proseLine(length: number, random: (below: number) => number): string {
  let line = '';
  for (let rest = length; rest > 0; rest = length - line.length) {
    // The last word has the length that is left; any other leaves room for a space and one more letter.
    const isLast = rest < WORDS.length;
    const word = pick(isLast ? rest : 1 + random(LONGEST_BUT_ONE), random);
    line += isLast ? word : `${word} `;
  }
  return line.slice(0, 1).toUpperCase() + line.slice(1);
}

function pick(length: number, random: (below: number) => number): string {
  const words = WORDS[length] as readonly string[];
  return words[random(words.length)] as string;
}

/** A linear congruential generator: good enough to shuffle words, and the same everywhere. */
function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
