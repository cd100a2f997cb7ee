/**
 * Wire: one connection that speaks in commands and replies. Under the session machine, above the transport.
 *
 * Matches replies to commands in order, stamps both, keeps one deadline for whatever is awaited, and turns every way a
 * connection can end into one call of `onFailure`. After a failure nothing more is written or reported but `onClosed`.
 * Does not know what a command means.
 *
 * A reply's waiting time runs from max(its command's last byte written, previous reply), so that the phases of a
 * pipelined group do not overlap and add up.
 */
import { COMMAND_NAMES, Command, type CommandId, type Phase } from './command.js';
import type { Deadlines, HasDeadline } from './deadlines.js';
import type { FailureCause, WireFailure } from './failure.js';
import type { OpenTransport, TlsFacts, Transport } from './open-transport.js';
import type { TransactionResult } from './outcome.js';
import { PendingReplies } from './pending.js';
import { classifyReply, type ReplyClass } from './reply-class.js';
import { type MalformedCause, ReplyParser, type ReplyView } from './reply-parser.js';
import { causeOf, messageOf } from './system-error.js';
import type { WriteBuffer } from './write-buffer.js';

/** What all connections of a shard share. */
export interface WireContext {
  readonly nowUs: () => number;
  readonly deadlines: Deadlines;
  readonly writeBuffer: WriteBuffer;
  /** By CommandId, see commandTimeoutsUs. */
  readonly timeoutsUs: Float64Array;
  readonly connectTimeoutUs: number;
  readonly tlsTimeoutUs: number;
  readonly dataBlockTimeoutUs: number;
  readonly traffic: { sentBytes: number; receivedBytes: number };
}

export interface WireListener {
  onConnect(): void;
  onSecure(): void;
  onReply(command: CommandId, result: TransactionResult | null, reply: ReplyView, klass: ReplyClass): void;
  /** A reply nobody waited for. */
  onUnsolicited(reply: ReplyView): void;
  onFlushed(): void;
  /** All that came in one go has been handled. */
  onCaughtUp(): void;
  /** Once. The connection is being destroyed. */
  onFailure(failure: WireFailure): void;
  /** Once, last. */
  onClosed(): void;
  /** A reply came, or (reply null) will not come any more: for the metrics. */
  onWaited(
    command: CommandId,
    fromUs: number,
    atUs: number,
    reply: ReplyView | null,
    klass: ReplyClass,
  ): void;
}

export class Wire implements HasDeadline {
  deadlineUs = Number.POSITIVE_INFINITY;
  /** When the event now being handled came in. */
  nowUs = 0;
  lastReplyAtUs = 0;
  readonly pending = new PendingReplies();
  readonly #context: WireContext;
  readonly #listener: WireListener;
  readonly #parser: ReplyParser;
  #transport: Transport;
  #phase: 'connect' | 'tls' | 'talk' = 'connect';
  #isBroken = false;
  #isSendingContent = false;
  /** The command whose reply is being handled, else -1: where a failure found meanwhile belongs. */
  #answered: CommandId | -1 = -1;

  constructor(openTransport: OpenTransport, context: WireContext, listener: WireListener) {
    this.#context = context;
    this.#listener = listener;
    this.#parser = new ReplyParser({
      onReply: (reply) => this.#onReply(reply),
      onMalformed: (cause) => this.#onMalformed(cause),
    });
    this.nowUs = context.nowUs();
    this.deadlineUs = this.nowUs + context.connectTimeoutUs;
    context.deadlines.add(this);
    this.#transport = openTransport({
      onConnect: () => this.#onConnect(),
      onSecure: () => this.#onSecure(),
      onData: (chunk, length) => this.#onData(chunk, length),
      onFlushed: () => this.#onFlushed(),
      onEnd: () => this.#onEnd(),
      onError: (error) => this.#onError(error),
      onClose: () => this.#onClose(),
    });
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  get localAddress(): string {
    return this.#transport.localAddress;
  }

  get remoteAddress(): string {
    return this.#transport.remoteAddress;
  }

  get localPort(): number {
    return this.#transport.localPort;
  }

  get remotePort(): number {
    return this.#transport.remotePort;
  }

  /** What it waits for, or the reply being handled. */
  get phase(): Phase {
    if (this.#answered >= 0) return COMMAND_NAMES[this.#answered as CommandId];
    if (this.#phase !== 'talk') return this.#phase;
    return this.pending.count > 0 ? COMMAND_NAMES[this.pending.command] : 'idle';
  }

  get tls(): TlsFacts | null {
    return this.#transport.tls;
  }

  /** Bytes behind the reply being handled. */
  get unreadBytes(): number {
    return this.#parser.unreadBytes;
  }

  /** The time now, µs; `nowUs` is when the event being handled came in. */
  clockUs(): number {
    return this.#context.nowUs();
  }

  /** Writes commands, CRLF included, one character per byte; returns when the kernel took them, µs. */
  write(text: string): number {
    this.#context.traffic.sentBytes += text.length;
    this.#transport.write(text);
    return this.#context.nowUs();
  }

  /** Writes one command and waits for its reply. */
  command(command: CommandId, text: string): void {
    this.expect(command, this.write(text), null);
  }

  expect(command: CommandId, writtenAtUs: number, result: TransactionResult | null): void {
    this.pending.push(command, writtenAtUs, result);
    if (this.pending.count === 1) this.#armDeadline(writtenAtUs);
  }

  /** The command just answered has one more reply to come, before all others. */
  expectAgain(command: CommandId, result: TransactionResult | null): void {
    this.pending.unshift(command, this.nowUs, result);
    this.#armDeadline(this.nowUs);
  }

  /** Writes bytes of a message. False: not all are out; onFlushed follows, and until then the block's deadline holds. */
  writeContent(bytes: Buffer): boolean {
    this.#context.traffic.sentBytes += bytes.length;
    const isFlushed = this.#transport.write(bytes);
    const wasSending = this.#isSendingContent;
    this.#isSendingContent = !isFlushed;
    if (!isFlushed) this.deadlineUs = this.#context.nowUs() + this.#context.dataBlockTimeoutUs;
    else if (wasSending) this.#armDeadline(this.#context.nowUs());
    return isFlushed;
  }

  /** Part of a message is out and the next part is not due yet: no reply is overdue until it is written. */
  pauseContent(): void {
    this.#isSendingContent = true;
    this.deadlineUs = Number.POSITIVE_INFINITY;
  }

  startTls(): void {
    this.#phase = 'tls';
    this.deadlineUs = this.nowUs + this.#context.tlsTimeoutUs;
    this.#transport.startTls();
  }

  /** Ends the connection in order: FIN, then close. */
  end(): void {
    // News of a flush must not move this deadline any more.
    this.#isSendingContent = false;
    this.deadlineUs = this.nowUs + (this.#context.timeoutsUs[Command.QUIT] as number);
    this.#transport.end();
  }

  /** Ends it at once and without a failure. onClosed follows. */
  destroy(): void {
    this.nowUs = this.#context.nowUs();
    this.#break();
  }

  /**
   * Goes away in the middle, on purpose: nothing more is written, nothing that comes is heard. `half-close` waits for the
   * server to close, but no longer than for the reply to QUIT. onClosed follows.
   */
  leave(how: 'drop' | 'reset' | 'half-close'): void {
    if (this.#isBroken) return;
    this.nowUs = this.#context.nowUs();
    this.#isBroken = true;
    this.deadlineUs = this.nowUs + (this.#context.timeoutsUs[Command.QUIT] as number);
    this.#parser.stop();
    if (how === 'drop') this.#transport.close();
    else if (how === 'reset') this.#transport.reset();
    else this.#transport.end();
  }

  /** Ends it at once because of `cause`. */
  fail(cause: FailureCause, systemCode = '', message = ''): void {
    if (this.#isBroken) return;
    this.nowUs = this.#context.nowUs();
    const { phase } = this;
    if (this.pending.count > 0 && this.#answered < 0) this.#waitedInVain();
    this.#break();
    this.#listener.onFailure({ phase, cause, systemCode, message });
  }

  /** Ends it because of a reply that has no place here. */
  failUnexpected(reply: ReplyView): void {
    this.fail('unexpected-reply', '', `${reply.code} ${reply.text()}`);
  }

  onDeadline(): void {
    if (this.#isBroken) this.destroy();
    else this.fail('timeout');
  }

  #break(): void {
    this.#isBroken = true;
    this.deadlineUs = Number.POSITIVE_INFINITY;
    this.#parser.stop();
    this.#transport.destroy();
  }

  #waitedInVain(): void {
    const from = Math.max(this.pending.writtenAtUs, this.lastReplyAtUs);
    this.#listener.onWaited(this.pending.command, from, this.nowUs, null, 'network');
  }

  #armDeadline(fromUs: number): void {
    if (this.#isSendingContent) return;
    this.deadlineUs =
      this.pending.count > 0
        ? fromUs + (this.#context.timeoutsUs[this.pending.command] as number)
        : Number.POSITIVE_INFINITY;
  }

  #onConnect(): void {
    if (this.#isBroken) return;
    this.nowUs = this.#context.nowUs();
    this.lastReplyAtUs = this.nowUs;
    this.#listener.onConnect();
    if (this.#phase === 'connect') this.#phase = 'talk';
  }

  #onSecure(): void {
    if (this.#isBroken) return;
    this.nowUs = this.#context.nowUs();
    this.lastReplyAtUs = this.nowUs;
    this.#phase = 'talk';
    this.#listener.onSecure();
  }

  #onData(chunk: Buffer, length: number): void {
    if (this.#isBroken) return;
    this.nowUs = this.#context.nowUs();
    this.#context.traffic.receivedBytes += length;
    this.#parser.push(chunk, length);
    if (!this.#isBroken) this.#listener.onCaughtUp();
  }

  #onReply(reply: ReplyView): void {
    const pending = this.pending;
    if (pending.count === 0) return this.#listener.onUnsolicited(reply);
    if (pending.writtenAtUs > this.nowUs) {
      // Said in one breath with the reply before it: this cannot be about what was written in between. A server that is
      // going (RFC 5321 §3.8) says so whatever was asked.
      if (reply.code !== 421) return this.failUnexpected(reply);
      this.nowUs = pending.writtenAtUs;
    }
    const command = pending.command;
    const result = pending.result;
    const from = Math.max(pending.writtenAtUs, this.lastReplyAtUs);
    const klass = reply.code < 400 ? 'accepted' : this.#classify(command, reply);
    pending.shift();
    this.#answered = command;
    // At whole replies, not at bytes: a server that drips them must not talk the deadline away.
    this.#armDeadline(this.nowUs);
    this.#listener.onWaited(command, from, this.nowUs, reply, klass);
    this.#listener.onReply(command, result, reply, klass);
    this.lastReplyAtUs = this.nowUs;
    this.#answered = -1;
  }

  #classify(command: CommandId, reply: ReplyView): ReplyClass {
    return classifyReply({
      command: COMMAND_NAMES[command],
      code: reply.code,
      enhanced: reply.enhanced,
      text: reply.text(),
    });
  }

  #onMalformed(cause: MalformedCause): void {
    this.fail(cause);
  }

  #onFlushed(): void {
    if (this.#isBroken) return;
    this.nowUs = this.#context.nowUs();
    if (!this.#isSendingContent) return;
    this.#isSendingContent = false;
    this.#listener.onFlushed();
    if (!this.#isBroken) this.#armDeadline(this.nowUs);
  }

  #onEnd(): void {
    if (this.#isBroken) this.destroy();
    else this.fail('closed');
  }

  #onError(error: NodeJS.ErrnoException): void {
    const systemCode = error.code ?? '';
    this.fail(this.#phase === 'tls' ? 'tls' : causeOf(error), systemCode, messageOf(error));
  }

  #onClose(): void {
    this.fail('closed');
    this.nowUs = this.#context.nowUs();
    this.#context.deadlines.remove(this);
    this.#listener.onClosed();
  }
}
