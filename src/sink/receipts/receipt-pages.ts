/**
 * Receipt pages: the receipts of all processes of a sink, a few megabytes at a time, for who comes back for what is new.
 *
 * A page holds whole lines as the files have them, and the cursor for the page after it. A cursor is worth something
 * until the sink ends or its receipts are cleared; afterwards it is unknown. What a process is still writing is left for later.
 */
import { type FileHandle, open } from 'node:fs/promises';

export interface ReceiptPage {
  readonly lines: readonly Buffer[];
  readonly next: string;
}

const LF = 0x0a;
const DEFAULT_PAGE_BYTES = 8 * 1024 * 1024;

export class ReceiptPages {
  readonly #paths: readonly string[];
  readonly #era: string;
  readonly #pageBytes: number;

  /** `era`: unlike that of any other sink and any other time; letters and digits. */
  constructor(paths: readonly string[], era: string, pageBytes = DEFAULT_PAGE_BYTES) {
    this.#paths = paths;
    this.#era = era;
    this.#pageBytes = pageBytes;
  }

  /** The first page without a cursor; null when the cursor is unknown. */
  async page(after: string | null): Promise<ReceiptPage | null> {
    const offsets = this.#offsetsOf(after);
    if (offsets === null) return null;
    const lines: Buffer[] = [];
    let room = this.#pageBytes;
    for (const [index, path] of this.#paths.entries()) {
      if (room <= 0) break;
      const isFirst = room === this.#pageBytes;
      const bytes = await readLines(path, offsets[index] ?? 0, { room, isFirst });
      lines.push(bytes);
      offsets[index] = (offsets[index] ?? 0) + bytes.length;
      room -= bytes.length;
    }
    return { lines, next: `${this.#era}-${offsets.join('-')}` };
  }

  #offsetsOf(after: string | null): number[] | null {
    if (after === null) return this.#paths.map(() => 0);
    const [era, ...offsets] = after.split('-');
    const isOurs = era === this.#era && offsets.length === this.#paths.length;
    return isOurs && offsets.every((text) => /^\d{1,15}$/.test(text)) ? offsets.map(Number) : null;
  }
}

/** Up to the last LF that fits; `isFirst`: at least one line, however long. */
async function readLines(
  path: string,
  from: number,
  { room, isFirst }: { room: number; isFirst: boolean },
): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    for (let limit = room; ; limit *= 2) {
      const bytes = await readUpTo(file, from, limit);
      const end = bytes.lastIndexOf(LF) + 1;
      if (end > 0 || !isFirst || bytes.length < limit) return bytes.subarray(0, end);
    }
  } finally {
    await file.close();
  }
}

async function readUpTo(file: FileHandle, from: number, room: number): Promise<Buffer> {
  const { size } = await file.stat();
  const bytes = Buffer.alloc(Math.max(0, Math.min(room, size - from)));
  if (bytes.length === 0) return bytes;
  const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
  return bytes.subarray(0, bytesRead);
}
