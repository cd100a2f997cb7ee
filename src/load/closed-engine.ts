/**
 * Closed engine: a VU that is ready gets the next iteration at once, as long as its executor's supply lasts.
 *
 * Ready VUs queue up and are served by one loop, never by recursion, so that a workload that answers inside iterate
 * cannot overflow the stack. The loop yields to sockets and timers after a bounded number of iterations.
 */
import { Engine, type ExecutorContext, type StopCause, type Timing } from './engine.js';
import type { Share } from './share.js';
import { VuPool } from './vu-pool.js';

/** Which iteration a VU gets next. All numbers are numbers within the scenario. */
export interface Supply {
  /** Iterations of this shard nobody has taken yet; Infinity where only time limits them. */
  remaining(): number;
  hasMoreFor(vu: number): boolean;
  /** Take the next number for the VU; only called when it has more. */
  take(vu: number): number;
}

export interface ClosedOptions {
  /** At most at once. */
  readonly vus: number;
  /** Of them from the start; all when not given. */
  readonly startVUs?: number;
  readonly timing: Timing;
  /** Called with the shard's share of VUs and numbers. */
  readonly createSupply: (share: Share) => Supply;
}

/** One iterate costs some 30 µs where it opens a transaction, so this many keep a turn of the loop under 2 ms. */
const ITERATIONS_PER_TURN = 64;

export class ClosedEngine extends Engine {
  readonly #supply: Supply;
  readonly #waiting: VuPool;
  #isServing = false;

  constructor(options: ClosedOptions, context: ExecutorContext) {
    super(options.timing, { initial: options.startVUs ?? options.vus, max: options.vus }, context);
    this.#supply = options.createSupply(this.share);
    this.#waiting = new VuPool(this.crew.capacity);
  }

  protected onStart(_startUs: number): void {
    for (const vu of this.vus()) this.queue(vu);
    if (this.#supply.remaining() === 0) this.finish();
  }

  /** A ready VU gets its turn. */
  protected queue(vu: number): void {
    this.#waiting.give(vu);
  }

  /** It gets no turn after all. */
  protected unqueue(vu: number): void {
    this.#waiting.remove(vu);
  }

  protected onReady(vu: number): void {
    this.queue(vu);
    if (this.#isServing) return;
    this.work();
    if (this.#waiting.size > 0) this.rearm();
  }

  protected onBusy(vu: number): void {
    this.unqueue(vu);
  }

  /** The session behind a VU bounds how often it offers, so this needs no queue. */
  protected onOffer(vu: number): boolean {
    const nowUs = this.nowUs();
    if (nowUs >= this.endUs || !this.hasMoreFor(vu)) return false;
    this.#begin(vu, nowUs);
    return true;
  }

  protected work(): void {
    this.#isServing = true;
    for (let left = ITERATIONS_PER_TURN; left > 0 && this.isRunning && this.#waiting.size > 0; left--) {
      this.#serve(this.#waiting.take());
    }
    this.#isServing = false;
  }

  protected nextWorkUs(): number {
    return this.#waiting.size > 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  protected hasMoreFor(vu: number): boolean {
    return this.#supply.hasMoreFor(vu);
  }

  protected onStop(cause: StopCause): void {
    const remaining = this.#supply.remaining();
    if (cause !== 'over' || remaining === 0 || remaining === Number.POSITIVE_INFINITY) return;
    this.context.observer.dropped(this.endUs, remaining);
  }

  #serve(vu: number): void {
    const nowUs = this.nowUs();
    // The alarm for the end may still be waiting for its turn.
    if (nowUs >= this.endUs) this.finish();
    else if (this.hasMoreFor(vu)) this.#begin(vu, nowUs);
  }

  #begin(vu: number, nowUs: number): void {
    this.begin(vu, this.#supply.take(vu), nowUs, nowUs);
    if (this.#supply.remaining() === 0) this.finish();
  }
}
