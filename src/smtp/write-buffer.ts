/**
 * Write buffer: where a session puts together what goes out in one write; one per shard, for all sessions.
 *
 * A buffer the kernel has taken whole is used again at once; one still being sent is lent to its session and replaced.
 * So memory does not grow with the number of sessions, only with the number of stalled ones. TLS lends every time.
 */
export const WRITE_BUFFER_BYTES = 65_536;

/** Buffers kept for the next loan; more are left to the garbage collector. */
const MAX_SPARE = 64;

export class WriteBuffer {
  #buffer: Buffer = Buffer.allocUnsafeSlow(WRITE_BUFFER_BYTES);
  readonly #spare: Buffer[] = [];

  /** WRITE_BUFFER_BYTES of room, until the next write or loan. */
  get bytes(): Buffer {
    return this.#buffer;
  }

  /** After a write of `bytes` that is not all out: leaves them to the caller, who gives them back when they are. */
  lend(): Buffer {
    const lent = this.#buffer;
    this.#buffer = this.#spare.pop() ?? Buffer.allocUnsafeSlow(WRITE_BUFFER_BYTES);
    return lent;
  }

  giveBack(lent: Buffer): void {
    if (this.#spare.length < MAX_SPARE) this.#spare.push(lent);
  }
}
