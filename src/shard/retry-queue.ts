/**
 * Retry queue: a virtual user's messages that wait for their next attempt, in the order in which they fall due.
 *
 * One timer, for the first. Bounded: a server that defers everything must not fill memory, so a user whose queue is full
 * begins nothing new until one of them has been tried.
 */
import type { PendingMessage } from './pending-message.js';

export interface RetryQueueOptions {
  readonly nowUs: () => number;
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
  /** The first of them has fallen due. */
  readonly onDue: () => void;
}

export const MAX_WAITING = 1_000;

export class RetryQueue {
  readonly #options: RetryQueueOptions;
  /** By dueAtUs. */
  readonly #waiting: PendingMessage[] = [];
  #cancelTimer: (() => void) | null = null;

  constructor(options: RetryQueueOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#waiting.length >= MAX_WAITING;
  }

  add(message: PendingMessage): void {
    const waiting = this.#waiting;
    let at = waiting.length;
    // Nearly always behind all others.
    while (at > 0 && (waiting[at - 1] as PendingMessage).dueAtUs > message.dueAtUs) at--;
    waiting.splice(at, 0, message);
    if (at === 0) this.#arm();
  }

  /** The first that is due by now; null when none is. */
  takeDue(): PendingMessage | null {
    const first = this.#waiting[0];
    if (first === undefined || first.dueAtUs > this.#options.nowUs()) return null;
    this.#waiting.shift();
    this.#arm();
    return first;
  }

  takeAll(): PendingMessage[] {
    const all = this.#waiting.splice(0);
    this.#arm();
    return all;
  }

  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const first = this.#waiting[0];
    if (first === undefined) return;
    const delayMs = Math.max(0, (first.dueAtUs - this.#options.nowUs()) / 1000);
    this.#cancelTimer = this.#options.setTimer(() => {
      this.#cancelTimer = null;
      // Timers may come a little early.
      if (first.dueAtUs > this.#options.nowUs()) this.#arm();
      else this.#options.onDue();
    }, delayMs);
  }
}
