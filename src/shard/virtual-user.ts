/**
 * Virtual user: one SMTP client. Holds at most one session, opens a new one when there is none or its messages are
 * used up, and turns what the session reports into measurements and into `ready` and `done` for the load engine.
 *
 * `iteration: message`: an iteration is one message, on the open session. `iteration: session`: connect, all messages,
 * QUIT. After a session ended by a fault, the VU waits (100 ms, doubling to 5 s until a server deals with a message
 * again) and is not ready meanwhile: a port that refuses must not become a storm of connections.
 */
import type { Slot } from '../load/workload.js';
import type { OutgoingMessage } from '../message/source.js';
import type { CommandId } from '../smtp/command.js';
import { INTERRUPTED, type Transaction, TransactionResult } from '../smtp/outcome.js';
import type { ReplyClass } from '../smtp/reply-class.js';
import type { ReplyView } from '../smtp/reply-parser.js';
import { Session, type SessionListener } from '../smtp/session.js';
import type { SessionIdentity, SessionOptions } from '../smtp/session-options.js';
import type { WireContext } from '../smtp/wire.js';
import { settleMessage } from './settle-message.js';
import type { User, UserContext } from './user.js';

export interface VirtualUserContext extends UserContext {
  readonly session: SessionOptions;
  /** For the session that begins with this message. */
  readonly identity: (number: number) => SessionIdentity;
  readonly wire: WireContext;
  readonly reconnectDelayMs: { readonly first: number; readonly max: number };
}

/** A message under way: what the session sends, and what the report needs. */
class Attempt implements Transaction {
  readonly message: OutgoingMessage;
  readonly scheduledAtUs: number;
  readonly startedAtUs: number;
  readonly isSteady: boolean;

  constructor(message: OutgoingMessage, scheduledAtUs: number, startedAtUs: number) {
    this.message = message;
    this.scheduledAtUs = scheduledAtUs;
    this.startedAtUs = startedAtUs;
    this.isSteady = !message.isWarmup;
  }

  get from(): string {
    return this.message.from;
  }

  get to(): readonly string[] {
    return this.message.to;
  }

  get sizeBytes(): number {
    return this.message.sizeBytes;
  }

  get is8bit(): boolean {
    return this.message.is8bit;
  }

  get isUtf8(): boolean {
    return this.message.isUtf8;
  }

  get envid(): string {
    return '';
  }

  get firstMailAtUs(): number {
    return 0;
  }

  get content() {
    return this.message.content;
  }

  get recipients(): number {
    return this.message.to.length;
  }
}

export class VirtualUser implements User, SessionListener {
  readonly #id: number;
  readonly #context: VirtualUserContext;
  #session: Session | null = null;
  /** Under way, oldest first: what replies are about now. */
  readonly #attempts: Attempt[] = [];
  /** Waits for a session that may not be opened yet. */
  #delayed: Attempt | null = null;
  #messagesLeft = 0;
  /** `iteration: session`: the iteration under way. */
  #slot: Slot | null = null;
  /** Messages of the iteration begun last. */
  #sent = 0;
  #isReady = true;
  #isRetired = false;
  #faultsInARow = 0;
  #cancelDelay: (() => void) | null = null;

  constructor(id: number, context: VirtualUserContext) {
    this.#id = id;
    this.#context = context;
  }

  iterate(slot: Slot): void {
    this.#isReady = false;
    this.#sent = 0;
    if (this.#context.iteration === 'session') this.#slot = slot;
    this.#sendMessage(slot.iteration, slot.scheduledAtUs, slot.startedAtUs);
  }

  /** No further iteration comes. */
  retire(): void {
    this.#isRetired = true;
    this.#cancelDelay?.();
    if (this.#attempts.length === 0) this.#session?.quit();
  }

  /** Cuts off what is in flight. */
  interrupt(): void {
    this.#cancelDelay?.();
    this.#cancelDelay = null;
    const delayed = this.#delayed;
    this.#delayed = null;
    if (delayed !== null) this.#interruptUnsent(delayed);
    this.#session?.interrupt();
  }

  get hasSession(): boolean {
    return this.#session !== null;
  }

  onOpen(session: Session): void {
    this.#context.measurements.sessionSetUp(session, this.#isSteadyNow(session.stamps.connectAtUs));
  }

  onOffer(session: Session): void {
    if (this.#messagesLeft === 0 || this.#isRetired) return;
    if (this.#slot !== null) this.#sendNext(session);
    else this.#sayReady();
  }

  onReady(session: Session): void {
    if (this.#attempts.length > 0) return;
    if (this.#slot !== null && this.#messagesLeft > 0) this.#sendNext(session);
    else if (this.#messagesLeft === 0 || this.#isRetired) session.quit();
    else this.#sayReady();
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
    this.#finish(result);
  }

  onClosed(session: Session): void {
    const isSteady = this.#isSteadyNow(session.stamps.connectAtUs);
    this.#context.measurements.sessionClosed(session, isSteady);
    this.#session = null;
    this.#endSessionIteration(session.stamps.closedAtUs);
    if (this.#isRetired) return;
    if (session.fault === null || isIdleClose(session)) this.#afterClose();
    else this.#waitToReconnect();
  }

  #waitToReconnect(): void {
    const { first, max } = this.#context.reconnectDelayMs;
    const delayMs = Math.min(max, first * 2 ** this.#faultsInARow++);
    this.#cancelDelay = this.#context.setTimer(() => {
      this.#cancelDelay = null;
      this.#afterClose();
    }, delayMs);
  }

  #finish(result: TransactionResult): void {
    const attempt = result.transaction as Attempt;
    this.#forget(attempt);
    // Also when it said no: a fault is what ends a session.
    if (result.outcome !== 'interrupted' && result.scope !== 'session') this.#faultsInARow = 0;
    this.#context.measurements.transactionDone(result, attempt.isSteady);
    settleMessage(this.#context, attempt, result);
    if (this.#slot !== null) return;
    this.#context.measurements.iterationDone(attempt.startedAtUs, result.endedAtUs, attempt.isSteady);
    this.#context.load.done(this.#id);
  }

  #afterClose(): void {
    const delayed = this.#delayed;
    if (delayed !== null) this.#open(delayed);
    else this.#sayReady();
  }

  #sayReady(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#context.load.ready(this.#id);
  }

  #sendNext(session: Session): void {
    const slot = this.#slot as Slot;
    const nowUs = this.#context.wire.nowUs();
    session.send(this.#begin(slot.iteration, nowUs, nowUs));
  }

  #sendMessage(iteration: number, scheduledAtUs: number, startedAtUs: number): void {
    const session = this.#session;
    const isReusable = session?.isUsable === true && this.#messagesLeft > 0;
    const attempt = this.#begin(iteration, scheduledAtUs, startedAtUs);
    if (isReusable) session.send(attempt);
    else if (session !== null || this.#cancelDelay !== null) this.#delayed = attempt;
    else this.#open(attempt);
  }

  #begin(iteration: number, scheduledAtUs: number, startedAtUs: number): Attempt {
    const isWarmup = scheduledAtUs < this.#context.steadyFromUs();
    const message = this.#context.compose(iteration, this.#sent++, isWarmup);
    const attempt = new Attempt(message, scheduledAtUs, startedAtUs);
    this.#attempts.push(attempt);
    this.#messagesLeft--;
    this.#context.measurements.messageBegun(attempt.recipients);
    return attempt;
  }

  #open(attempt: Attempt): void {
    this.#delayed = null;
    this.#messagesLeft = this.#context.messagesPerSession(attempt.message.number) - 1;
    this.#context.measurements.sessionBegun(attempt.isSteady);
    this.#session = new Session(
      this.#context.session,
      this.#context.identity(attempt.message.number),
      this.#context.wire,
      this,
    );
    this.#session.send(attempt);
  }

  /** `iteration: session` ends with its session. */
  #endSessionIteration(atUs: number): void {
    const slot = this.#slot;
    if (slot === null || this.#delayed !== null) return;
    this.#slot = null;
    const isSteady = slot.scheduledAtUs >= this.#context.steadyFromUs();
    this.#context.measurements.iterationDone(slot.startedAtUs, atUs, isSteady);
    this.#context.load.done(this.#id);
  }

  /** It never had a session to be cut off with. */
  #interruptUnsent(attempt: Attempt): void {
    const nowUs = this.#context.wire.nowUs();
    this.#finish(new TransactionResult().begin(attempt).cutOff(INTERRUPTED, null, nowUs));
    this.#endSessionIteration(nowUs);
  }

  #forget(attempt: Attempt): void {
    if (this.#attempts[0] === attempt) this.#attempts.shift();
    else this.#attempts.splice(this.#attempts.indexOf(attempt), 1);
  }

  /** By the message being talked about; between messages, by the time. */
  #isSteadyNow(atUs: number): boolean {
    const attempt = this.#attempts[0];
    return attempt === undefined ? atUs >= this.#context.steadyFromUs() : attempt.isSteady;
  }
}

/** A server that closes an idle session does no harm: the next message simply opens another. */
function isIdleClose({ fault }: Session): boolean {
  return fault?.phase === 'idle' && (fault.cause === 'closed' || fault.cause === 'reset');
}
