/**
 * Session: one SMTP or LMTP session, from connect to close, as a state machine. Says what is to be said; when, and
 * what is sent, is its owner's business. Server behaviour never throws: it ends in an outcome.
 *
 *   state        entered by               left by
 *   setting-up   construction             set up → open, see set-up.ts
 *   open         set-up done              transactions, see transactions.ts; NOOP while nothing is in flight
 *   quit         quit(), abandonment      RSET's or NOOP's reply → QUIT · QUIT's → closed
 *   closed       close, failure, refusal
 *
 * A refusal during set-up, a 421 at any time, a reply that fits no state and a failure of I/O end the session: what is in flight gets
 * that outcome, nothing more is written, `onClosed` comes last. A session may also be told to end in the middle on purpose
 * (`identity.abandon`): that is no fault. RFC 5321 §3.1, §3.8, RFC 2033.
 */
import type { Abandon } from '../scenario/client-options.js';
import { phaseOf } from './abandonment.js';
import type { Capabilities } from './capabilities.js';
import { COMMAND_NAMES, Command, type CommandId } from './command.js';
import {
  CLOSED_BEFORE,
  classOfFailure,
  INTERRUPTED,
  type SessionEnd,
  type SessionFault,
  type WireFailure,
} from './failure.js';
import type { TlsFacts } from './open-transport.js';
import { type Transaction, TransactionResult } from './outcome.js';
import type { ReplyClass } from './reply-class.js';
import type { ReplyView } from './reply-parser.js';
import {
  newStamps,
  type SessionIdentity,
  type SessionOptions,
  type SessionStamps,
} from './session-options.js';
import { type Obstacle, SetUp } from './set-up.js';
import { transactionOptions } from './transaction-options.js';
import { Transactions } from './transactions.js';
import { Wire, type WireContext, type WireListener } from './wire.js';

/** What a session tells its owner. Calls may come inside calls of the session's own methods. */
export interface SessionListener extends Pick<WireListener, 'onWaited'> {
  /** Once: set-up is over, whether it went well or not: see `stamps`. */
  onOpen(session: Session): void;
  /**
   * With transactions in flight, more can be taken: `room` of them, by `send`, during this call. Those go out in one write
   * where they fit, with `coalesced` together with the content that is due. `coalesced` offers at the 354; `window: N` while
   * fewer than N are in flight, also inside the `send` of the first one.
   */
  onOffer(session: Session): void;
  /** Nothing is in flight: the session can take a transaction, now or later. Again after each `noop` that was answered. */
  onReady(session: Session): void;
  onContentSent(fromUs: number, atUs: number): void;
  /** One transaction is over; the result is valid during the call. */
  onDone(session: Session, result: TransactionResult): void;
  /** Last call. */
  onClosed(session: Session): void;
}

type State = 'setting-up' | 'open' | 'quit' | 'closed';

export class Session implements WireListener {
  readonly stamps: SessionStamps;
  /** Set when it ended by a refusal or failure, null when in order. */
  fault: SessionFault | null = null;
  readonly #options: SessionOptions;
  readonly #identity: SessionIdentity;
  readonly #listener: SessionListener;
  readonly #context: WireContext;
  #wire: Wire;
  #setUp: SetUp;
  /** Made when the session is open. */
  #transactions: Transactions | null = null;
  #state: State = 'setting-up';
  #isReconnecting = false;
  #isSetUp = false;
  #isInterrupted = false;
  #hasSaidQuit = false;
  #isNoopPending = false;
  /** Given before the session was open. */
  #waiting: Transaction | null = null;

  constructor(
    options: SessionOptions,
    identity: SessionIdentity,
    context: WireContext,
    listener: SessionListener,
  ) {
    this.#options = options;
    this.#identity = identity;
    this.#listener = listener;
    this.#context = context;
    this.#wire = new Wire(identity.openTransport, context, this);
    this.stamps = newStamps(this.#wire.nowUs);
    this.#setUp = this.#newSetUp(false);
  }

  /** What the server offers: of its last reply to EHLO. */
  get capabilities(): Capabilities {
    return this.#setUp.capabilities;
  }

  get isSecure(): boolean {
    return this.#setUp.isSecure;
  }

  /** TLS was offered and failed, and the session went on in plain text. */
  get hasFallenBack(): boolean {
    return this.#setUp.hasFallenBack;
  }

  /** Where it is connected, also afterwards; '' and 0 for Unix sockets. */
  get remote(): { readonly address: string; readonly port: number } {
    return { address: this.#wire.remoteAddress, port: this.#wire.remotePort };
  }

  /** What the last handshake agreed on; null without one. */
  get tls(): TlsFacts | null {
    return this.#wire.tls;
  }

  /** Whether `send` may still be called. */
  get isUsable(): boolean {
    return this.#state !== 'quit' && this.#state !== 'closed';
  }

  /** How many more transactions `send` takes now; what they are offered for is in SessionListener. */
  get room(): number {
    if (!this.isUsable) return 0;
    if (this.#transactions !== null && !this.#isNoopPending) return this.#transactions.room;
    return this.#waiting === null ? 1 : 0;
  }

  /**
   * Sends one message: at once, when set-up is over, or with the content being offered. At most one may wait. On a
   * session that is not usable it ends at once, unsent.
   */
  send(transaction: Transaction): void {
    if (!this.isUsable)
      this.#endUnsent(transaction, this.#isInterrupted ? INTERRUPTED : CLOSED_BEFORE, this.fault);
    else if (this.#transactions === null || this.#isNoopPending) this.#waiting = transaction;
    else this.#transactions.send(transaction);
  }

  /**
   * Says NOOP on an open session with nothing in flight, else nothing. The reply goes to `onWaited`; when it is not the end
   * of the session, `onReady` follows.
   */
  noop(): void {
    if (this.#state !== 'open' || this.#wire.pending.count > 0 || this.#transactions?.isIdle !== true) return;
    this.#isNoopPending = true;
    this.#wire.command(Command.NOOP, 'NOOP\r\n');
  }

  /** Says QUIT and closes; before it is open, just closes. Only when no transaction is in flight. */
  quit(): void {
    if (!this.isUsable) return;
    if (this.#state === 'open') {
      this.#state = 'quit';
      return this.#sayQuit();
    }
    this.#state = 'closed';
    this.#wire.destroy();
  }

  /** Cuts it off: what is in flight ends as `interrupted`. */
  interrupt(): void {
    if (this.#state === 'closed') return;
    const end = this.#state === 'open' ? INTERRUPTED : { ...INTERRUPTED, phase: this.#wire.phase };
    this.#state = 'closed';
    this.#isInterrupted = true;
    this.#wire.destroy();
    this.#endSetUp();
    this.#endAll(end, null);
  }

  onConnect(): void {
    // Of the first connection, when there was one that could not do TLS.
    this.stamps.connectedAtUs ||= this.#wire.nowUs;
    if (!this.#options.isAllowed(this.#wire.remoteAddress)) return this.#wire.fail('address-not-allowed');
    this.#setUp.onConnect();
  }

  onSecure(): void {
    this.#setUp.onSecure();
  }

  onReply(command: CommandId, result: TransactionResult | null, reply: ReplyView, klass: ReplyClass): void {
    if (reply.code === 421 && command !== Command.QUIT) return this.#refused(command, result, reply, klass);
    switch (command) {
      case Command.GREETING:
      case Command.EHLO:
      case Command.LHLO:
      case Command.HELO:
      case Command.STARTTLS:
      case Command.XCLIENT:
      case Command.AUTH:
      case Command.XFORWARD:
        return this.#setUp.onReply(command, reply, klass);
      case Command.QUIT:
        return this.#wire.end();
      case Command.NOOP:
        if (this.#isNoopPending) return this.#onNoop(reply);
        return this.#transactions?.onReply(command, result, reply, klass);
      case Command.VRFY:
      case Command.EXPN:
      case Command.BDAT:
      case Command.MAIL:
      case Command.RCPT:
      case Command.DATA:
      case Command.CONTENT:
      case Command.RSET:
        return this.#transactions?.onReply(command, result, reply, klass);
      default: {
        const never: never = command;
        return never;
      }
    }
  }

  /** A 421 outside a command says that the server is going (RFC 5321 §3.8); anything else is no SMTP. */
  onUnsolicited(reply: ReplyView): void {
    if (this.#state === 'quit') return;
    if (reply.code !== 421) return this.#wire.failUnexpected(reply);
    this.#close(
      { phase: 'idle', cause: 'closed', systemCode: '', message: reply.text() },
      reply,
      'idle_timeout',
    );
    this.#wire.destroy();
  }

  onFlushed(): void {
    this.#transactions?.onFlushed();
  }

  onCaughtUp(): void {
    this.#transactions?.onCaughtUp();
  }

  onFailure(failure: WireFailure): void {
    if (this.#state === 'quit' || this.#state === 'closed') return;
    if (failure.phase === 'tls' && !this.isSecure && this.#setUp.mayFallBack) this.#isReconnecting = true;
    else this.#close(failure, null, classOfFailure(failure.cause));
  }

  onWaited(
    command: CommandId,
    fromUs: number,
    atUs: number,
    reply: ReplyView | null,
    klass: ReplyClass,
  ): void {
    this.#listener.onWaited(command, fromUs, atUs, reply, klass);
  }

  onClosed(): void {
    if (this.#isReconnecting && this.#state !== 'closed') return this.#reconnectInPlain();
    this.#state = 'closed';
    this.stamps.closedAtUs = this.#wire.nowUs;
    this.#endSetUp();
    this.#listener.onClosed(this);
  }

  /** The handshake failed and plain text will do: once more from the start. */
  #reconnectInPlain(): void {
    this.#isReconnecting = false;
    this.#wire = new Wire(this.#identity.openTransport, this.#context, this);
    this.#setUp = this.#newSetUp(true);
  }

  #newSetUp(hasFallenBack: boolean): SetUp {
    const context = {
      wire: this.#wire,
      options: this.#options,
      identity: this.#identity,
      stamps: this.stamps,
      hasFallenBack,
    };
    return new SetUp(context, {
      onSetUp: () => this.#open(),
      onRefused: (command, reply, klass) => this.#refused(command, null, reply, klass),
      onImpossible: (obstacle) => this.#onImpossible(obstacle),
      isAbandonedAt: (phase, when) => this.#isAbandonedAt(phase, when),
    });
  }

  #open(): void {
    this.#state = 'open';
    this.stamps.openAtUs = this.#wire.nowUs;
    const options = transactionOptions(this.#options, this.#setUp, this.#identity.abandon);
    this.#transactions = new Transactions(this.#wire, this.#context, options, {
      onOffer: () => this.#listener.onOffer(this),
      onReady: () => this.#onReady(),
      onContentSent: (fromUs, atUs) => this.#listener.onContentSent(fromUs, atUs),
      onDone: (result) => this.#listener.onDone(this, result),
      onUnexpected: (reply) => this.#wire.failUnexpected(reply),
      onAbandon: (canQuit) => this.#abandon(this.#identity.abandon as Abandon, canQuit),
    });
    this.#endSetUp();
    this.#goOn();
  }

  /** With the transaction given meanwhile, or with what the owner says to `onReady`. */
  #goOn(): void {
    const waiting = this.#waiting;
    if (waiting === null || this.#state !== 'open') return this.#onReady();
    this.#waiting = null;
    this.#transactions?.send(waiting);
  }

  /** Also a refused one shows that the session is alive. */
  #onNoop(reply: ReplyView): void {
    this.#isNoopPending = false;
    if (reply.code >= 300 && reply.code < 400) this.#wire.failUnexpected(reply);
    else this.#goOn();
  }

  #endSetUp(): void {
    if (this.#isSetUp) return;
    this.#isSetUp = true;
    this.#listener.onOpen(this);
  }

  #onReady(): void {
    if (this.#state === 'open') this.#listener.onReady(this);
    else if (this.#state === 'quit') this.#sayQuit();
  }

  /** Once, and not before RSET is answered: the server may not do pipelining. */
  #sayQuit(): void {
    if (this.#hasSaidQuit || this.#wire.pending.count > 0) return;
    this.#hasSaidQuit = true;
    this.#wire.command(Command.QUIT, 'QUIT\r\n');
  }

  /** Whether this is where the session is to be abandoned; then it has been. */
  #isAbandonedAt(phase: Abandon['phase'], when: Abandon['when']): boolean {
    const { abandon } = this.#identity;
    if (abandon === null || abandon.phase !== phase || abandon.when !== when) return false;
    this.#abandon(abandon, this.stamps.greetedAtUs > 0 && this.#wire.pending.count === 0);
    return true;
  }

  /** Ends it on purpose. What is in flight ends first; then only the close is to come. */
  #abandon({ phase, how }: Abandon, canQuit: boolean): void {
    if (!this.isUsable) return;
    this.#state = 'quit';
    this.#endSetUp();
    this.#endAll(
      { outcome: 'interrupted', phase: phaseOf(phase), cause: 'abandoned', systemCode: '', message: '' },
      null,
      // Later than what was just written.
      this.#wire.clockUs(),
    );
    if (this.#state !== 'quit') return;
    if (how !== 'quit') this.#wire.leave(how);
    else if (canQuit) this.#sayQuit();
    else this.#wire.leave('drop');
  }

  #onImpossible({ command, cause, class: klass, message }: Obstacle): void {
    this.#close({ phase: COMMAND_NAMES[command], cause, systemCode: '', message }, null, klass);
    this.#wire.destroy();
  }

  /** A reply ended the session: during set-up, or a 421. The transaction it answered is rejected by it. */
  #refused(command: CommandId, result: TransactionResult | null, reply: ReplyView, klass: ReplyClass): void {
    if (reply.code < 400) return this.#wire.failUnexpected(reply);
    const phase = COMMAND_NAMES[command];
    if (result !== null) this.#transactions?.refuseWithSession(result, { command, reply, class: klass });
    this.#close({ phase, cause: 'closed', systemCode: '', message: reply.text() }, reply, klass);
    this.#wire.destroy();
  }

  #close(failure: WireFailure, reply: ReplyView | null, klass: ReplyClass): void {
    const wasSettingUp = this.#state === 'setting-up';
    this.#state = 'closed';
    this.fault = { ...failure, code: reply?.code ?? 0, enhanced: reply?.enhanced ?? 0, class: klass };
    this.#endSetUp();
    const outcome = reply !== null && wasSettingUp ? 'rejected' : 'failed';
    this.#endAll({ ...failure, outcome }, this.fault);
  }

  #endAll(end: SessionEnd, fault: SessionFault | null, atUs: number = this.#wire.nowUs): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#transactions?.endAll(end, fault, atUs);
    if (waiting !== null) this.#endUnsent(waiting, end, fault);
  }

  #endUnsent(transaction: Transaction, end: SessionEnd, fault: SessionFault | null): void {
    const result = new TransactionResult().begin(transaction);
    this.#listener.onDone(this, result.cutOff(end, fault, this.#wire.clockUs()));
  }
}
