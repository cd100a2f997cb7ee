/**
 * Octet reader: so many octets, whatever they are, in any chunks: what follows a BDAT (RFC 3030 §2).
 */
import type { BoundedContent } from './bounded-content.js';

export class OctetReader {
  readonly #content: BoundedContent;
  #left: number;

  constructor(octets: number, content: BoundedContent) {
    this.#left = octets;
    this.#content = content;
  }

  /** Returns the offset behind the last of them, or -1 when more are to come after this chunk. */
  feed(chunk: Buffer): number {
    const used = Math.min(this.#left, chunk.length);
    this.#left -= used;
    this.#content.add(chunk.subarray(0, used));
    return this.#left === 0 ? used : -1;
  }
}
