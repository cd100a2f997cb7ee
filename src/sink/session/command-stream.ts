/**
 * Command stream: what a client writes, cut into command lines and contents, one at a time and in order.
 *
 * Takes the place of smtp-server's parser, whose content goes through a stream and two turns of the event loop for each
 * message. A line is handed on when the one before it is answered; content goes where `collect` or `collectExactly`
 * asked for it. Replies to one group of commands are written together (RFC 2920 §3.2). Lines end with LF, CR
 * before it or not, and may be 16 KiB long; what they hold is not judged.
 */
import type { Socket } from 'node:net';
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import type { BoundedContent } from './bounded-content.js';
import { ContentReader } from './content-reader.js';
import { OctetReader } from './octet-reader.js';

const LF = 0x0a;
const CR = 0x0d;
/** Commands handled in one go before the event loop gets a turn. */
const MAX_IN_A_ROW = 100;
const NOTHING = Buffer.alloc(0);

/** All of it is there; `next` lets the stream go on. */
export type ContentHandler = (next: () => void) => void;

type Done = (error?: Error | null) => void;

export class CommandStream extends SMTPStream {
  readonly #socketOf: () => Socket;
  #chunk: Buffer = NOTHING;
  #at = 0;
  #done: Done = ignore;
  /** Of a line that has not ended yet. */
  #partial: Buffer = NOTHING;
  #reader: ContentReader | OctetReader | null = null;
  #onContent: ContentHandler = () => {};
  #isRunning = false;
  #isFree = true;
  readonly #next = (): void => {
    this.#isFree = true;
    this.#run();
  };

  /** `socketOf`: whose writes are held together for a group of commands. */
  constructor(socketOf: () => Socket) {
    super();
    this.#socketOf = socketOf;
  }

  /** What comes next is content, up to the dot. Called from within `oncommand`. */
  collect(content: BoundedContent, onContent: ContentHandler): void {
    this.#reader = new ContentReader(content);
    this.#onContent = onContent;
  }

  /** What comes next are so many octets (BDAT), at least one. */
  collectExactly(octets: number, content: BoundedContent, onContent: ContentHandler): void {
    this.#reader = new OctetReader(octets, content);
    this.#onContent = onContent;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding | 'buffer', done: Done): void {
    this.#chunk = chunk;
    this.#at = 0;
    this.#done = done;
    const isGroup = this.#reader === null && chunk.indexOf(LF) < chunk.length - 1;
    // A lone command's reply held back would cost an eighth of all CPU time.
    if (!isGroup) return this.#run();
    const socket = this.#socketOf();
    socket.cork();
    try {
      this.#run();
    } finally {
      socket.uncork();
    }
  }

  /** The client has ended its side: a last line without LF is none. */
  override _flushData(): void {
    this.#partial = NOTHING;
  }

  /** Until the chunk is used up, or an answer has to be waited for. */
  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (let count = 0; this.#isFree; count++) {
        if (this.isClosed || this.#at >= this.#chunk.length) {
          if (!this.#finish()) return;
          continue;
        }
        if (count >= MAX_IN_A_ROW) {
          this.#isFree = false;
          setImmediate(this.#next);
          return;
        }
        if (this.#reader !== null) this.#takeContent(this.#reader);
        else if (!this.#takeLine()) return;
      }
    } finally {
      this.#isRunning = false;
    }
  }

  #takeContent(reader: ContentReader | OctetReader): void {
    const rest = this.#at === 0 ? this.#chunk : this.#chunk.subarray(this.#at);
    const used = reader.feed(rest);
    if (used < 0) {
      this.#at = this.#chunk.length;
      return;
    }
    this.#at += used;
    this.#reader = null;
    this.#isFree = false;
    this.#onContent(this.#next);
  }

  /** False when the line is too long: the stream has failed. */
  #takeLine(): boolean {
    const lf = this.#chunk.indexOf(LF, this.#at);
    const end = lf < 0 ? this.#chunk.length : lf;
    let line = this.#chunk.subarray(this.#at, end);
    if (this.#partial.length > 0) line = Buffer.concat([this.#partial, line]);
    this.#partial = NOTHING;
    this.#at = end + 1;
    if (line.length > this._maxCommandLength) {
      this.#done(this._commandTooLong());
      return false;
    }
    if (lf < 0) {
      this.#partial = line;
      return true;
    }
    this.#isFree = false;
    this.oncommand(line[line.length - 1] === CR ? line.subarray(0, -1) : line, this.#next);
    return true;
  }

  /** Whether the next chunk is here already: one that waited is written from within `done`. */
  #finish(): boolean {
    const done = this.#done;
    this.#chunk = NOTHING;
    this.#done = ignore;
    done();
    return this.#done !== ignore;
  }
}

function ignore(): void {}
