/**
 * Open engine: iterations begin when the pacer says they are due, whatever the server does (open model).
 *
 * An arrival that finds no free VU is dropped, never queued and never caught up. A VU is free when it is ready. One that
 * offers to take one more gets an arrival if one is due already and nobody else is free: nothing is sent ahead of a message
 * that is due. VUs beyond preAllocatedVUs come into being when none is free.
 */
import { Engine, type ExecutorContext, type StopCause, type Timing } from './engine.js';
import type { Pacer, PacerOptions } from './pacer.js';
import { VuPool } from './vu-pool.js';

export interface OpenOptions extends Timing {
  readonly preAllocatedVUs: number;
  readonly maxVUs: number;
  readonly createPacer: (options: PacerOptions) => Pacer;
}

export class OpenEngine extends Engine {
  readonly #options: OpenOptions;
  readonly #free: VuPool;
  #pacer: Pacer | null = null;
  #isServing = false;

  constructor(options: OpenOptions, context: ExecutorContext) {
    const max = Math.max(options.maxVUs, options.preAllocatedVUs);
    super(options, { initial: options.preAllocatedVUs, max }, context);
    this.#options = options;
    this.#free = new VuPool(this.crew.capacity);
  }

  protected onStart(startUs: number): void {
    this.#pacer = this.#options.createPacer({ startUs, share: this.share, draw: this.context.draw });
    for (const vu of this.vus()) this.#free.give(vu);
  }

  protected onReady(vu: number): void {
    this.#free.give(vu);
  }

  protected onBusy(vu: number): void {
    this.#free.remove(vu);
  }

  /** One arrival for one offer: whoever has room for the next will offer again. */
  protected onOffer(vu: number): boolean {
    const nowUs = this.nowUs();
    // Free VUs first; while they are served it is their turn next.
    if (this.#isServing && this.#free.size > 0) return false;
    this.#serveFree(nowUs);
    // What was begun meanwhile may have called stop or abort.
    const isTaken = this.isRunning && this.nextWorkUs() <= nowUs;
    if (isTaken) this.#begin(vu);
    return isTaken;
  }

  protected work(): void {
    this.#isServing = true;
    this.#serveUntil(this.nowUs());
    this.#isServing = false;
  }

  protected nextWorkUs(): number {
    return this.#pacer?.nextUs() ?? Number.POSITIVE_INFINITY;
  }

  protected hasMoreFor(): boolean {
    return true;
  }

  /** What fell due before the end was scheduled, and is started or dropped as ever; what was not yet due never was. */
  protected onStop(cause: StopCause): void {
    if (cause === 'aborted') this.#dropUntil(this.nowUs());
    else this.work();
  }

  /** Those served may offer too: not nested, or a thousand of them would overflow the stack. */
  #serveFree(nowUs: number): void {
    const wasServing = this.#isServing;
    this.#isServing = true;
    while (this.nextWorkUs() <= nowUs && this.#free.size > 0) this.#begin(this.#free.take());
    this.#isServing = wasServing;
  }

  /** `nowUs` is read once, so that a workload slower than the rate cannot keep the loop in here. */
  #serveUntil(nowUs: number): void {
    while (this.nextWorkUs() <= nowUs) {
      const vu = this.#findVu();
      if (vu >= 0) this.#begin(vu);
      else this.#drop();
    }
  }

  #dropUntil(nowUs: number): void {
    while (this.nextWorkUs() <= nowUs) this.#drop();
  }

  /** The arrival that is next. */
  #begin(vu: number): void {
    const dueUs = this.nextWorkUs();
    this.begin(vu, this.#take(), dueUs, this.nowUs());
  }

  #drop(): void {
    const dueUs = this.nextWorkUs();
    this.#take();
    this.context.observer.dropped(dueUs, 1);
  }

  #take(): number {
    const pacer = this.#pacer!;
    const iteration = pacer.number();
    pacer.advance();
    return iteration;
  }

  #findVu(): number {
    const free = this.#free.take();
    return free >= 0 ? free : this.crew.add();
  }
}
