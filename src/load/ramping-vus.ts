/**
 * ramping-vus: a number of VUs that goes from stage to stage in straight lines; each iterates as fast as it can.
 *
 * Those with the lowest ids are there; the highest leave first. A VU that leaves finishes what it has in flight, is cut off
 * when gracefulRampDown is over, and goes on where it is needed again before. One that is needed after it has left is a
 * new VU under the same id. At the end of the last stage gracefulStop holds for all, as in every executor.
 */
import type { RampingVus } from '../scenario/executor-spec.js';
import { ClosedEngine } from './closed-engine.js';
import { endlessSupply } from './constant-vus.js';
import type { Executor, ExecutorContext, StopCause } from './engine.js';
import { mostVus, VuCurve } from './vu-curve.js';

export function createRampingVus(spec: RampingVus, context: ExecutorContext): Executor {
  return new RampingVusEngine(spec, context);
}

interface Leaving {
  readonly vu: number;
  /** When it is cut off. */
  readonly untilUs: number;
}

class RampingVusEngine extends ClosedEngine {
  readonly #curve: VuCurve;
  readonly #graceUs: number;
  /** In order of time, because every VU gets the same grace; those that came back are in here too. */
  readonly #leaving: Leaving[] = [];
  /** For each VU that leaves and is not gone: when it is cut off. */
  readonly #cutOffUs = new Map<number, number>();
  #startUs = 0;

  constructor(spec: RampingVus, context: ExecutorContext) {
    const { startVUs, gracefulRampDownMs } = spec;
    super({ vus: mostVus(spec), startVUs, timing: spec, createSupply: endlessSupply }, context);
    this.#curve = new VuCurve(spec);
    this.#graceUs = gracefulRampDownMs * 1_000;
  }

  protected override onStart(startUs: number): void {
    this.#startUs = startUs;
    super.onStart(startUs);
  }

  protected override onReady(vu: number): void {
    if (this.#isWanted(vu)) super.onReady(vu);
  }

  protected override work(): void {
    this.#follow();
    this.cutOffDue();
    super.work();
  }

  protected override nextWorkUs(): number {
    return Math.min(super.nextWorkUs(), this.#nextChangeUs(), this.nextCutOffUs());
  }

  protected override hasMoreFor(vu: number): boolean {
    return this.#isWanted(vu) && super.hasMoreFor(vu);
  }

  /** Who leaves at the very end has no more time than gracefulRampDown either. */
  protected override onStop(cause: StopCause): void {
    if (cause === 'over') this.#follow();
    super.onStop(cause);
  }

  protected override nextCutOffUs(): number {
    return this.#leaving[0]?.untilUs ?? Number.POSITIVE_INFINITY;
  }

  protected override cutOffDue(): void {
    const nowUs = this.nowUs();
    while (this.nextCutOffUs() <= nowUs) {
      const { vu, untilUs } = this.#leaving.shift() as Leaving;
      if (this.#cutOffUs.get(vu) !== untilUs) continue;
      this.#cutOffUs.delete(vu);
      if (this.crew.inFlight(vu) > 0) this.context.workload.interrupt(vu);
    }
  }

  #isWanted(vu: number): boolean {
    return vu < this.#curve.count;
  }

  #nextChangeUs(): number {
    return this.#startUs + this.#curve.nextUs();
  }

  #follow(): void {
    const nowUs = this.nowUs();
    while (this.#nextChangeUs() <= nowUs) {
      const before = this.#curve.count;
      const changeUs = this.#nextChangeUs();
      this.#curve.advance();
      for (let vu = before; vu < this.#curve.count; vu++) if (this.#isOwn(vu)) this.#admit(vu);
      for (let vu = before - 1; vu >= this.#curve.count; vu--)
        if (this.#isOwn(vu)) this.#dismiss(vu, changeUs);
    }
  }

  #isOwn(vu: number): boolean {
    return vu % this.share.count === this.share.index;
  }

  #admit(vu: number): void {
    this.#cutOffUs.delete(vu);
    if (!this.crew.has(vu)) this.crew.add();
    else if (this.crew.isRetired(vu)) this.crew.revive(vu);
    // What it has in flight goes on.
    if (this.crew.isReady(vu)) this.queue(vu);
  }

  #dismiss(vu: number, atUs: number): void {
    this.unqueue(vu);
    this.retireIfOver(vu);
    if (this.crew.isRetired(vu)) return;
    const untilUs = atUs + this.#graceUs;
    this.#cutOffUs.set(vu, untilUs);
    this.#leaving.push({ vu, untilUs });
  }
}
