/** Choices out of bytes: what a fuzzed run does is read from them, so that a failure is kept, and shrunk, as bytes. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isEmpty(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** 0 … 255; 0 for ever after the last byte. */
  byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  /** 0 … below − 1, for below ≤ 256. */
  below(below: number): number {
    return this.byte() % below;
  }

  /** Byte 0 takes the first. */
  oneOf<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  /** True for about `share` of 256 bytes, and never for 0. */
  chance(share: number): boolean {
    return this.byte() > 255 - share;
  }
}
