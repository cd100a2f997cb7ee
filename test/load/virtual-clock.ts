/**
 * Virtual clock: time that passes only from one event to the next, so that hours run in milliseconds and twice the same.
 *
 * Timers behave like Node's: whole milliseconds, one where Node makes it one, and a settable amount too early. A turn of the event loop takes
 * turnUs; `spend` lets time pass inside a callback, as a busy loop does, and what fell due meanwhile comes late.
 */
import assert from 'node:assert/strict';
import type { LoadClock } from '#src/load/workload.js';

export interface VirtualClockOptions {
  readonly startUs?: number;
  readonly timersEarlyUs?: number;
  readonly timersLateUs?: number;
  readonly turnUs?: number;
}

interface Event {
  readonly atUs: number;
  readonly order: number;
  readonly callback: () => void;
}

export class VirtualClock implements LoadClock {
  /** Callbacks run so far: a cheap measure of how busy a wait is. */
  turns = 0;
  readonly #timerShiftUs: number;
  readonly #turnUs: number;
  /** The next event stands last. */
  #events: Event[] = [];
  #nowUs: number;
  #order = 0;

  constructor(options: VirtualClockOptions = {}) {
    this.#nowUs = options.startUs ?? 0;
    this.#timerShiftUs = (options.timersLateUs ?? 0) - (options.timersEarlyUs ?? 0);
    this.#turnUs = options.turnUs ?? 10;
    // A poll in no time would be a poll without end.
    assert.ok(this.#turnUs > 0);
  }

  get pending(): number {
    return this.#events.length;
  }

  nowUs(): number {
    return this.#nowUs;
  }

  setTimer(callback: () => void, delayMs: number): () => void {
    const wholeMs = delayMs >= 1 && delayMs <= 2 ** 31 - 1 ? Math.trunc(delayMs) : 1;
    return this.at(this.#nowUs + wholeMs * 1_000 + this.#timerShiftUs, callback);
  }

  setImmediate(callback: () => void): () => void {
    return this.at(this.#nowUs + this.#turnUs, callback);
  }

  /** For what happens outside: calls back at that moment, after what was put there before. */
  at(atUs: number, callback: () => void): () => void {
    const event = { atUs, order: this.#order++, callback };
    this.#events.splice(this.#placeOf(atUs), 0, event);
    return () => {
      this.#events = this.#events.filter((other) => other !== event);
    };
  }

  spend(us: number): void {
    this.#nowUs += us;
  }

  /** Let time pass up to and with untilUs, or for as long as anything is pending. */
  run(untilUs = Number.POSITIVE_INFINITY): void {
    for (let event = this.#events.at(-1); event && event.atUs <= untilUs; event = this.#events.at(-1)) {
      this.#events.pop();
      this.#nowUs = Math.max(this.#nowUs, event.atUs);
      this.turns++;
      event.callback();
    }
    if (untilUs !== Number.POSITIVE_INFINITY) this.#nowUs = Math.max(this.#nowUs, untilUs);
  }

  /** Before every event that is as early: those came first, and the next event stands last. */
  #placeOf(atUs: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#events[middle]!.atUs > atUs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
