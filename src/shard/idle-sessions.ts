/**
 * Idle sessions: sessions that are set up and then held beside the load, as servers have them by the thousand.
 *
 * Opened from the start of the run at 500 a second, at most 100 of them at a time in set-up; one that is refused or lost is
 * counted and opened again, after the reconnect delay. Each says NOOP once in `noopEveryMs`, all of them evenly spread over
 * that time. They send no messages and are no VUs. One object for all: a session costs its own memory and a place in a set.
 */
import type { CommandId } from '../smtp/command.js';
import type { ReplyClass } from '../smtp/reply-class.js';
import type { ReplyView } from '../smtp/reply-parser.js';
import { Session, type SessionListener } from '../smtp/session.js';
import type { SessionIdentity, SessionOptions } from '../smtp/session-options.js';
import type { WireContext } from '../smtp/wire.js';
import type { Measurements } from './measurements.js';
import type { User } from './user.js';

export interface IdleSessionsContext {
  /** How many to hold. */
  readonly sessions: number;
  /** null: they are silent. */
  readonly noopEveryMs: number | null;
  readonly reconnectDelayMs: { readonly first: number; readonly max: number };
  readonly session: SessionOptions;
  /** For the k-th session that is opened. */
  readonly identity: (k: number) => SessionIdentity;
  readonly wire: WireContext;
  readonly measurements: Measurements;
  /** Start of the steady state, µs since the epoch. */
  readonly steadyFromUs: () => number;
  readonly nowUs: () => number;
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
}

export const OPENED_PER_SEC = 500;
export const MAX_IN_SET_UP = 100;
const TICK_MS = 20;

export class IdleSessions implements SessionListener, Pick<User, 'retire' | 'interrupt' | 'hasSession'> {
  readonly #context: IdleSessionsContext;
  readonly #inSetUp = new Set<Session>();
  readonly #held = new Set<Session>();
  /** Those that said QUIT. */
  readonly #leaving = new Set<Session>();
  /** Who says NOOP next; goes round `#held`, which may change meanwhile. */
  #round: Iterator<Session> = this.#held.values();
  #opened = 0;
  /** Sessions to be opened, and NOOPs to be said, by now: fractions add up from tick to tick. */
  #openings = 0;
  #noops = 0;
  #tickAtUs = 0;
  #faultsInARow = 0;
  /** Nothing is opened before. */
  #openFromUs = 0;
  #cancelTick: (() => void) | null = null;

  constructor(context: IdleSessionsContext) {
    this.#context = context;
  }

  get held(): number {
    return this.#held.size;
  }

  get hasSession(): boolean {
    return this.#inSetUp.size + this.#held.size + this.#leaving.size > 0;
  }

  /** @param atUs start of the run; may lie a little ahead, and what is opened before it would count as warm-up. */
  start(atUs: number): void {
    const { nowUs, setTimer } = this.#context;
    this.#tickAtUs = atUs;
    this.#cancelTick = setTimer(() => this.#tick(), Math.max(0, atUs - nowUs()) / 1000);
  }

  /** Ends them politely. */
  retire(): void {
    this.#stop();
    for (const session of [...this.#inSetUp, ...this.#held]) {
      this.#leaving.add(session);
      session.quit();
    }
    this.#inSetUp.clear();
    this.#held.clear();
  }

  interrupt(): void {
    this.#stop();
    for (const session of [...this.#inSetUp, ...this.#held, ...this.#leaving]) {
      this.#leaving.add(session);
      session.interrupt();
    }
    this.#inSetUp.clear();
    this.#held.clear();
  }

  onOpen(session: Session): void {
    this.#context.measurements.sessionSetUp(session, this.#isSteady(session.stamps.connectAtUs));
  }

  onReady(session: Session): void {
    if (!this.#inSetUp.delete(session)) return;
    this.#held.add(session);
    this.#faultsInARow = 0;
  }

  onOffer(): void {}

  onContentSent(): void {}

  onDone(): void {}

  onWaited(
    command: CommandId,
    fromUs: number,
    atUs: number,
    reply: ReplyView | null,
    klass: ReplyClass,
  ): void {
    this.#context.measurements.waited(command, fromUs, atUs, reply, klass, this.#isSteady(fromUs));
  }

  onClosed(session: Session): void {
    const { measurements } = this.#context;
    const { connectAtUs, closedAtUs } = session.stamps;
    measurements.sessionClosed(session, this.#isSteady(connectAtUs));
    if (this.#leaving.delete(session)) return;
    this.#inSetUp.delete(session);
    this.#held.delete(session);
    if (session.fault === null) return;
    measurements.idleSessionLost(session.fault, this.#isSteady(closedAtUs));
    this.#holdBack();
  }

  /** A server that has had enough is not stormed. What fails at the same time counts as once. */
  #holdBack(): void {
    const { reconnectDelayMs, nowUs } = this.#context;
    if (nowUs() < this.#openFromUs) return;
    const delayMs = Math.min(reconnectDelayMs.max, reconnectDelayMs.first * 2 ** this.#faultsInARow++);
    this.#openFromUs = nowUs() + delayMs * 1000;
  }

  #stop(): void {
    this.#cancelTick?.();
    this.#cancelTick = null;
  }

  #tick(): void {
    const nowUs = this.#context.nowUs();
    const elapsedSec = (nowUs - this.#tickAtUs) / 1e6;
    this.#tickAtUs = nowUs;
    this.#openMore(nowUs, elapsedSec);
    this.#sayNoops(elapsedSec);
    this.#cancelTick = this.#context.setTimer(() => this.#tick(), TICK_MS);
  }

  #openMore(nowUs: number, elapsedSec: number): void {
    const missing = this.#context.sessions - this.#held.size - this.#inSetUp.size;
    const room = Math.min(missing, MAX_IN_SET_UP - this.#inSetUp.size);
    // A loop that was busy for seconds does not make up for them all at once.
    this.#openings = Math.min(this.#openings + elapsedSec * OPENED_PER_SEC, MAX_IN_SET_UP);
    if (nowUs < this.#openFromUs) return;
    for (let left = room; left > 0 && this.#openings >= 1; left--) {
      this.#openings--;
      this.#open(nowUs);
    }
  }

  #open(nowUs: number): void {
    const { measurements, session, identity, wire } = this.#context;
    measurements.sessionBegun(this.#isSteady(nowUs));
    this.#inSetUp.add(new Session(session, identity(this.#opened++), wire, this));
  }

  #sayNoops(elapsedSec: number): void {
    const { noopEveryMs } = this.#context;
    if (noopEveryMs === null) return;
    this.#noops = Math.min(
      this.#noops + (elapsedSec * 1000 * this.#held.size) / noopEveryMs,
      this.#held.size,
    );
    for (; this.#noops >= 1; this.#noops--) this.#nextOfRound()?.noop();
  }

  #nextOfRound(): Session | undefined {
    const next = this.#round.next();
    if (next.done !== true) return next.value;
    this.#round = this.#held.values();
    return this.#round.next().value;
  }

  #isSteady(atUs: number): boolean {
    return atUs >= this.#context.steadyFromUs();
  }
}
