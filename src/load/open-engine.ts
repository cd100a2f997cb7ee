/**
 * Open engine: iterations begin when the pacer says they are due, whatever the server does (open model).
 *
 * An arrival that finds no free VU is dropped, never queued and never caught up. A VU is free when it is ready with nothing in
 * flight. One that is ready earlier (see LoadControl.ready) may take an arrival at that very moment, if one is due and nobody
 * else is free: nothing is sent ahead of a message that is due. VUs beyond preAllocatedVUs come into being when none is free.
 */
import type { ConstantArrivalRate } from '../scenario/scenario.js';
import { Engine, type ExecutorContext, type StopCause } from './engine.js';
import { createPacer, type Pacer } from './pacer.js';
import { VuPool } from './vu-pool.js';

export class OpenEngine extends Engine {
  readonly #spec: ConstantArrivalRate;
  readonly #free: VuPool;
  #pacer: Pacer | null = null;
  #isServing = false;
  /** The VU that says ready with iterations in flight, while it says so; else -1. */
  #offered = -1;

  constructor(spec: ConstantArrivalRate, context: ExecutorContext) {
    const max = Math.max(spec.maxVUs, spec.preAllocatedVUs);
    super(spec, { initial: spec.preAllocatedVUs, max }, context);
    this.#spec = spec;
    this.#free = new VuPool(this.crew.capacity);
  }

  protected onStart(startUs: number): void {
    this.#pacer = createPacer(this.#spec, { startUs, share: this.share, draw: this.context.draw });
    for (const vu of this.vus()) this.#free.give(vu);
  }

  protected onReady(vu: number): void {
    if (this.crew.inFlight(vu) === 0) this.#free.give(vu);
    else if (!this.#isServing) this.#offer(vu);
  }

  protected onIdle(vu: number): void {
    this.#free.give(vu);
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

  /** Whatever is due already goes to the free VUs, and then to this one. */
  #offer(vu: number): void {
    this.#offered = vu;
    this.work();
    this.#offered = -1;
  }

  /** `nowUs` is read once, so that a workload slower than the rate cannot keep the loop in here. */
  #serveUntil(nowUs: number): void {
    for (let dueUs = this.nextWorkUs(); dueUs <= nowUs; dueUs = this.nextWorkUs()) {
      const iteration = this.#take();
      const vu = this.#findVu();
      if (vu < 0) this.context.observer.dropped(dueUs, 1);
      else this.begin(vu, iteration, dueUs, this.nowUs());
    }
  }

  #dropUntil(nowUs: number): void {
    for (let dueUs = this.nextWorkUs(); dueUs <= nowUs; dueUs = this.nextWorkUs()) {
      this.#take();
      this.context.observer.dropped(dueUs, 1);
    }
  }

  #take(): number {
    const pacer = this.#pacer!;
    const iteration = pacer.number();
    pacer.advance();
    return iteration;
  }

  #findVu(): number {
    const free = this.#free.take();
    if (free >= 0) return free;
    const offered = this.#offered;
    this.#offered = -1;
    return offered >= 0 ? offered : this.crew.add();
  }
}
