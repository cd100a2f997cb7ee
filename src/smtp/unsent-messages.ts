/**
 * Messages that cannot be sent on a session, until their owner is told.
 *
 * Told at the next tick of the deadlines, never inside `send`: an owner that sends the next message at once would
 * otherwise turn in a circle that lets nothing else run.
 */
import type { Deadlines, HasDeadline } from './deadlines.js';
import type { TransactionResult } from './outcome.js';

export class UnsentMessages implements HasDeadline {
  deadlineUs = Number.POSITIVE_INFINITY;
  readonly #deadlines: Deadlines;
  readonly #onDue: () => void;
  #results: TransactionResult[] = [];

  constructor(deadlines: Deadlines, onDue: () => void) {
    this.#deadlines = deadlines;
    this.#onDue = onDue;
  }

  get length(): number {
    return this.#results.length;
  }

  add(result: TransactionResult, nowUs: number): void {
    if (this.#results.length === 0) {
      // Not at the tick under way, if there is one.
      this.deadlineUs = nowUs + 1;
      this.#deadlines.add(this);
    }
    this.#results.push(result);
  }

  /** Hands them over, oldest first. */
  take(): readonly TransactionResult[] {
    const results = this.#results;
    this.#results = [];
    this.#deadlines.remove(this);
    return results;
  }

  onDeadline(): void {
    this.#onDue();
  }
}
