/**
 * Flight: the transactions of a session that are under way, oldest first, and what of them is leaving in a write.
 *
 * A write may hold several of them; when it is all out, what was leaving is stamped with that moment. Those of which
 * something is leaving are always the newest.
 */

import type { OutboxListener } from './outbox.js';
import type { TransactionResult } from './outcome.js';
import { Ring } from './ring.js';

export class Flight implements OutboxListener {
  readonly #results = new Ring<TransactionResult>();
  readonly #onContentSent: (fromUs: number, atUs: number) => void;
  /** Whose content was handed over last, with nothing behind it. */
  #lastContent: TransactionResult | null = null;

  constructor(onContentSent: (fromUs: number, atUs: number) => void) {
    this.#onContentSent = onContentSent;
  }

  get length(): number {
    return this.#results.length;
  }

  /** Only when there is one. */
  get oldest(): TransactionResult {
    return this.#results.at(0);
  }

  push(result: TransactionResult): void {
    this.#results.push(result);
  }

  shift(): TransactionResult {
    return this.#results.shift();
  }

  /** MAIL of the newest is handed over. */
  mailLeaves(result: TransactionResult): void {
    result.isMailLeaving = true;
    this.#lastContent = null;
  }

  /** The content is handed over to its last byte. */
  contentLeaves(result: TransactionResult): void {
    result.isContentLeaving = true;
    this.#lastContent = result;
  }

  isLastContent(result: TransactionResult): boolean {
    return this.#lastContent === result;
  }

  onWritten(isOut: boolean, atUs: number): void {
    for (let i = this.#firstLeaving(); i < this.length; i++) {
      const result = this.#results.at(i);
      if (result.isMailLeaving) result.mailAtUs = atUs;
      // Where not all is out, what is left may be what came behind it: who cannot exclude that it is out is in doubt.
      if (!isOut && result.isContentLeaving && result !== this.#lastContent) result.isContentWritten = true;
    }
  }

  onOut(atUs: number): void {
    for (let i = this.#firstLeaving(); i < this.length; i++) {
      const result = this.#results.at(i);
      if (result.isMailLeaving && result.startedAtUs === 0) result.mailAtUs = atUs;
      result.isMailLeaving = false;
      if (result.isContentLeaving) this.contentOut(result, atUs);
    }
  }

  /** The last byte of a content was taken by the kernel. */
  contentOut(result: TransactionResult, atUs: number): void {
    result.isContentLeaving = false;
    result.isContentWritten = true;
    this.#onContentSent(result.contentFromUs, atUs);
  }

  #firstLeaving(): number {
    let first = this.length;
    while (first > 0 && isLeaving(this.#results.at(first - 1))) first--;
    return first;
  }
}

function isLeaving({ isMailLeaving, isContentLeaving }: TransactionResult): boolean {
  return isMailLeaving || isContentLeaving;
}
