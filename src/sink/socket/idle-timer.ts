/**
 * Idle timer: calls back when nothing was touched for so long. Touching it costs a look at the clock and sets no timer.
 */
import type { SocketClock } from './socket-clock.js';

export class IdleTimer {
  readonly #ms: number;
  readonly #clock: SocketClock;
  readonly #onIdle: () => void;
  #sinceMs: number;
  #cancel: () => void = ignore;

  constructor(ms: number, clock: SocketClock, onIdle: () => void) {
    this.#ms = ms;
    this.#clock = clock;
    this.#onIdle = onIdle;
    this.#sinceMs = clock.nowMs();
    this.#arm(ms);
  }

  touch(): void {
    this.#sinceMs = this.#clock.nowMs();
  }

  restart(): void {
    this.touch();
    this.#arm(this.#ms);
  }

  cancel(): void {
    this.#cancel();
  }

  #arm(ms: number): void {
    this.#cancel = this.#clock.setTimer(() => {
      const leftMs = this.#sinceMs + this.#ms - this.#clock.nowMs();
      if (leftMs > 0) this.#arm(leftMs);
      else this.#onIdle();
    }, ms);
  }
}

function ignore(): void {}
