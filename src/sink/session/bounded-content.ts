/**
 * Bounded content: the octets of a message in the making, kept up to a limit.
 *
 * Once they are over it nothing is kept, only counted. Content that came as one piece is that piece, nothing is copied;
 * small pieces are joined on the way, so that one octet at a time, or a dot on every line, takes the memory of its octets
 * and not of a Buffer for each.
 */
const SMALL_BYTES = 1024;
const MANY = 1024;

export class BoundedContent {
  readonly #limitBytes: number;
  #pieces: Buffer[] = [];
  /** How many of the pieces, the first ones, have been joined. */
  #joined = 0;
  #sizeBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Of all that came, also of what was not kept. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  add(piece: Buffer): void {
    this.#sizeBytes += piece.length;
    if (this.#isOver) this.#forget();
    else {
      this.#pieces.push(piece);
      if (piece.length < SMALL_BYTES && this.#pieces.length - this.#joined >= MANY) this.#join();
    }
  }

  /** null when it is over the limit. */
  take(): Buffer | null {
    if (this.#isOver) return null;
    const [first] = this.#pieces;
    return first !== undefined && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces);
  }

  get #isOver(): boolean {
    return this.#sizeBytes > this.#limitBytes;
  }

  #forget(): void {
    this.#pieces = [];
    this.#joined = 0;
  }

  /** Each octet once. */
  #join(): void {
    const loose = this.#pieces.splice(this.#joined);
    this.#pieces.push(Buffer.concat(loose));
    this.#joined++;
  }
}
