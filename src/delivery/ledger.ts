/**
 * Ledger: what is known of every copy, as a byte of flags and the moment of its first arrival.
 *
 * Copies are named by a key, see copy-states.ts. Kept in chunks
 * that are made when first touched, so numbers may start anywhere. 5 bytes a copy: 48 MiB for ten million messages of
 * one recipient. Chunks that arrivals alone ask for are bounded: a message with a forged number must not fill memory.
 */

export const CopyFlag = {
  /** A final 250 was received for it. */
  ACCEPTED: 1,
  ARRIVED: 2,
  /** A DSN said that it failed. */
  BOUNCED: 4,
  /** Every arrival so far came late. */
  LATE: 8,
  /** Of a message of the warm-up, as its stamp says. */
  WARMUP: 16,
  /** The first arrival that was told has no acknowledgement yet. */
  UNACKNOWLEDGED: 32,
  /** It arrived more than once. */
  REPEATED: 64,
} as const;

const CHUNK_COPIES = 4096;
/** Chunks without an accepted copy: 4 million numbers that arrive before any of their neighbours is known as accepted. */
const MAX_STRAY_CHUNKS = 1024;
/** Milliseconds are kept in 32 bits, counted from 24 days before the first arrival. */
const EPOCH_MARGIN_MS = 2 ** 31;
const MAX_OFFSET_MS = 2 ** 32 - 1;

interface Chunk {
  readonly flags: Uint8Array;
  /** Made with the first arrival. */
  firstAtMs: Uint32Array | null;
  isStray: boolean;
}

export class CopyLedger {
  readonly #chunks = new Map<number, Chunk>();
  #strayChunks = 0;
  #epochMs: number | null = null;
  #last: { readonly index: number; readonly chunk: Chunk } | null = null;

  /** Of all CopyFlag; 0 for a copy that nothing is known of. */
  flags(key: number): number {
    return this.#find(key)?.flags[key % CHUNK_COPIES] ?? 0;
  }

  /** Replaces the flags. False, and nothing is kept, where the copy is far from every accepted one and too many are. */
  setFlags(key: number, flags: number): boolean {
    const chunk = this.#find(key) ?? this.#make(key, flags);
    if (chunk === null) return false;
    if (chunk.isStray && (flags & CopyFlag.ACCEPTED) !== 0) {
      chunk.isStray = false;
      this.#strayChunks--;
    }
    chunk.flags[key % CHUNK_COPIES] = flags;
    return true;
  }

  /** When the copy arrived first, whole ms since the epoch; of a copy that has flags. */
  firstAtMs(key: number): number {
    return (this.#find(key)?.firstAtMs?.[key % CHUNK_COPIES] ?? 0) + (this.#epochMs ?? 0);
  }

  setFirstAtMs(key: number, atMs: number): void {
    const chunk = this.#find(key);
    if (chunk === undefined) return;
    this.#epochMs ??= Math.max(0, atMs - EPOCH_MARGIN_MS);
    chunk.firstAtMs ??= new Uint32Array(CHUNK_COPIES);
    chunk.firstAtMs[key % CHUNK_COPIES] = Math.min(MAX_OFFSET_MS, Math.max(0, atMs - this.#epochMs));
  }

  /** Keys of the copies whose flags under `mask` are `wanted`, ascending. */
  *keys(mask: number, wanted: number): Generator<number> {
    for (const index of [...this.#chunks.keys()].sort((a, b) => a - b)) {
      const { flags } = this.#chunks.get(index) as Chunk;
      for (let at = 0; at < CHUNK_COPIES; at++) {
        if (((flags[at] as number) & mask) === wanted) yield index * CHUNK_COPIES + at;
      }
    }
  }

  #find(key: number): Chunk | undefined {
    const index = Math.floor(key / CHUNK_COPIES);
    if (this.#last?.index === index) return this.#last.chunk;
    const chunk = this.#chunks.get(index);
    if (chunk !== undefined) this.#last = { index, chunk };
    return chunk;
  }

  #make(key: number, flags: number): Chunk | null {
    const isStray = (flags & CopyFlag.ACCEPTED) === 0;
    if (isStray && this.#strayChunks >= MAX_STRAY_CHUNKS) return null;
    if (isStray) this.#strayChunks++;
    const chunk = { flags: new Uint8Array(CHUNK_COPIES), firstAtMs: null, isStray };
    this.#chunks.set(Math.floor(key / CHUNK_COPIES), chunk);
    return chunk;
  }
}
