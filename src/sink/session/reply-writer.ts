/**
 * Reply writer: the one way out of a connection: puts a behaviour's reply in the place of the sink's own, counts
 * refusals, acknowledges receipts when their reply has left, and closes after a 421.
 */
import type { Socket } from 'node:net';
import type { MutableCounts } from '../counts.js';
import type { SinkReply } from '../judge.js';
import { formatReply, type PreparedReply } from './reply.js';

/** Where replies go. */
export interface ReplyTarget {
  /** null while nothing may be written: TLS is being negotiated. */
  readonly replySocket: Socket | null;
  /** Whether the sink itself is ending: its last words refuse nobody. */
  readonly isEnding: boolean;
  readonly counts: MutableCounts;
  acknowledge(ids: readonly string[]): void;
  close(): void;
}

const NO_IDS: readonly string[] = [];

export class ReplyWriter {
  readonly #target: ReplyTarget;
  readonly #isEnhanced: boolean;
  /** Said instead of the sink's next reply, if that is of the same class: never a 250 for an error. */
  instead: SinkReply | null = null;

  constructor(target: ReplyTarget, isEnhanced: boolean) {
    this.#target = target;
    this.#isEnhanced = isEnhanced;
  }

  /** `ids`: receipts to acknowledge when the reply has left. */
  say(reply: PreparedReply, ids: readonly string[] = NO_IDS): void {
    this.write(reply.code, this.#isEnhanced ? reply.enhanced : reply.plain, ids);
  }

  sayLines(code: number, enhanced: string, lines: readonly string[]): void {
    this.write(code, formatReply({ code, enhanced: this.#isEnhanced ? enhanced : '', lines }), NO_IDS);
  }

  /** A behaviour's, word for word. */
  sayOwn(reply: SinkReply, ids: readonly string[] = NO_IDS): void {
    this.instead = null;
    this.write(reply.code, formatReply(reply), ids);
  }

  write(code: number, text: string, ids: readonly string[]): void {
    const own = this.instead;
    if (own !== null && classOf(own.code) === classOf(code)) return this.sayOwn(own, ids);
    this.#count(code);
    const socket = this.#target.replySocket;
    if (socket?.writable) {
      if (ids.length === 0) socket.write(text);
      else socket.write(text, (error) => error || this.#target.acknowledge(ids));
    }
    if (code === 421) this.#target.close();
  }

  #count(code: number): void {
    if (code < 400 || this.#target.isEnding) return;
    if (code < 500) this.#target.counts.deferred++;
    else this.#target.counts.rejected++;
  }
}

function classOf(code: number): number {
  return Math.floor(code / 100);
}
