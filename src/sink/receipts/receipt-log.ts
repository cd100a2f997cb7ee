/**
 * Receipt log: the file a sink process appends receipts to, and acknowledgements.
 *
 * `append` is one write and returns when the kernel has it: whoever kills the process afterwards loses nothing.
 * Acknowledgements wait up to 10 ms for company and are all written at the end. Where a line does not fit on the disk,
 * what was written of it is cut off again. One process owns the file. A file that does not end with LF gets one first.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { acknowledgementLine, type Receipt, receiptLine } from '../../delivery/receipt.js';
import { EnvironmentError } from '../../errors.js';

const ACK_DELAY_MS = 10;
const LF = 0x0a;

export interface ReceiptLog {
  /** False when it could not be written: then nothing of it is in the file. */
  append(receipt: Receipt): boolean;
  /** The reply to this receipt's message has left. */
  acknowledge(id: string): void;
  /** Begins again with an empty file. Throws where the disk does not allow it. */
  clear(): void;
  /** Writes what is left and closes the file. Never throws. */
  close(): void;
}

/** What a log needs of its file; a test can let it fail. */
export interface LogFile {
  readonly sizeBytes: number;
  /** Appends and returns how many bytes were written; throws where none were. */
  write(bytes: Buffer): number;
  truncate(sizeBytes: number): void;
  close(): void;
}

/** @throws EnvironmentError SINK_RECEIPTS_UNWRITABLE */
export function openReceiptLog(path: string): ReceiptLog {
  try {
    return createReceiptLog(openLogFile(path));
  } catch (cause) {
    throw new EnvironmentError('SINK_RECEIPTS_UNWRITABLE', `cannot write receipts to ${path}`, {
      hint: 'Check that it is a file and no pipe, that the folder exists, that you may write there, and that the disk has room.',
      cause,
    });
  }
}

export function createReceiptLog(file: LogFile): ReceiptLog {
  return new FileLog(file);
}

class FileLog implements ReceiptLog {
  readonly #file: LogFile;
  #sizeBytes: number;
  /** A piece of a line could not be cut off: the next line begins with LF. */
  #isTorn = false;
  #acks = '';
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(file: LogFile) {
    this.#file = file;
    this.#sizeBytes = file.sizeBytes;
  }

  append(receipt: Receipt): boolean {
    return this.#write(receiptLine(receipt));
  }

  acknowledge(id: string): void {
    if (this.#isClosed) return;
    this.#acks += acknowledgementLine(id);
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#flush();
    }, ACK_DELAY_MS);
  }

  clear(): void {
    if (this.#isClosed) return;
    this.#file.truncate(0);
    this.#acks = '';
    this.#sizeBytes = 0;
    this.#isTorn = false;
  }

  close(): void {
    if (this.#isClosed) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#flush();
    this.#isClosed = true;
    this.#file.close();
  }

  /** What does not fit stays for the next time. */
  #flush(): void {
    if (this.#acks !== '' && this.#write(this.#acks)) this.#acks = '';
  }

  #write(text: string): boolean {
    if (this.#isClosed) return false;
    const bytes = Buffer.from(this.#isTorn ? `\n${text}` : text);
    let written = 0;
    try {
      written = this.#file.write(bytes);
    } catch {}
    if (written === bytes.length) {
      this.#sizeBytes += written;
      this.#isTorn = false;
      return true;
    }
    if (written > 0) this.#cutOff(written);
    return false;
  }

  #cutOff(written: number): void {
    try {
      this.#file.truncate(this.#sizeBytes);
    } catch {
      this.#sizeBytes += written;
      this.#isTorn = true;
    }
  }
}

function openLogFile(path: string): LogFile {
  const fd = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o644);
  // A pipe that nobody reads would stop the whole sink once it is full.
  if (!fstatSync(fd).isFile()) throw closed(fd, new Error('is not a regular file'));
  if (!endsWithLf(fd)) writeSync(fd, '\n');
  return {
    sizeBytes: fstatSync(fd).size,
    write: (bytes) => writeSync(fd, bytes),
    truncate: (sizeBytes) => ftruncateSync(fd, sizeBytes),
    close: () => closeSync(fd),
  };
}

function closed(fd: number, error: Error): Error {
  closeSync(fd);
  return error;
}

function endsWithLf(fd: number): boolean {
  const { size } = fstatSync(fd);
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  readSync(fd, last, 0, 1, size - 1);
  return last[0] === LF;
}
