/**
 * nodemailer user: a VU that sends with nodemailer's pool, one message at a time, so that VUs mean the same load.
 *
 * `iteration: session` is as many messages as a session may have, one after the other, on whichever of the pool's sessions
 * is free. After a session that failed it waits as our own client does: the pool would try again at once.
 */
import type { Slot } from '../../load/workload.js';
import type { BegunMessage } from '../message-end.js';
import { settleMessage } from '../settle-message.js';
import type { User, UserContext } from '../user.js';
import type { SendEnd } from './nodemailer-end.js';
import type { NodemailerPool } from './nodemailer-pool.js';

export interface NodemailerUserContext extends UserContext {
  readonly pool: Pick<NodemailerPool, 'join' | 'leave' | 'send' | 'cut' | 'hasSessions'>;
  readonly reconnectDelayMs: { readonly first: number; readonly max: number };
}

export class NodemailerUser implements User {
  readonly #id: number;
  readonly #context: NodemailerUserContext;
  /** The iteration under way. */
  #slot: Slot | null = null;
  /** Messages of it begun so far, and those to come. */
  #sent = 0;
  #left = 0;
  #abort: AbortController | null = null;
  #isRetired = false;
  #hasLeft = false;
  #faultsInARow = 0;
  #cancelWait: (() => void) | null = null;

  constructor(id: number, context: NodemailerUserContext) {
    this.#id = id;
    this.#context = context;
    context.pool.join();
  }

  iterate(slot: Slot): void {
    this.#slot = slot;
    this.#sent = 0;
    this.#left = 1;
    this.#begin(slot.iteration, slot.scheduledAtUs, slot.startedAtUs);
  }

  retire(): void {
    this.#isRetired = true;
    this.#cancelWait?.();
    if (this.#slot === null) this.#leave();
  }

  interrupt(): void {
    this.#abort?.abort();
    if (this.#hasLeft) this.#context.pool.cut();
  }

  /** Of the pool: which session is whose, only the pool knows. */
  get hasSession(): boolean {
    return this.#context.pool.hasSessions;
  }

  #begin(iteration: number, scheduledAtUs: number, startedAtUs: number): void {
    const isWarmup = scheduledAtUs < this.#context.steadyFromUs();
    const message = this.#context.compose(iteration, this.#sent++, isWarmup);
    const recipients = message.to.length;
    const begun = { message, scheduledAtUs, startedAtUs, isSteady: !isWarmup, recipients };
    if (this.#sent === 1 && this.#context.iteration === 'session')
      this.#left = this.#context.messagesPerSession(message.number);
    this.#left--;
    this.#context.measurements.messageBegun(recipients);
    this.#context.measurements.attemptBegun('first', begun.isSteady);
    this.#abort = new AbortController();
    void this.#context.pool
      .send(message, startedAtUs, this.#abort.signal)
      .then((sent) => this.#finish(begun, sent));
  }

  #finish(begun: BegunMessage, { end, replies }: SendEnd): void {
    this.#abort = null;
    for (const { command, reply, class: klass } of replies)
      this.#context.measurements.replied(command, reply, klass, begun.isSteady);
    settleMessage(this.#context, begun, end);
    const isFault = end.scope === 'session' && end.outcome !== 'interrupted';
    const isOver = this.#left === 0 || isFault || end.outcome === 'interrupted';
    if (!isOver) return this.#sendNext();
    this.#endIteration(end.endedAtUs);
    if (isFault && !this.#isRetired) return this.#waitToReconnect();
    this.#faultsInARow = 0;
    this.#afterIteration();
  }

  #sendNext(): void {
    const nowUs = this.#context.nowUs();
    this.#begin((this.#slot as Slot).iteration, nowUs, nowUs);
  }

  #endIteration(atUs: number): void {
    const { scheduledAtUs, startedAtUs } = this.#slot as Slot;
    this.#slot = null;
    const isSteady = scheduledAtUs >= this.#context.steadyFromUs();
    this.#context.measurements.iterationDone(startedAtUs, atUs, isSteady);
    this.#context.load.done(this.#id);
  }

  /** A port that refuses must not become a storm of connections. */
  #waitToReconnect(): void {
    const { first, max } = this.#context.reconnectDelayMs;
    const delayMs = Math.min(max, first * 2 ** this.#faultsInARow++);
    this.#cancelWait = this.#context.setTimer(() => {
      this.#cancelWait = null;
      this.#afterIteration();
    }, delayMs);
  }

  #afterIteration(): void {
    if (this.#isRetired) this.#leave();
    else this.#context.load.ready(this.#id);
  }

  #leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#context.pool.leave();
  }
}
