/**
 * Verdict: a Treatment in the making. Delays add up, the slowest reading rate and the first of each socket fault count,
 * and the first decision stays.
 */
import type { Fate, SinkReply, SocketFaults, Treatment } from '../judge.js';
import type { Drop } from './behaviour.js';

export interface Decision {
  readonly delayMs: number;
  readonly reply: SinkReply | null;
  readonly drop: Drop | null;
  readonly fate: Fate | null;
  /** False: it only delays, and others may still decide. */
  readonly isFinal: boolean;
}

export class Verdict {
  #first: string | null = null;
  #decidedBy: string | null = null;
  #decision: Decision | null = null;
  #delayMs = 0;
  #readBytesPerSec: number | null = null;
  #socket: SocketFaults | null = null;

  get isDecided(): boolean {
    return this.#decision !== null;
  }

  wait(behaviour: string, ms: number): void {
    this.#first ??= behaviour;
    this.#delayMs += ms;
  }

  readAt(behaviour: string, bytesPerSec: number): void {
    this.#first ??= behaviour;
    this.#readBytesPerSec = Math.min(bytesPerSec, this.#readBytesPerSec ?? bytesPerSec);
  }

  meddle(behaviour: string, faults: SocketFaults): void {
    this.#first ??= behaviour;
    this.#socket = { ...faults, ...this.#socket };
  }

  decide(behaviour: string, decision: Decision): void {
    this.wait(behaviour, decision.delayMs);
    if (!decision.isFinal) return;
    this.#decidedBy = behaviour;
    this.#decision = decision;
  }

  /** null: nobody minded. */
  treatment(): Treatment | null {
    const behaviour = this.#decidedBy ?? this.#first;
    if (behaviour === null) return null;
    const { reply = null, drop = null, fate = null } = this.#decision ?? {};
    return {
      behaviour,
      delayMs: Math.min(this.#delayMs, MAX_DELAY_MS),
      reply,
      drop: drop?.at ?? null,
      isReset: drop?.isReset ?? false,
      readBytesPerSec: this.#readBytesPerSec,
      fate,
      socket: this.#socket,
    };
  }
}

/** A longer timer would fire at once. */
const MAX_DELAY_MS = 2_147_483_647;
