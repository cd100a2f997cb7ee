/**
 * Write buffer: where a session puts together what goes out in one write; one per shard, for all sessions.
 *
 * A buffer the kernel has taken whole is used again at once; one still being sent is left to its socket and replaced.
 * So memory does not grow with the number of sessions, only with the number of stalled ones.
 */
export const WRITE_BUFFER_BYTES = 65_536;

export class WriteBuffer {
  #buffer = Buffer.allocUnsafeSlow(WRITE_BUFFER_BYTES);

  /** Room for `lengthBytes`, at most WRITE_BUFFER_BYTES, until the next call to `settle`. */
  get bytes(): Buffer {
    return this.#buffer;
  }

  /** After a write of it: whether the kernel took all. */
  settle(isFlushed: boolean): void {
    if (!isFlushed) this.#buffer = Buffer.allocUnsafeSlow(WRITE_BUFFER_BYTES);
  }
}
