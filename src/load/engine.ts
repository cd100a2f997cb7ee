/**
 * Engine: what every executor does alike, from its start to the moment its last VU is retired.
 *
 *   idle ──start──▶ waiting ──startTime──▶ running ──duration over, nothing left, stop──▶ draining ──gracefulStop over, abort──▶ cut off
 *                                                                                              └── nothing in flight ──▶ ended ◀──┘
 *
 * No iteration begins after `running`. A VU is retired when it gets nothing more and has nothing in flight; a VU
 * that is not ready by then (it may wait to reconnect) is not waited for. onEnd follows the last retirement, once.
 * Every method may be called inside a call to the workload. When iterations begin is for closed- and open-engine.ts to say.
 */
import type { Draw } from '../scenario/draw.js';
import type { Alarm, ClockDriver } from './clock-driver.js';
import { Crew, type CrewSize } from './crew.js';
import { narrowedTo, type Share } from './share.js';
import type { LoadControl, LoadObserver, Workload } from './workload.js';

/** Decides when the VUs of one scenario, as far as they belong to this shard, iterate. */
export interface Executor extends LoadControl {
  /** VUs of this shard alive now: 0 before the scenario's startTime, and again after the end. */
  readonly activeVus: number;
  /** Ids of this shard's VUs that exist so far, retired ones too; an open executor may bring further ones into being. */
  vus(): readonly number[];
  /** `atUs` is the start of the run, the same in every shard; the scenario's startTime is added here. */
  start(atUs: number): void;
  /** Begin no further iterations; those in flight get gracefulStop. */
  stop(): void;
  /** Interrupt everything now. */
  abort(): void;
}

export interface ExecutorContext {
  readonly shard: Share;
  /** Shared by all executors of one event loop. */
  readonly driver: ClockDriver;
  readonly draw: Draw;
  readonly workload: Workload;
  /** Only records: it must not call the executor back. */
  readonly observer: LoadObserver;
  /** Called once, after the last VU was retired. */
  readonly onEnd: () => void;
}

export interface Timing {
  readonly startTimeMs: number;
  /** From startTime to the end of `running` at the latest. */
  readonly durationMs: number;
  readonly gracefulStopMs: number;
}

/** Why no further iteration begins. */
export type StopCause = 'over' | 'stopped' | 'aborted';

type Phase = 'idle' | 'waiting' | 'running' | 'draining' | 'cut off' | 'ended';

export abstract class Engine implements Executor {
  protected readonly context: ExecutorContext;
  protected readonly share: Share;
  protected readonly crew: Crew;
  readonly #timing: Timing;
  readonly #alarm: Alarm;
  #phase: Phase = 'idle';
  /** When the phase ends unless something else ends it first. */
  #deadlineUs = Number.POSITIVE_INFINITY;

  constructor(timing: Timing, size: CrewSize, context: ExecutorContext) {
    this.context = context;
    this.share = narrowedTo(context.shard, size.max);
    this.crew = new Crew(this.share, size);
    this.#timing = timing;
    this.#alarm = context.driver.createAlarm(() => this.#onAlarm());
  }

  get activeVus(): number {
    return this.#phase === 'idle' || this.#phase === 'waiting' ? 0 : this.crew.live;
  }

  vus(): readonly number[] {
    return this.crew.ids();
  }

  start(atUs: number): void {
    if (this.#phase !== 'idle') return;
    this.#enter('waiting', atUs + this.#timing.startTimeMs * 1_000);
  }

  stop(): void {
    const graceEndUs = this.nowUs() + this.#timing.gracefulStopMs * 1_000;
    if (this.#phase === 'draining') this.#enter('draining', Math.min(graceEndUs, this.#deadlineUs));
    else this.#drain('stopped', graceEndUs);
  }

  abort(): void {
    this.#drain('aborted', this.nowUs());
    if (this.#phase === 'draining') this.#cutOff();
  }

  ready(vu: number): void {
    if (this.crew.isReady(vu)) return;
    this.crew.setReady(vu);
    if (this.isRunning) this.onReady(vu);
  }

  busy(vu: number): void {
    if (!this.crew.isReady(vu)) return;
    this.crew.setBusy(vu);
    this.onBusy(vu);
  }

  offer(vu: number): boolean {
    return this.isRunning && !this.crew.isReady(vu) && this.onOffer(vu);
  }

  done(vu: number): void {
    this.crew.end(vu);
    if (this.crew.inFlight(vu) > 0) return;
    this.retireIfOver(vu);
    this.#endIfOver();
  }

  /** The scenario starts: startUs is its nominal start, maybe a little in the past. */
  protected abstract onStart(startUs: number): void;
  /** Begin what may begin now. */
  protected abstract work(): void;
  /** When `work` is next needed if no VU reports before; Infinity for not at all. */
  protected abstract nextWorkUs(): number;
  protected abstract onReady(vu: number): void;
  /** A VU that said ready takes it back. */
  protected abstract onBusy(vu: number): void;
  /** Begin one iteration on the VU now, or say no. */
  protected abstract onOffer(vu: number): boolean;
  /** Whether the VU may get another iteration, going by what is left to do. */
  protected abstract hasMoreFor(vu: number): boolean;
  /** `running` ends: account for what was due, or will now never be started. */
  protected abstract onStop(cause: StopCause): void;

  /** While running or draining: when a VU has to be cut off before all others are. */
  protected nextCutOffUs(): number {
    return Number.POSITIVE_INFINITY;
  }

  /** Cut off those whose time is over. */
  protected cutOffDue(): void {}

  protected get isRunning(): boolean {
    return this.#phase === 'running';
  }

  /** While running: the end of the scenario. */
  protected get endUs(): number {
    return this.#deadlineUs;
  }

  protected nowUs(): number {
    return this.context.driver.clock.nowUs();
  }

  protected begin(vu: number, iteration: number, scheduledAtUs: number, startedAtUs: number): void {
    const slot = { iteration, scheduledAtUs, startedAtUs };
    this.crew.begin(vu);
    this.context.observer.started(slot);
    this.context.workload.iterate(vu, slot);
  }

  /** Nothing is left to begin: what is in flight has until the end of the scenario and its gracefulStop. */
  protected finish(): void {
    this.#drain('over', this.#deadlineUs + this.#timing.gracefulStopMs * 1_000);
  }

  /** `nextWorkUs` has changed. */
  protected rearm(): void {
    if (this.isRunning) this.#alarm.set(Math.min(this.#deadlineUs, this.nextWorkUs()));
  }

  #onAlarm(): void {
    switch (this.#phase) {
      case 'waiting':
        this.#run();
        return;
      case 'running':
        this.#goOn();
        return;
      case 'draining':
        this.#goOnDraining();
        return;
      case 'idle':
      case 'cut off':
      case 'ended':
        return;
      default:
        this.#phase satisfies never;
    }
  }

  #run(): void {
    const startUs = this.#deadlineUs;
    this.#enter('running', startUs + this.#timing.durationMs * 1_000);
    this.onStart(startUs);
    this.#goOn();
  }

  #goOn(): void {
    if (this.isRunning && this.nowUs() >= this.#deadlineUs) this.finish();
    if (this.isRunning) this.work();
    this.rearm();
  }

  #drain(cause: StopCause, graceEndUs: number): void {
    if (this.#isPastRunning()) return;
    if (this.isRunning) this.onStop(cause);
    // What onStop began may have called stop or abort.
    if (this.#isPastRunning()) return;
    this.#enter('draining', graceEndUs);
    for (const vu of this.crew.ids()) this.retireIfOver(vu);
    this.#endIfOver();
  }

  #cutOff(): void {
    this.#enter('cut off', Number.POSITIVE_INFINITY);
    for (const vu of this.crew.ids()) if (this.crew.inFlight(vu) > 0) this.context.workload.interrupt(vu);
  }

  /** Retires the VU if it has nothing in flight and gets nothing more. */
  protected retireIfOver(vu: number): void {
    if (this.crew.inFlight(vu) > 0 || this.crew.isRetired(vu)) return;
    if (!this.#isPastRunning() && this.hasMoreFor(vu)) return;
    this.crew.retire(vu);
    this.context.workload.retire(vu);
  }

  #endIfOver(): void {
    if (this.crew.live > 0 || !this.#isPastRunning() || this.#phase === 'ended') return;
    this.#enter('ended', Number.POSITIVE_INFINITY);
    this.context.onEnd();
  }

  #goOnDraining(): void {
    if (this.nowUs() >= this.#deadlineUs) this.#cutOff();
    else this.cutOffDue();
    if (this.#phase === 'draining') this.#enter('draining', this.#deadlineUs);
  }

  #isPastRunning(): boolean {
    return this.#phase === 'draining' || this.#phase === 'cut off' || this.#phase === 'ended';
  }

  #enter(phase: Phase, deadlineUs: number): void {
    this.#phase = phase;
    this.#deadlineUs = deadlineUs;
    this.#alarm.set(phase === 'draining' ? Math.min(deadlineUs, this.nextCutOffUs()) : deadlineUs);
  }
}
