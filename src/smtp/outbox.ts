/**
 * Outbox: what a session says in one write: commands and contents, put together in the shard's write buffer.
 *
 * The buffer is shared: between the first byte put in and `write` nobody else may be called. What the kernel does not take
 * at once is lent to this session until it did; meanwhile the outbox is blocked. The replies awaited since the first byte
 * are stamped with the moment their commands were out. Costs nothing per message but the copy.
 */
import type { Wire } from './wire.js';
import { WRITE_BUFFER_BYTES, type WriteBuffer } from './write-buffer.js';

export interface OutboxListener {
  /** A write ended; `isOut`: the kernel took all of it, else `onOut` follows. */
  onWritten(isOut: boolean, atUs: number): void;
  onOut(atUs: number): void;
}

export class Outbox {
  /** The last command awaited has more to come: its content is under way. */
  isMidContent = false;
  readonly #wire: Wire;
  readonly #writeBuffer: WriteBuffer;
  readonly #listener: OutboxListener;
  #filledBytes = 0;
  /** Not known to be out: one, or more where replies overtook the news. */
  readonly #lent: Buffer[] = [];
  #isBlocked = false;
  /** The first reply awaited that the write stamps, see PendingReplies.stampSince. */
  #mark = 0;

  constructor(wire: Wire, writeBuffer: WriteBuffer, listener: OutboxListener) {
    this.#wire = wire;
    this.#writeBuffer = writeBuffer;
    this.#listener = listener;
  }

  get isEmpty(): boolean {
    return this.#filledBytes === 0;
  }

  /** A write is not all out. Nothing may be put in then. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  get roomBytes(): number {
    return WRITE_BUFFER_BYTES - this.#filledBytes;
  }

  /** One character per byte; must fit. */
  text(text: string): void {
    this.#begin();
    this.#filledBytes += this.#writeBuffer.bytes.write(text, this.#filledBytes, 'latin1');
  }

  /** Makes room for `count` bytes, which must fit, to be filled at once: where they go in `target`. */
  reserve(count: number): number {
    this.#begin();
    const at = this.#filledBytes;
    this.#filledBytes += count;
    return at;
  }

  get target(): Buffer {
    return this.#writeBuffer.bytes;
  }

  /** True when all is out. */
  write(): boolean {
    if (this.#filledBytes === 0) return !this.#isBlocked;
    const bytes = this.#writeBuffer.bytes.subarray(0, this.#filledBytes);
    this.#filledBytes = 0;
    const isOut = this.#wire.writeContent(bytes);
    if (!isOut) this.#lent.push(this.#writeBuffer.lend());
    return this.#written(isOut);
  }

  /** Writes bytes that never change as they are. Only when empty. */
  writeUncopied(bytes: Buffer): boolean {
    this.#begin();
    return this.#written(this.#wire.writeContent(bytes));
  }

  /** A reply to the last byte came before the news that it is out. The buffer stays lent until the news. */
  unblock(): void {
    this.#isBlocked = false;
  }

  onFlushed(): void {
    while (this.#lent.length > 0) this.#writeBuffer.giveBack(this.#lent.pop() as Buffer);
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    this.#out(this.#wire.nowUs);
  }

  #begin(): void {
    if (this.#filledBytes > 0) return;
    this.#mark = this.#wire.pending.pushed - (this.isMidContent ? 1 : 0);
  }

  #written(isOut: boolean): boolean {
    const atUs = this.#wire.clockUs();
    this.#isBlocked = !isOut;
    this.#listener.onWritten(isOut, atUs);
    if (isOut) this.#out(atUs);
    else this.#wire.pending.stampSince(this.#mark, atUs);
    return isOut;
  }

  #out(atUs: number): void {
    this.#wire.pending.stampSince(this.#mark, atUs);
    this.#listener.onOut(atUs);
  }
}
