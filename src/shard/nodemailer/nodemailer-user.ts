/**
 * nodemailer user: a VU that sends with nodemailer's pool, one message at a time, so that VUs mean the same load.
 *
 * After a session that failed it waits as our own client does: the pool would try again at once. An iteration is one message:
 * which session it goes by, only the pool knows, so the scenario's rules refuse `iteration: session`.
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
  #abort: AbortController | null = null;
  #isRetired = false;
  #hasLeft = false;
  #isInterrupted = false;
  #faultsInARow = 0;
  #cancelWait: (() => void) | null = null;

  constructor(id: number, context: NodemailerUserContext) {
    this.#id = id;
    this.#context = context;
    context.pool.join();
  }

  iterate(slot: Slot): void {
    this.#slot = slot;
    this.#begin(slot);
  }

  retire(): void {
    this.#isRetired = true;
    this.#cancelWait?.();
    if (this.#slot === null) this.#leave();
  }

  interrupt(): void {
    this.#isInterrupted = true;
    this.#abort?.abort();
    if (this.#hasLeft) this.#context.pool.cut();
  }

  /** Of the pool: which session is whose, only the pool knows. */
  get hasSession(): boolean {
    return this.#context.pool.hasSessions;
  }

  #begin({ iteration, scheduledAtUs, startedAtUs }: Slot): void {
    const isWarmup = scheduledAtUs < this.#context.steadyFromUs();
    const message = this.#context.compose(iteration, 0, isWarmup);
    const recipients = message.to.length;
    const begun = { message, scheduledAtUs, startedAtUs, isSteady: !isWarmup, recipients };
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
    this.#endIteration(end.endedAtUs);
    if (isFault && !this.#isRetired) return this.#waitToReconnect();
    this.#faultsInARow = 0;
    this.#afterIteration();
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
    this.#context.pool.leave(this.#isInterrupted);
  }
}
