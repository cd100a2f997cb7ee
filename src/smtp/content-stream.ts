/**
 * Content stream: one message's content on its way into the outbox, whole or in pieces.
 *
 * For DATA the content with its terminator, for BDAT the bare content behind the commands that announce its chunks
 * (RFC 3030). Without pipelining a chunk waits for the reply to the one before. A pace lets pieces go ten times a second.
 * What fits the outbox is left there for its owner to write; for what does not, the stream writes and waits. The head is
 * patched in place, and copied only where a chunk or a write ends within it. Costs no object per message.
 */
import { Command, type CommandId } from './command.js';
import type { Deadlines, HasDeadline } from './deadlines.js';
import type { Outbox } from './outbox.js';
import type { Content, TransactionResult } from './outcome.js';
import type { Wire } from './wire.js';

export interface ContentStreamOptions {
  /** null: DATA. */
  readonly chunkBytes: number | null;
  readonly isPipelined: boolean;
  /** null: as fast as it is taken. */
  readonly bytesPerSec: number | null;
  /** How much of a content goes out, 0 … 1, before `onShareOut`; null: all. */
  readonly share: number | null;
}

export interface ContentStreamListener {
  /** Nothing more of this content is to come; what there is may still be in the outbox. Not whole: stopped. */
  onEnd(result: TransactionResult, isWhole: boolean): void;
  /** The pace let another piece go. */
  onPiece(): void;
  /** The share is out, and nothing more goes out. */
  onShareOut(): void;
}

/** At least `BDAT n LAST` CRLF. */
const ANNOUNCEMENT_BYTES = 32;
/** What ends a message with DATA: the dot and its CRLF. */
const END_OF_DATA_BYTES = 3;
const PIECES_PER_SEC = 10;
const PIECE_US = 1e6 / PIECES_PER_SEC;

export class ContentStream implements HasDeadline {
  deadlineUs = Number.POSITIVE_INFINITY;
  readonly #wire: Wire;
  readonly #deadlines: Deadlines;
  readonly #outbox: Outbox;
  readonly #options: ContentStreamOptions;
  readonly #listener: ContentStreamListener;
  #result: TransactionResult | null = null;
  #content: Content | null = null;
  #stampUs = 0;
  /** Bytes of the content handed over, announced, and to be handed over in all. */
  #at = 0;
  #chunkEnd = 0;
  #end = 0;
  /** Set where the head does not go into the outbox in one piece. */
  #head: Buffer | null = null;
  #isStopped = false;
  #isReplyAwaited = false;
  #startedAtUs = 0;

  constructor(
    wire: Wire,
    deadlines: Deadlines,
    outbox: Outbox,
    options: ContentStreamOptions,
    listener: ContentStreamListener,
  ) {
    this.#wire = wire;
    this.#deadlines = deadlines;
    this.#outbox = outbox;
    this.#options = options;
    this.#listener = listener;
  }

  /** A content is under way. */
  get isActive(): boolean {
    return this.#result !== null;
  }

  isSending(result: TransactionResult): boolean {
    return this.#result === result;
  }

  /** The bytes of the command announced last are not all handed over. */
  get isMidChunk(): boolean {
    return this.#at < this.#chunkEnd;
  }

  /** Only when none is active. `stampUs`: for the head, when MAIL was first written. */
  start(result: TransactionResult, content: Content, stampUs: number): void {
    this.#result = result;
    this.#content = content;
    this.#stampUs = stampUs;
    this.#at = this.#chunkEnd = 0;
    this.#end = this.#endOf(content);
    this.#isStopped = this.#isReplyAwaited = false;
    this.#head = null;
    if (this.#options.bytesPerSec !== null) this.#beginPace();
    if (this.#options.chunkBytes === null) this.#await(Command.CONTENT, content.lengthBytes);
    this.resume();
  }

  /** No chunk after the one announced. */
  stop(): void {
    this.#isStopped = true;
  }

  /** The reply to a chunk came. */
  onChunkReply(): void {
    this.#isReplyAwaited = false;
    this.resume();
  }

  /** What was written is out: goes on. */
  resume(): void {
    while (this.#result !== null && !this.#outbox.isBlocked && this.#step());
  }

  onDeadline(): void {
    this.deadlineUs = Number.POSITIVE_INFINITY;
    this.resume();
    this.#listener.onPiece();
  }

  /** Forgets what it is about. */
  cancel(): void {
    this.#result = null;
    this.#head = null;
    this.#outbox.isMidContent = false;
    if (this.#options.bytesPerSec === null) return;
    this.deadlineUs = Number.POSITIVE_INFINITY;
    this.#deadlines.remove(this);
  }

  /** False when it cannot go on for now, or is over. */
  #step(): boolean {
    if (this.isMidChunk) return this.#at === this.#end ? this.#endShare() : this.#put();
    if (this.#at === this.#length || this.#isStopped) return this.#finish();
    if (this.#isReplyAwaited) {
      this.#outbox.write();
      return false;
    }
    if (this.#outbox.roomBytes < ANNOUNCEMENT_BYTES) return this.#outbox.write();
    this.#announce();
    return true;
  }

  get #length(): number {
    return (this.#content as Content).lengthBytes;
  }

  #endOf({ lengthBytes }: Content): number {
    const { share, chunkBytes } = this.#options;
    if (share === null) return lengthBytes;
    const most = chunkBytes === null ? lengthBytes - END_OF_DATA_BYTES : lengthBytes - 1;
    return Math.min(most, Math.floor(share * lengthBytes));
  }

  #announce(): void {
    const chunkBytes = Math.min(this.#options.chunkBytes as number, this.#length - this.#at);
    const isLast = this.#at + chunkBytes === this.#length;
    this.#outbox.text(isLast ? `BDAT ${chunkBytes} LAST\r\n` : `BDAT ${chunkBytes}\r\n`);
    this.#await(isLast ? Command.CONTENT : Command.BDAT, this.#at + chunkBytes);
    this.#isReplyAwaited = !this.#options.isPipelined;
  }

  #await(command: CommandId, chunkEnd: number): void {
    const result = this.#result as TransactionResult;
    this.#chunkEnd = chunkEnd;
    this.#outbox.isMidContent = true;
    result.repliesLeft++;
    this.#wire.expect(command, this.#wire.nowUs, result);
  }

  /** Hands over what may go; writes where that is not all of the chunk. */
  #put(): boolean {
    const { headBytes } = this.#content as Content;
    const wanted = Math.min(this.#chunkEnd, this.#end) - this.#at;
    const allowed = Math.min(wanted, this.#allowance());
    const { roomBytes, isEmpty } = this.#outbox;
    if (isEmpty && this.#at >= headBytes && allowed >= roomBytes) return this.#putUncopied(roomBytes);
    const count = Math.min(allowed, roomBytes);
    if (count > 0) this.#copy(count);
    if (count === wanted) return true;
    return this.#outbox.write() && (count < allowed || this.#pause());
  }

  #copy(count: number): void {
    const { headBytes, tail } = this.#content as Content;
    const from = this.#at;
    const at = this.#outbox.reserve(count);
    const inHead = Math.max(0, Math.min(count, headBytes - from));
    if (inHead > 0) this.#copyHead(at, inHead);
    if (inHead < count) {
      tail.copy(this.#outbox.target, at + inHead, from + inHead - headBytes, from + count - headBytes);
    }
    this.#handedOver(count);
  }

  #copyHead(at: number, count: number): void {
    const content = this.#content as Content;
    if (count === content.headBytes) return content.writeHead(this.#outbox.target, at, this.#stampUs);
    this.#head ??= this.#patchedHead(content);
    this.#head.copy(this.#outbox.target, at, this.#at, this.#at + count);
  }

  #patchedHead(content: Content): Buffer {
    const head = Buffer.allocUnsafe(content.headBytes);
    content.writeHead(head, 0, this.#stampUs);
    return head;
  }

  /** The tail is never written to: what fills a write need not be copied, nor lent. */
  #putUncopied(count: number): boolean {
    const { headBytes, tail } = this.#content as Content;
    const from = this.#at - headBytes;
    this.#handedOver(count);
    const isOut = this.#outbox.writeUncopied(tail.subarray(from, from + count));
    if (this.#at === this.#length) return this.#finish();
    return isOut;
  }

  #handedOver(count: number): void {
    this.#at += count;
    if (this.#at === this.#chunkEnd) this.#outbox.isMidContent = false;
  }

  #endShare(): boolean {
    if (!this.#outbox.write()) return false;
    this.cancel();
    this.#listener.onShareOut();
    return false;
  }

  #finish(): boolean {
    const result = this.#result as TransactionResult;
    const isWhole = this.#at === this.#length;
    this.cancel();
    this.#listener.onEnd(result, isWhole);
    return false;
  }

  #beginPace(): void {
    this.#startedAtUs = this.#wire.clockUs();
    this.deadlineUs = Number.POSITIVE_INFINITY;
    this.#deadlines.add(this);
  }

  /** How many bytes more the pace lets go by now. */
  #allowance(): number {
    const { bytesPerSec } = this.#options;
    if (bytesPerSec === null) return Number.POSITIVE_INFINITY;
    const elapsedUs = this.#wire.clockUs() - this.#startedAtUs;
    return Math.max(0, Math.floor(((elapsedUs + PIECE_US) * bytesPerSec) / 1e6) - this.#at);
  }

  #pause(): boolean {
    this.#wire.pauseContent();
    this.deadlineUs = this.#wire.clockUs() + PIECE_US;
    return false;
  }
}
