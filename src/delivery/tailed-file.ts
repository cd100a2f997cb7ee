/**
 * Tailed file: the whole lines that were added to a file since the last look, while somebody else writes it.
 *
 * A last line without LF is not told until it has one. A file that was replaced is read to its end and the new one from
 * its start; one that became shorter than what was read is read from its start again. Both are told as sentences, and
 * so is one that was removed, of which only what is written by those who had it open can be seen.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';

const CHUNK_BYTES = 1024 * 1024;
/** A longer line is damage: the longest receipt, of a thousand recipients, has 400 kB. */
const MAX_LINE_BYTES = 8 * CHUNK_BYTES;
const LF = 10;

export interface LineListener {
  /** A line without its LF. */
  line(text: string): void;
  /** What is odd about the file, a sentence. */
  odd(what: string): void;
}

export class TailedFile {
  readonly path: string;
  #file: FileHandle | null = null;
  /** Behind the last whole line. */
  #offset = 0;
  /** Within a line that is too long. */
  #isSkipping = false;
  #hasTail = false;
  #isGone = false;

  constructor(path: string) {
    this.path = path;
  }

  /** Something stands behind the last LF. */
  get hasTail(): boolean {
    return this.#hasTail;
  }

  /** Nothing is there under its name any more. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** @throws what the file system throws */
  async open(): Promise<void> {
    this.#file ??= await openFile(this.path);
  }

  /** All whole lines that are there. @throws what the file system throws */
  async read(listener: LineListener): Promise<void> {
    await this.open();
    await this.#readOn(listener);
    if (!(await this.#isReplaced(listener))) return;
    await this.#readOn(listener);
    if (this.#hasTail) listener.odd(`${this.path} ended with a torn line when it was replaced.`);
    listener.odd(`${this.path} was replaced while it was read; the new one is read from its start.`);
    await this.close();
    await this.open();
    await this.#readOn(listener);
  }

  /** May be opened and read from the start afterwards. Never throws. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    this.#offset = 0;
    this.#isSkipping = false;
    await file?.close().catch(() => {});
  }

  async #readOn(listener: LineListener): Promise<void> {
    const file = this.#file as FileHandle;
    const { size } = await file.stat();
    if (size < this.#offset) {
      listener.odd(`${this.path} was cut while it was read; it is read from its start again.`);
      this.#offset = 0;
    }
    let tail: Buffer = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, this.#offset + tail.length);
      if (bytesRead === 0) break;
      tail = this.#tellLines(Buffer.concat([tail, chunk.subarray(0, bytesRead)]), listener);
    }
    this.#hasTail = tail.length > 0 || this.#isSkipping;
  }

  /** What is left behind the last LF. */
  #tellLines(bytes: Buffer, listener: LineListener): Buffer {
    let from = 0;
    for (let lf = bytes.indexOf(LF); lf >= 0; lf = bytes.indexOf(LF, from)) {
      if (!this.#isSkipping) listener.line(bytes.toString('utf8', from, lf));
      this.#isSkipping = false;
      from = lf + 1;
    }
    const rest = bytes.subarray(from);
    const isTooLong = rest.length > MAX_LINE_BYTES;
    if (isTooLong && !this.#isSkipping)
      listener.odd(`${this.path} holds a line of over 8 MiB; it was left out.`);
    this.#isSkipping ||= isTooLong;
    this.#offset += this.#isSkipping ? bytes.length : from;
    return this.#isSkipping ? Buffer.alloc(0) : rest;
  }

  async #isReplaced(listener: LineListener): Promise<boolean> {
    const [ours, there] = await Promise.all([
      (this.#file as FileHandle).stat(),
      stat(this.path).catch(() => null),
    ]);
    if (there === null && !this.#isGone) listener.odd(`${this.path} was removed while it was read.`);
    this.#isGone = there === null;
    return there !== null && (there.ino !== ours.ino || there.dev !== ours.dev);
  }
}

/** A pipe has no end, and a device none either: neither may hold us up. */
async function openFile(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new Error('it is no file');
}
