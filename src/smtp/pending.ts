/**
 * Pending replies: the commands written and not yet answered, in order. A ring that grows and never shrinks, so that
 * waiting for a reply allocates nothing.
 */
import type { CommandId } from './command.js';
import type { TransactionResult } from './outcome.js';

export class PendingReplies {
  #commands: Uint8Array = new Uint8Array(8);
  #writtenAtUs: Float64Array = new Float64Array(8);
  #results: (TransactionResult | null)[] = new Array<TransactionResult | null>(8).fill(null);
  #first = 0;
  #count = 0;
  #pushed = 0;

  get count(): number {
    return this.#count;
  }

  /** How many were ever pushed. */
  get pushed(): number {
    return this.#pushed;
  }

  /** The command whose reply comes next. Only when count > 0. */
  get command(): CommandId {
    return this.#commands[this.#first] as CommandId;
  }

  /** When its last byte was taken by the kernel, µs. */
  get writtenAtUs(): number {
    return this.#writtenAtUs[this.#first] as number;
  }

  /** The transaction it belongs to; null for the session's own commands. */
  get result(): TransactionResult | null {
    return this.#results[this.#first] as TransactionResult | null;
  }

  push(command: CommandId, writtenAtUs: number, result: TransactionResult | null): void {
    if (this.#count === this.#commands.length) this.#grow();
    const at = (this.#first + this.#count) & (this.#commands.length - 1);
    this.#commands[at] = command;
    this.#writtenAtUs[at] = writtenAtUs;
    this.#results[at] = result;
    this.#count++;
    this.#pushed++;
  }

  /** One more reply to the command answered last comes before all others. */
  unshift(command: CommandId, writtenAtUs: number, result: TransactionResult | null): void {
    if (this.#count === this.#commands.length) this.#grow();
    this.#first = (this.#first - 1) & (this.#commands.length - 1);
    this.#commands[this.#first] = command;
    this.#writtenAtUs[this.#first] = writtenAtUs;
    this.#results[this.#first] = result;
    this.#count++;
  }

  /** Forgets the first one. */
  shift(): void {
    this.#results[this.#first] = null;
    this.#first = (this.#first + 1) & (this.#commands.length - 1);
    this.#count--;
  }

  /** The first command of this transaction that was not answered; null when there is none. */
  firstOf(result: TransactionResult): CommandId | null {
    for (let i = 0; i < this.#count; i++) {
      const at = (this.#first + i) & (this.#commands.length - 1);
      if (this.#results[at] === result) return this.#commands[at] as CommandId;
    }
    return null;
  }

  /** The replies awaited since `mark`, a value `pushed` had, are to commands that were out only now. */
  stampSince(mark: number, atUs: number): void {
    const since = Math.min(this.#pushed - mark, this.#count);
    for (let i = this.#count - since; i < this.#count; i++) {
      this.#writtenAtUs[(this.#first + i) & (this.#commands.length - 1)] = atUs;
    }
  }

  #grow(): void {
    const size = this.#commands.length;
    const commands = new Uint8Array(size * 2);
    const writtenAtUs = new Float64Array(size * 2);
    const results = new Array<TransactionResult | null>(size * 2).fill(null);
    for (let i = 0; i < size; i++) {
      const at = (this.#first + i) & (size - 1);
      commands[i] = this.#commands[at] as number;
      writtenAtUs[i] = this.#writtenAtUs[at] as number;
      results[i] = this.#results[at] as TransactionResult | null;
    }
    this.#commands = commands;
    this.#writtenAtUs = writtenAtUs;
    this.#results = results;
    this.#first = 0;
  }
}
