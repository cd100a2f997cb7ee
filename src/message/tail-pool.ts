/**
 * Tail pool: ends of variants that are alike, kept once.
 *
 * Messages of many sizes end in the same text, so only the longest of them is held; the others are a head of their own and a
 * view of it. What comes first should be the largest. An end is shared where what is left before it is short, because heads
 * are copied for each message.
 */
const MAX_HEAD_BYTES = 4096;
/** Compared at once. */
const BLOCK_BYTES = 64 * 1024;

export class TailPool {
  readonly #tails: Buffer[] = [];

  /** The wire form in two parts; `headBytes` is the least that the head must hold. */
  split(wire: Buffer, headBytes: number): { readonly head: Buffer; readonly tail: Buffer } {
    const own = wire.subarray(headBytes);
    for (const tail of this.#tails) {
      const sharedBytes = commonEndBytes(own, tail);
      const ownBytes = wire.length - sharedBytes;
      if (ownBytes > MAX_HEAD_BYTES || sharedBytes === 0) continue;
      // A copy, so that the rest of the wire form can go.
      return {
        head: Buffer.from(wire.subarray(0, ownBytes)),
        tail: tail.subarray(tail.length - sharedBytes),
      };
    }
    this.#tails.push(own);
    return { head: wire.subarray(0, headBytes), tail: own };
  }
}

/** How many bytes at the end of both are alike. */
function commonEndBytes(a: Buffer, b: Buffer): number {
  const most = Math.min(a.length, b.length);
  let alike = 0;
  while (alike < most) {
    const next = Math.min(most, alike + BLOCK_BYTES);
    const isAlike = a.compare(b, b.length - next, b.length - alike, a.length - next, a.length - alike) === 0;
    if (!isAlike) break;
    alike = next;
  }
  while (alike < most && a[a.length - 1 - alike] === b[b.length - 1 - alike]) alike++;
  return alike;
}
