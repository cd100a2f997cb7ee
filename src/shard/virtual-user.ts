/**
 * Virtual user: one SMTP client. Holds at most one session, opens a new one when there is none or its messages are
 * used up, and turns what the session reports into measurements and into `ready` and `done` for the load engine.
 *
 * `iteration: message`: an iteration is one message, on the open session. `iteration: session`: connect, all messages,
 * QUIT. After a session ended by a fault, the VU waits (100 ms, doubling to 5 s until a server deals with a message
 * again) and is not ready meanwhile: a port that refuses must not become a storm of connections. Nor is it ready while it
 * pauses between two messages.
 *
 * A message that is to be tried again waits in the VU's queue and keeps nobody: the VU takes further iterations. When it
 * falls due it goes first, at the next moment the session is free, or on a session of its own between iterations.
 */
import type { Slot } from '../load/workload.js';
import type { Retries } from '../scenario/client-options.js';
import type { CommandId } from '../smtp/command.js';
import { INTERRUPTED } from '../smtp/failure.js';
import { TransactionResult } from '../smtp/outcome.js';
import type { ReplyClass } from '../smtp/reply-class.js';
import type { ReplyView } from '../smtp/reply-parser.js';
import { Session, type SessionListener } from '../smtp/session.js';
import type { SessionIdentity, SessionOptions } from '../smtp/session-options.js';
import type { WireContext } from '../smtp/wire.js';
import { Iteration } from './iteration.js';
import type { MessageEnd } from './message-end.js';
import { PendingMessage } from './pending-message.js';
import { deferralOf, isRetrying, moveOf, retryDelayMs } from './retry-policy.js';
import { RetryQueue } from './retry-queue.js';
import { settleMessage } from './settle-message.js';
import type { User, UserContext } from './user.js';

export interface VirtualUserContext extends UserContext {
  readonly session: SessionOptions;
  /** For the session that begins with this message. */
  readonly identity: (number: number) => SessionIdentity;
  readonly wire: WireContext;
  readonly reconnectDelayMs: { readonly first: number; readonly max: number };
  readonly retries: Retries;
  /** Pause after this message; null: none, ever. */
  readonly thinkTimeMs: ((number: number) => number) | null;
}

export class VirtualUser implements User, SessionListener {
  readonly #id: number;
  readonly #context: VirtualUserContext;
  readonly #isRetrying: boolean;
  readonly #queue: RetryQueue;
  #session: Session | null = null;
  /** Messages the session may still be given, and those it has dealt with. */
  #messagesLeft = 0;
  #served = 0;
  /** Under way, oldest first: what replies are about now. */
  readonly #attempts: PendingMessage[] = [];
  /** Begun, and waiting for a session that can take them. */
  readonly #held: PendingMessage[] = [];
  /** `iteration: session`: the one under way. */
  #iteration: Iteration | null = null;
  #lastNumber = 0;
  #isOffering = false;
  /** Messages are sent once more, because their session had been used before it was closed. */
  #isMoving = false;
  #isReady = true;
  #isRetired = false;
  #faultsInARow = 0;
  /** Of the wait to reconnect, or of the pause between two messages. */
  #cancelWait: (() => void) | null = null;

  constructor(id: number, context: VirtualUserContext) {
    this.#id = id;
    this.#context = context;
    this.#isRetrying = isRetrying(context.retries);
    const { nowUs, setTimer } = context;
    this.#queue = new RetryQueue({ nowUs, setTimer, onDue: () => this.#onRetryDue() });
  }

  iterate(slot: Slot): void {
    this.#isReady = false;
    const iteration = new Iteration(slot, this.#context.iteration === 'session');
    if (iteration.isGrowing) this.#iteration = iteration;
    const message = this.#begin(iteration, slot);
    const session = this.#session;
    if (this.#isOffering && session !== null) return this.#send(session, message);
    this.#held.push(message);
    this.#goOn();
  }

  /** No further iteration comes. */
  retire(): void {
    this.#isRetired = true;
    this.#endWait();
    if (this.#attempts.length === 0) this.#session?.quit();
  }

  /** Cuts off what is in flight. What waits for its next attempt ends as its last one did. */
  interrupt(): void {
    this.#endWait();
    const nowUs = this.#context.nowUs();
    for (const message of [...this.#held.splice(0), ...this.#queue.takeAll()]) {
      const unsent = () => new TransactionResult().begin(message).cutOff(INTERRUPTED, null, nowUs);
      this.#settle(message, message.endSoFar ?? unsent());
    }
    if (this.#session === null) this.#endSessionIteration(nowUs);
    else this.#session.interrupt();
  }

  get hasSession(): boolean {
    return this.#session !== null;
  }

  onOpen(session: Session): void {
    const { measurements, session: options } = this.#context;
    measurements.sessionSetUp(session, this.#isSteadyNow(session.stamps.connectAtUs));
    if (options.limits === 'ignore') return;
    // One was given to it when it was opened (RFC 9422 §4.1).
    this.#messagesLeft = Math.min(this.#messagesLeft, session.capabilities.limits.mailMax - 1);
  }

  onOffer(session: Session): void {
    if (this.#context.thinkTimeMs !== null) return;
    this.#isOffering = true;
    while (session.room > 0 && this.#messagesLeft > 0 && this.#takesOffer(session));
    this.#isOffering = false;
  }

  onReady(session: Session): void {
    if (this.#attempts.length > 0) return;
    const { thinkTimeMs, setTimer } = this.#context;
    if (thinkTimeMs === null || this.#messagesLeft === 0 || this.#isRetired) return this.#goOnWith(session);
    this.#cancelWait = setTimer(() => this.#endWaitAndGoOn(), thinkTimeMs(this.#lastNumber));
  }

  onWaited(
    command: CommandId,
    fromUs: number,
    atUs: number,
    reply: ReplyView | null,
    klass: ReplyClass,
  ): void {
    this.#context.measurements.waited(command, fromUs, atUs, reply, klass, this.#isSteadyNow(fromUs));
  }

  onContentSent(fromUs: number, atUs: number): void {
    this.#context.measurements.contentSent(fromUs, atUs, this.#isSteadyNow(fromUs));
  }

  onDone(_session: Session, result: TransactionResult): void {
    const message = result.transaction as PendingMessage;
    this.#forget(message);
    message.noteAttempt(result);
    this.#context.measurements.transactionDone(result, message.isSteady);
    if (!this.#isRetrying || !this.#triesAgain(message, result)) this.#settle(message, message.endOf(result));
    // Also when it said no: a fault is what ends a session.
    if (result.outcome === 'interrupted' || result.scope === 'session') return;
    this.#faultsInARow = 0;
    this.#served++;
  }

  onClosed(session: Session): void {
    const { closedAtUs, connectAtUs } = session.stamps;
    this.#context.measurements.sessionClosed(session, this.#isSteadyNow(connectAtUs));
    this.#endWait();
    this.#session = null;
    if (this.#held.length === 0) this.#endSessionIteration(closedAtUs);
    if (this.#isRetired) return;
    if (session.fault === null || isIdleClose(session) || this.#isMoving) this.#goOn();
    else this.#waitToReconnect();
  }

  #waitToReconnect(): void {
    const { reconnectDelayMs, setTimer } = this.#context;
    const delayMs = Math.min(reconnectDelayMs.max, reconnectDelayMs.first * 2 ** this.#faultsInARow++);
    this.#takeReadyBack();
    this.#cancelWait = setTimer(() => this.#endWaitAndGoOn(), delayMs);
  }

  #endWait(): void {
    this.#cancelWait?.();
    this.#cancelWait = null;
  }

  #endWaitAndGoOn(): void {
    this.#cancelWait = null;
    this.#goOn();
  }

  /** Does what is next, unless something is under way. */
  #goOn(): void {
    if (this.#cancelWait !== null || this.#attempts.length > 0) return;
    const session = this.#session;
    if (session?.isUsable === true) return this.#goOnWith(session);
    if (session !== null) return;
    const next = this.#nextHeld();
    if (next !== null) this.#open(next);
    else if (!this.#isRetired) this.#sayReady();
  }

  #goOnWith(session: Session): void {
    if (this.#messagesLeft === 0 || this.#isRetired) return session.quit();
    const next = this.#nextHeld();
    if (next !== null) this.#send(session, next);
    else if (this.#iteration !== null) this.#sendNext(session, this.#iteration);
    // Between iterations that are sessions there is one for retries only.
    else if (this.#context.iteration === 'session') session.quit();
    else this.#sayReady();
  }

  /** What waits for a session. The session of an iteration has no room for messages of earlier ones. */
  #nextHeld(): PendingMessage | null {
    return this.#held.shift() ?? (this.#iteration === null ? this.#queue.takeDue() : null);
  }

  /** One more for a session that has messages in flight; false when there is none. */
  #takesOffer(session: Session): boolean {
    const next = this.#nextHeld();
    if (next !== null) this.#send(session, next);
    else if (this.#iteration !== null) this.#sendNext(session, this.#iteration);
    // An iteration that is a session begins with a session of its own.
    else if (this.#context.iteration === 'session') return false;
    else return !this.#isRetired && !this.#queue.isFull && this.#context.load.offer(this.#id);
    return true;
  }

  #sayReady(): void {
    if (this.#isReady || this.#queue.isFull) return;
    this.#isReady = true;
    this.#context.load.ready(this.#id);
  }

  #takeReadyBack(): void {
    if (!this.#isReady) return;
    this.#isReady = false;
    this.#context.load.busy(this.#id);
  }

  #onRetryDue(): void {
    this.#takeReadyBack();
    this.#goOn();
  }

  #sendNext(session: Session, iteration: Iteration): void {
    const nowUs = this.#context.wire.nowUs();
    this.#send(session, this.#begin(iteration, { scheduledAtUs: nowUs, startedAtUs: nowUs }));
  }

  #begin(
    iteration: Iteration,
    times: { readonly scheduledAtUs: number; readonly startedAtUs: number },
  ): PendingMessage {
    const { compose, steadyFromUs, measurements } = this.#context;
    const isWarmup = times.scheduledAtUs < steadyFromUs();
    const message = compose(iteration.slot.iteration, iteration.begun++, isWarmup);
    iteration.open++;
    measurements.messageBegun(message.to.length);
    return new PendingMessage(message, iteration, times);
  }

  #send(session: Session, message: PendingMessage): void {
    this.#attempts.push(message);
    this.#messagesLeft--;
    this.#lastNumber = message.message.number;
    this.#context.measurements.attemptBegun(message.cause, message.isSteady);
    session.send(message);
  }

  #open(message: PendingMessage): void {
    const { measurements, messagesPerSession, session, identity, wire } = this.#context;
    const { number } = message.message;
    // An iteration that goes on where its session was closed under it has what it had left.
    const isGoingOn = this.#isMoving && this.#iteration !== null;
    if (!isGoingOn) this.#messagesLeft = messagesPerSession(number);
    this.#isMoving = false;
    this.#served = 0;
    measurements.sessionBegun(message.isSteady);
    this.#session = new Session(session, identity(number), wire, this);
    this.#send(this.#session, message);
  }

  /** Whether this is not the message's end. */
  #triesAgain(message: PendingMessage, result: TransactionResult): boolean {
    return this.#isMovedBy(message, result) || this.#isDeferredBy(message, result);
  }

  #isMovedBy(message: PendingMessage, result: TransactionResult): boolean {
    const { retries } = this.#context;
    const move = message.isMoved ? null : moveOf(result, retries, this.#served);
    if (move === null) return false;
    message.defer(result, move, 'reused_session');
    message.isMoved = true;
    this.#isMoving = true;
    this.#messagesLeft++;
    this.#held.push(message);
    return true;
  }

  #isDeferredBy(message: PendingMessage, result: TransactionResult): boolean {
    const { retries, nowUs } = this.#context;
    const deferral = message.attempts < retries.attempts ? deferralOf(result, retries) : null;
    if (deferral === null) return false;
    message.defer(result, deferral, 'retry');
    message.dueAtUs = nowUs() + retryDelayMs(retries, message.attempts) * 1000;
    this.#queue.add(message);
    return true;
  }

  #settle(message: PendingMessage, end: MessageEnd): void {
    const { iteration } = message;
    settleMessage(this.#context, message, end);
    if (this.#isRetrying) this.#context.measurements.messageCompleted(message, end);
    iteration.open--;
    this.#endIfOver(iteration, end.endedAtUs);
  }

  /** `iteration: session` begins nothing more once its session is closed. */
  #endSessionIteration(atUs: number): void {
    const iteration = this.#iteration;
    if (iteration === null) return;
    this.#iteration = null;
    iteration.isGrowing = false;
    this.#endIfOver(iteration, atUs);
  }

  #endIfOver(iteration: Iteration, atUs: number): void {
    if (!iteration.isOver) return;
    const { startedAtUs, scheduledAtUs } = iteration.slot;
    const isSteady = scheduledAtUs >= this.#context.steadyFromUs();
    this.#context.measurements.iterationDone(startedAtUs, atUs, isSteady);
    this.#context.load.done(this.#id);
  }

  #forget(message: PendingMessage): void {
    if (this.#attempts[0] === message) this.#attempts.shift();
    else this.#attempts.splice(this.#attempts.indexOf(message), 1);
  }

  /** By the message being talked about; between messages, by the time. */
  #isSteadyNow(atUs: number): boolean {
    const message = this.#attempts[0];
    return message === undefined ? atUs >= this.#context.steadyFromUs() : message.isSteady;
  }
}

/** A server that closes an idle session does no harm: the next message simply opens another. */
function isIdleClose({ fault }: Session): boolean {
  return fault?.phase === 'idle' && (fault.cause === 'closed' || fault.cause === 'reset');
}
