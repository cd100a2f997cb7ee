/**
 * Where the messages of an mbox lie: behind a `From ` line at the start of the file, or after an empty line, up to the next.
 *
 * A line counts only if a time and a year stand in it, or `From here on…` in a text would end its message. The empty line before
 * it belongs to neither. Reads in pieces, so memory does not grow with the file. RFC 4155.
 */

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Reads up to `length` bytes at `position` into the buffer and returns how many; 0 at the end. */
export type ReadAt = (buffer: Buffer, length: number, position: number) => number;

const PIECE_BYTES = 1024 * 1024;
/** No `From ` line is longer. */
const LONGEST_LINE = 1_024;
const FROM_LINE = /^From .* \d{1,2}:\d{2}(?::\d{2})?\b.* \d{4}|^From .* \d{4} \d{1,2}:\d{2}/;
const MARK = Buffer.from('\nFrom ');

/** In order; what stands before the first `From ` line is passed over. */
export function* mboxSpans(read: ReadAt): Generator<Span, undefined> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  /** Offset in the file of the piece, and how much of it is filled. */
  let [base, filled] = [0, 0];
  /** Behind the `From ` line of the message under way; -1: none yet. */
  let start = -1;
  /** Up to here, in the file, marks have been looked for. */
  let lookedTo = 0;
  for (let isEnd = false; !isEnd; ) {
    filled = fill(piece, filled, { read, base });
    isEnd = filled < PIECE_BYTES;
    if (base === 0 && start === -1) start = afterFirstLine(piece.subarray(0, filled));
    // Enough is kept back to see the line before a mark, and the mark's own line, in one piece.
    const upTo = isEnd ? filled : Math.max(0, filled - LONGEST_LINE);
    for (const at of marksIn(piece, upTo)) {
      if (base + at < lookedTo) continue;
      const line = lineAt(piece, at + 1, filled);
      const blank = blankBefore(piece, at, base);
      if (blank === 0 || !FROM_LINE.test(line)) continue;
      if (start >= 0) yield { start, end: base + at + 1 - blank };
      start = base + at + 1 + line.length + 1;
    }
    lookedTo = base + upTo;
    const keep = Math.max(0, upTo - 4);
    piece.copyWithin(0, keep, filled);
    base += keep;
    filled -= keep;
    if (isEnd && start >= 0)
      yield { start, end: withoutLastBlank(piece.subarray(0, filled), base + filled, start) };
  }
  return undefined;
}

/** A read may give less than is there. */
function fill(
  piece: Buffer,
  from: number,
  { read, base }: { readonly read: ReadAt; readonly base: number },
): number {
  let filled = from;
  for (let got = 1; got > 0 && filled < PIECE_BYTES; filled += got)
    got = read(piece.subarray(filled), PIECE_BYTES - filled, base + filled);
  return filled;
}

function* marksIn(piece: Buffer, upTo: number): Generator<number, undefined> {
  const part = piece.subarray(0, upTo + MARK.length - 1);
  for (let at = part.indexOf(MARK); at >= 0 && at < upTo; at = part.indexOf(MARK, at + 1)) yield at;
  return undefined;
}

function afterFirstLine(piece: Buffer): number {
  if (piece.toString('latin1', 0, 5) !== 'From ') return -1;
  const end = piece.indexOf(10);
  return end === -1 ? piece.length : end + 1;
}

function lineAt(piece: Buffer, from: number, filled: number): string {
  const end = piece.indexOf(10, from);
  return piece.toString('latin1', from, end === -1 || end > filled ? filled : end);
}

/** Bytes of the empty line that ends with the LF at `at`; 0 when that line is not empty. */
function blankBefore(piece: Buffer, at: number, base: number): number {
  if (at === 0) return base === 0 ? 1 : 0;
  if (piece[at - 1] === 10) return 1;
  const isCrlf = piece[at - 1] === 13;
  return isCrlf && (at === 1 || piece[at - 2] === 10) ? 2 : 0;
}

function withoutLastBlank(tail: Buffer, end: number, start: number): number {
  const text = tail.toString('latin1', Math.max(0, tail.length - 4));
  const cut = text.endsWith('\r\n\r\n') ? 2 : text.endsWith('\n\n') ? 1 : 0;
  return Math.max(start, end - cut);
}
