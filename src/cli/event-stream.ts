/**
 * Event stream: where the lines of `--events` go, and what becomes of a run when they cannot go there.
 *
 * Written one after the other beside the run, which never waits for a reader: one that is a mebibyte behind misses progress, and
 * nothing else. A reader that went away (EPIPE) is no error. A disk that takes no more is told once, the run goes on, and
 * ends with exit code 1. With `-` standard output belongs to the events; people are told on standard error.
 */
import { close, openSync, write } from 'node:fs';
import { EnvironmentError } from '../errors.js';
import { eventLine, type RunEvent } from '../result/events.js';
import { errnoOf } from '../result/file-error.js';
import { tell } from './terminal.js';

const STDOUT = 1;
const BEHIND_BYTES = 1024 * 1024;
const RETRY_MS = 20;

export class EventStream {
  /** Whether standard output is taken. */
  readonly isStdout: boolean;
  readonly #path: string;
  readonly #file: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #isWriting = false;
  /** Nobody takes them any more. */
  #isOver = false;
  #error: EnvironmentError | null = null;
  #whenWritten: () => void = () => {};

  /** @param path `-` or a file, which is made or begun anew. @throws EnvironmentError */
  constructor(path: string) {
    this.isStdout = path === '-';
    this.#path = path;
    this.#file = this.isStdout ? STDOUT : openFile(path);
  }

  emit(event: RunEvent): void {
    if (this.#isOver || (event.type === 'progress' && this.#waitingBytes > BEHIND_BYTES)) return;
    const line = Buffer.from(eventLine(event));
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (!this.#isWriting) this.#writeNext();
  }

  /** Waits until everything is written. Resolves to why that was not possible, or null. */
  async end(): Promise<EnvironmentError | null> {
    if (this.#isWriting) await new Promise<void>((resolve) => (this.#whenWritten = resolve));
    if (!this.isStdout) await new Promise<void>((resolve) => close(this.#file, () => resolve()));
    return this.#error;
  }

  #writeNext(): void {
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#isWriting = bytes.length > 0 && !this.#isOver;
    if (this.#isWriting) this.#write(bytes);
    else this.#whenWritten();
  }

  #write(bytes: Buffer): void {
    write(this.#file, bytes, 0, bytes.length, null, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(() => this.#write(bytes), RETRY_MS);
        return;
      }
      if (error !== null) this.#fail(error);
      else this.#waitingBytes -= written;
      if (error === null && written < bytes.length) this.#write(bytes.subarray(written));
      else this.#writeNext();
    });
  }

  #fail(error: NodeJS.ErrnoException): void {
    this.#isOver = true;
    this.#waiting = [];
    if (error.code === 'EPIPE') return;
    const where = this.isStdout ? 'standard output' : this.#path;
    const what = `events could not be written to ${where} (${errnoOf(error)})`;
    this.#error = new EnvironmentError('EVENTS_WRITE_FAILED', `${what}; the run itself went on`, {
      hint: 'What was written before is whole but for its last line. Free some space or choose another place.',
      cause: error,
    });
    tell(`warning: ${what}; the run goes on without them\n`);
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (cause) {
    throw new EnvironmentError('EVENTS_UNWRITABLE', `cannot write events to ${path} (${errnoOf(cause)})`, {
      hint: 'Give a file in a folder that is there and may be written, or - for standard output.',
      cause,
    });
  }
}
