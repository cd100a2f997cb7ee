/**
 * Content reader: the bytes that follow a 354, in any chunks, up to the line that holds a lone dot.
 *
 * Only CRLF . CRLF ends the content, so nothing can be smuggled behind a bare LF. A dot that begins a line is taken away
 * (RFC 5321 §4.5.2); after a bare LF only where another dot follows it, because clients differ there. What is left of a
 * chunk goes into the content as a view of it.
 */
import type { BoundedContent } from './bounded-content.js';

const DOT = 0x2e;
const CR = 0x0d;
const LF = 0x0a;
const LF_DOT = Buffer.from('\n.');
const ONE_CR = Buffer.from('\r');
const ONE_DOT = Buffer.from('.');

/** What was seen last. */
const INSIDE = 0;
const AFTER_CR = 1;
const LINE_START = 2;
const BARE_LINE_START = 3;
const AFTER_DOT = 4;
const AFTER_DOT_CR = 5;
const AFTER_BARE_DOT = 6;

export class ContentReader {
  readonly #content: BoundedContent;
  #state = LINE_START;

  constructor(content: BoundedContent) {
    this.#content = content;
  }

  /** Returns the offset behind the end of the content, or -1 when it goes on after this chunk. */
  feed(chunk: Buffer): number {
    // Content is chunk[from, at) and not kept yet; what stands before `from` is kept or was taken away.
    let from = 0;
    let at = 0;
    while (at < chunk.length) {
      const byte = chunk[at];
      switch (this.#state) {
        case LINE_START:
          if (byte === DOT) {
            this.#keep(chunk, from, at);
            from = ++at;
            this.#state = AFTER_DOT;
          } else this.#state = INSIDE;
          break;
        case AFTER_DOT:
          if (byte === CR) {
            from = ++at;
            this.#state = AFTER_DOT_CR;
          } else this.#state = INSIDE;
          break;
        case AFTER_DOT_CR:
          if (byte === LF) return at + 1;
          this.#content.add(ONE_CR);
          this.#state = AFTER_CR;
          break;
        case AFTER_CR:
          if (byte === LF) {
            at++;
            this.#state = LINE_START;
          } else this.#state = INSIDE;
          break;
        case BARE_LINE_START:
          if (byte === DOT) {
            this.#keep(chunk, from, at);
            from = ++at;
            this.#state = AFTER_BARE_DOT;
          } else this.#state = INSIDE;
          break;
        case AFTER_BARE_DOT:
          if (byte !== DOT) this.#content.add(ONE_DOT);
          else at++;
          this.#state = INSIDE;
          break;
        default:
          at = this.#skip(chunk, at);
      }
    }
    this.#keep(chunk, from, at);
    return -1;
  }

  /** From within a line to the next place that matters. */
  #skip(chunk: Buffer, start: number): number {
    const lf = chunk.indexOf(LF_DOT, start);
    const at = lf < 0 ? chunk.length : lf + 1;
    const last = at > start ? chunk[at - 1] : -1;
    if (last === CR) this.#state = AFTER_CR;
    else if (last === LF) this.#state = at - 1 > start && chunk[at - 2] === CR ? LINE_START : BARE_LINE_START;
    return at;
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    if (to > from) this.#content.add(from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to));
  }
}
