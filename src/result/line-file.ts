/**
 * Line file: text files of one record a line, appended while a run goes on and read back line by line.
 *
 * Appends are synchronous, so they are ordered, and whole: when a write fails half-way (disk full), the file is cut
 * back to its last whole line and stays readable and appendable. After kill -9 at most the last line is damaged.
 * No fsync: a power cut may cost more. Lines end with LF alone, because server text may hold U+2028 or CR.
 */
import {
  closeSync,
  createReadStream,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { readError, writeError } from './file-error.js';

const LF = 10;

/** The three calls on an open file that appending needs; a parameter so that a full disk can be tested. */
export interface AppendTarget {
  /** Appends bytes of the buffer from offset, perhaps not all of them; returns how many. */
  write(buffer: Uint8Array, offset: number): number;
  truncate(lengthBytes: number): void;
  close(): void;
}

export class LineFile {
  readonly path: string;
  readonly #target: AppendTarget;
  #lengthBytes: number;
  /** Set when a torn line could not be cut off: anything after it would make the file unreadable. */
  #torn: unknown = null;

  /** @param lengthBytes what it holds already: whole lines */
  constructor(path: string, target: AppendTarget, lengthBytes = 0) {
    this.path = path;
    this.#target = target;
    this.#lengthBytes = lengthBytes;
  }

  /** Creates the file, which must not exist. */
  static create(path: string): LineFile {
    return new LineFile(path, createTarget(path));
  }

  /** Opens one that is there, cuts off a torn last line, and goes on behind it. @throws EnvironmentError */
  static reopen(path: string): LineFile {
    const file = openFile(path, 'r+');
    try {
      const lengthBytes = wholeLinesLength(file);
      ftruncateSync(file, lengthBytes);
      closeSync(file);
      return new LineFile(path, targetOf(openFile(path, 'a')), lengthBytes);
    } catch (error) {
      throw writeError(error, path);
    }
  }

  /** @param text whole lines, each with its LF. @throws EnvironmentError; the file then ends where it ended before. */
  append(text: string): void {
    if (this.#torn !== null) throw writeError(this.#torn, this.path);
    const buffer = Buffer.from(text, 'utf8');
    try {
      let offset = 0;
      while (offset < buffer.length) offset += this.#target.write(buffer, offset);
      this.#lengthBytes += buffer.length;
    } catch (error) {
      this.#cutBack(error);
      throw writeError(error, this.path);
    }
  }

  close(): void {
    try {
      this.#target.close();
    } catch (error) {
      throw writeError(error, this.path);
    }
  }

  #cutBack(cause: unknown): void {
    try {
      this.#target.truncate(this.#lengthBytes);
    } catch {
      this.#torn = cause;
    }
  }
}

/** Lines of a file without their LF, in constant memory. An unfinished last line is given too. @throws UsageError */
export async function* readLines(path: string): AsyncGenerator<string> {
  const stream = createReadStream(path, { encoding: 'utf8', highWaterMark: 256 * 1024 });
  let rest = '';
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    throw readError(error, path);
  }
  if (rest !== '') yield rest;
}

function createTarget(path: string): AppendTarget {
  return targetOf(openFile(path, 'ax'));
}

function targetOf(file: number): AppendTarget {
  return {
    write: (buffer, offset) => writeSync(file, buffer, offset),
    truncate: (lengthBytes) => ftruncateSync(file, lengthBytes),
    close: () => closeSync(file),
  };
}

function openFile(path: string, flags: string): number {
  try {
    return openSync(path, flags);
  } catch (error) {
    throw writeError(error, path);
  }
}

/** Up to the last LF, looked for from the end. */
function wholeLinesLength(file: number): number {
  const piece = Buffer.alloc(64 * 1024);
  for (let end = fstatSync(file).size; end > 0; ) {
    const start = Math.max(0, end - piece.length);
    const length = readSync(file, piece, 0, end - start, start);
    const at = piece.subarray(0, length).lastIndexOf(LF);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}
