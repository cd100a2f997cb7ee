/**
 * Prose: readable ASCII text of an exact length, for messages that are given by size alone.
 *
 * Words of a small list in lines of 35 to 72 characters (a shorter one only where the text is shorter), so that it
 * compresses and scans like text rather than like a run of one letter. The same length and seed give the same text.
 * No line begins with a dot or ends with a space. RFC 5322 §2.1.1 (line lengths).
 */
const LINE_BYTES = 74;

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

/** `lengthBytes` (3 or more) of text, every line ended by CRLF. */
export function prose(lengthBytes: number, seed: number): Buffer {
  const text = Buffer.allocUnsafe(lengthBytes);
  const random = createRandom(seed);
  const lines = Math.ceil(lengthBytes / LINE_BYTES);
  for (let line = 0, at = 0; line < lines; line++) {
    const end = Math.floor((lengthBytes * (line + 1)) / lines);
    text.write(`${proseLine(end - at - 2, random)}\r\n`, at, 'latin1');
    at = end;
  }
  return text;
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
