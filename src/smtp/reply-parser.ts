/**
 * Reply parser: bytes from the server in, complete SMTP replies out.
 *
 * Accepts any chunking of the stream; joins multi-line replies and checks that every line carries the same code.
 * Does not judge codes (session.ts does) and never reads the clock. A line may end in a bare LF, because such servers
 * exist. Bounded: a reply over 64 KiB or 1,000 lines is an error, and nothing is kept of it.
 * RFC 5321 §4.2 (replies), RFC 2034 §4 (enhanced status codes in the text).
 *
 * Cost: a reply that arrives whole in one chunk allocates nothing; its text is made only when asked for.
 */
export const MAX_REPLY_BYTES = 65_536;
export const MAX_REPLY_LINES = 1_000;

/** One complete reply. Valid only inside `onReply`: the parser reuses it. */
export interface ReplyView {
  /** 200 … 599. */
  readonly code: number;
  /** class·10⁶ + subject·10³ + detail of the first line's enhanced code, e.g. 5001001 for 5.1.1; 0 when there is none. */
  readonly enhanced: number;
  readonly lineCount: number;
  /** Text of all lines without codes, joined by LF; bytes over 127 as Latin-1. Hostile: escape before showing. */
  text(): string;
}

export interface ReplyListener {
  onReply(reply: ReplyView): void;
  /** The stream is no SMTP from here on; nothing more will be parsed. */
  onMalformed(cause: MalformedCause): void;
}

export type MalformedCause = 'malformed-reply' | 'reply-codes-differ' | 'reply-too-long';

const LF = 10;
const CR = 13;
const SPACE = 32;
const HYPHEN = 45;
const DOT = 46;
const ZERO = 48;
const NOTHING = Buffer.alloc(0);

export class ReplyParser implements ReplyView {
  code = 0;
  enhanced = 0;
  lineCount = 0;
  readonly #listener: ReplyListener;
  /** Unfinished line, carried from earlier chunks. */
  #carry: Buffer = NOTHING;
  /** Texts of the finished lines of an unfinished or multi-line reply. */
  #lines: string[] = [];
  #replyBytes = 0;
  /** A line with a hyphen came, and the last one has not. */
  #isContinued = false;
  #isStopped = false;
  /** The last line's text: where it lies in which buffer. */
  #textBuffer: Buffer = NOTHING;
  #textStart = 0;
  #textEnd = 0;
  #unread = 0;

  constructor(listener: ReplyListener) {
    this.#listener = listener;
  }

  /** Bytes that came after the current reply: not yet parsed, or the start of another one. For STARTTLS. */
  get unreadBytes(): number {
    return this.#unread;
  }

  /** Ignores everything from now on. */
  stop(): void {
    this.#isStopped = true;
    this.#carry = NOTHING;
    this.#lines = [];
  }

  /** Parses chunk[0 … length). The chunk may be reused by the caller as soon as this returns. */
  push(chunk: Buffer, length: number): void {
    let from = 0;
    for (let at = 0; at < length && !this.#isStopped; at++) {
      if (chunk[at] !== LF) continue;
      this.#unread = length - at - 1;
      if (this.#carry.length === 0) this.#line(chunk, from, at);
      else this.#carriedLine(chunk, from, at);
      from = at + 1;
    }
    if (from < length && !this.#isStopped) this.#keep(chunk, from, length);
  }

  text(): string {
    const last = this.#textBuffer.toString('latin1', this.#textStart, this.#textEnd);
    return this.#lines.length === 0 ? last : `${this.#lines.join('\n')}\n${last}`;
  }

  #carriedLine(chunk: Buffer, from: number, at: number): void {
    const line = Buffer.concat([this.#carry, chunk.subarray(from, at)]);
    this.#carry = NOTHING;
    this.#line(line, 0, line.length);
  }

  /** One line, LF excluded. */
  #line(buffer: Buffer, from: number, lf: number): void {
    const end = lf > from && buffer[lf - 1] === CR ? lf - 1 : lf;
    this.#replyBytes += lf - from + 1;
    // Before anything else is judged, as in #keep, so that it does not depend on the chunking what is wrong first.
    if (this.#replyBytes > MAX_REPLY_BYTES) return this.#malformed('reply-too-long');
    const code = codeAt(buffer, from, end);
    const separator = end > from + 3 ? (buffer[from + 3] as number) : SPACE;
    if (code === 0 || (separator !== SPACE && separator !== HYPHEN))
      return this.#malformed('malformed-reply');
    if (this.#isContinued && code !== this.code) return this.#malformed('reply-codes-differ');
    if (!this.#isContinued) this.#begin(code, enhancedAt(buffer, from + 4, end));
    this.lineCount++;
    if (this.lineCount > MAX_REPLY_LINES) return this.#malformed('reply-too-long');
    const textStart = Math.min(from + 4, end);
    if (separator === HYPHEN) {
      this.#isContinued = true;
      this.#lines.push(buffer.toString('latin1', textStart, end));
      return;
    }
    this.#textBuffer = buffer;
    this.#textStart = textStart;
    this.#textEnd = end;
    this.#isContinued = false;
    this.#replyBytes = 0;
    this.#listener.onReply(this);
  }

  #begin(code: number, enhanced: number): void {
    this.code = code;
    this.enhanced = enhanced;
    this.lineCount = 0;
    if (this.#lines.length > 0) this.#lines = [];
  }

  #keep(chunk: Buffer, from: number, length: number): void {
    if (this.#replyBytes + this.#carry.length + length - from > MAX_REPLY_BYTES)
      return this.#malformed('reply-too-long');
    this.#carry = Buffer.concat([this.#carry, chunk.subarray(from, length)]);
  }

  #malformed(cause: MalformedCause): void {
    this.stop();
    this.#listener.onMalformed(cause);
  }
}

/** The three digits of a reply code, first digit 2 … 5 (RFC 5321 §4.2.1); 0 when they are not there. */
function codeAt(buffer: Buffer, from: number, end: number): number {
  if (end - from < 3) return 0;
  const a = (buffer[from] as number) - ZERO;
  const b = (buffer[from + 1] as number) - ZERO;
  const c = (buffer[from + 2] as number) - ZERO;
  if (a < 2 || a > 5 || b < 0 || b > 9 || c < 0 || c > 9) return 0;
  return a * 100 + b * 10 + c;
}

/** `class.subject.detail` at the start of a text, packed; 0 when there is none (RFC 2034 §4, RFC 3463 §2). */
function enhancedAt(buffer: Buffer, from: number, end: number): number {
  if (end - from < 5 || buffer[from + 1] !== DOT) return 0;
  const klass = (buffer[from] as number) - ZERO;
  if (klass !== 2 && klass !== 4 && klass !== 5) return 0;
  let value = 0;
  let digits = 0;
  let subject = -1;
  for (let at = from + 2; at <= end; at++) {
    const byte = at < end ? (buffer[at] as number) : SPACE;
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9 && digits < 3) {
      value = value * 10 + digit;
      digits++;
    } else if (digits > 0 && byte === DOT && subject < 0) {
      subject = value;
      value = 0;
      digits = 0;
    } else {
      const isEnd = digits > 0 && subject >= 0 && byte === SPACE;
      return isEnd ? klass * 1_000_000 + subject * 1_000 + value : 0;
    }
  }
  return 0;
}

/** `5.1.1` from its packed form; '' for 0. */
export function enhancedText(packed: number): string {
  if (packed === 0) return '';
  return `${Math.floor(packed / 1_000_000)}.${Math.floor(packed / 1_000) % 1_000}.${packed % 1_000}`;
}
