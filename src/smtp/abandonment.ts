/**
 * Abandonment: where in a transaction a session is to end on purpose, if it is.
 */
import type { Abandon } from '../scenario/client-options.js';
import { COMMAND_NAMES, type CommandId, type Phase } from './command.js';

export class Abandonment {
  readonly phase: Abandon['phase'] | null;
  /** How much of a content goes out, 0 … 1; null: all. */
  readonly share: number | null;
  readonly #when: Abandon['when'] | null;

  /** With BDAT there is no DATA: its place is before the first byte of the content. */
  constructor(abandon: Abandon | null, isChunked: boolean) {
    const isBeforeContent = abandon?.phase === 'DATA' && isChunked;
    this.phase = isBeforeContent ? 'CONTENT' : (abandon?.phase ?? null);
    this.#when = abandon?.when ?? null;
    const isCut = this.phase === 'CONTENT' && this.#when === 'sent';
    this.share = isCut && abandon !== null ? (isBeforeContent ? 0 : abandon.contentShare) : null;
  }

  /** Not of CONTENT: that is cut by its share. */
  isOnceSent(command: CommandId): boolean {
    return this.#when === 'sent' && this.phase === COMMAND_NAMES[command];
  }

  isAfterReply(command: CommandId): boolean {
    return this.#when === 'reply' && this.phase === COMMAND_NAMES[command];
  }
}

/** In the words of outcomes. */
export function phaseOf(phase: Abandon['phase']): Phase {
  return phase === 'CONNECT' ? 'connect' : phase;
}
