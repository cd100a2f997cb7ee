/**
 * SinkConnection: one client's session, smtp-server's connection with its delays, folding and hooks replaced.
 *
 * TLS, AUTH, XCLIENT and what is wrong with a command are smtp-server's. Ours are the greeting (at once), the mail
 * transaction, the content (command-stream.ts), every reply's way out, and the question to the judge at each verb. A command is
 * handled when the one before it is answered, however long that took, so replies keep their order.
 * RFC 5321, RFC 2033 (LMTP), RFC 3030 (CHUNKING).
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { SMTPServer } from 'smtp-server';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import { parseStamp } from '../message/stamp.js';
import { type AddressCommand, parseAddressCommand } from './address-command.js';
import { hiddenParameter, isHiddenCommand, offeredKeywords } from './capabilities.js';
import { CommandStream } from './command-stream.js';
import type { MutableCounts } from './counts.js';
import type { SinkEvent, Verb } from './event.js';
import type { Intake } from './intake.js';
import type { Fate, Judge, SinkReply, SocketFaults, Treatment } from './judge.js';
import type { Capability } from './options.js';
import * as say from './reply.js';
import { type EventDetails, type TreatedConnection, Treatments } from './treatments.js';

/** What a connection asks of the sink it belongs to. */
export interface SinkConnectionHost {
  /** 0: sessions may idle for ever. */
  readonly idleMs: number;
  readonly limitBytes: number;
  /** 0: no limit. */
  readonly maxRecipients: number;
  readonly hidden: ReadonlySet<Capability>;
  readonly isLmtp: boolean;
  readonly isClosing: boolean;
  readonly hasXclient: boolean;
  readonly needsAuth: boolean;
  readonly judge: Judge | null;
  readonly intake: Intake;
  readonly counts: MutableCounts;
  nowMs(): number;
  onClosed(connection: SinkConnection): void;
}

/** A socket that can be meddled with (faulty-socket.ts). */
export interface MeddledSocket {
  setFaults(faults: SocketFaults): void;
  readBytesPerSec: number | null;
}

export interface SinkConnectionOptions extends SMTPConnectionOptions {
  readonly host: SinkConnectionHost;
  /** Under all TLS: what a reset is sent from. */
  readonly rawSocket: Socket;
  readonly meddled: MeddledSocket | null;
}

type Done = () => void;

const NO_IDS: readonly string[] = [];
const NO_DETAILS: EventDetails = {};

export class SinkConnection extends SMTPConnection implements TreatedConnection {
  readonly #host: SinkConnectionHost;
  readonly #rawSocket: Socket;
  readonly #meddled: MeddledSocket | null;
  readonly #treatments: Treatments;
  readonly #isEnhanced: boolean;
  /** Said instead of the sink's own next reply of the same class. */
  #instead: SinkReply | null = null;
  #sender: string | null = null;
  #recipients: string[] = [];
  /** Chunks of BDAT so far; null outside of it. */
  #chunks: Buffer[] | null = null;
  #chunkBytes = 0;

  constructor(server: SMTPServer, socket: Socket | TLSSocket, options: SinkConnectionOptions) {
    super(server, socket, options);
    const { host } = options;
    this.#host = host;
    this.#rawSocket = options.rawSocket;
    this.#meddled = options.meddled;
    this.#isEnhanced = !host.hidden.has('ENHANCEDSTATUSCODES');
    this.#treatments = new Treatments(this, () => host.judge, host.nowMs);
    // Zero and false both mean 10 to smtp-server, which hangs up on a client that pipelines before AUTH.
    this._maxAllowedUnauthenticatedCommands = false;
  }

  override init(): void {
    this._setListeners(() => {
      const { maxClients } = this._server.options;
      if (maxClients && this._server.connections.size > maxClients) {
        this.send(421, `${this.name} Too many connections, try again later`, false);
      } else {
        this.#judged('CONNECT', '', ignore, () => this.connectionReady());
      }
    });
  }

  override _armTimeout(socket: Socket | TLSSocket = this._socket): void {
    if (this.#host.idleMs > 0) super._armTimeout(socket);
  }

  override _onTimeout(): void {
    if (this._closing || this._handlerPending) super._onTimeout();
    else this.#say(say.IDLE);
  }

  override _createParser(): CommandStream {
    const stream = new CommandStream(() => this._socket);
    stream.oncommand = (command, callback) => this._onCommand(command, callback);
    stream.on('error', (error) => this.send(421, `Error: ${error.message}`));
    return stream;
  }

  override _onClose(): void {
    super._onClose();
    this.#host.onClosed(this);
  }

  /** Without a word. */
  destroy(): void {
    this._socket.destroy();
  }

  sayShuttingDown(): void {
    this.#say(say.SHUTTING_DOWN);
    this.close();
  }

  // ---- commands

  override _onCommand(command: Buffer, callback: Done = ignore): void {
    const verb = verbOf(command);
    this.#instead = null;
    if (this._upgrading || !this._ready || this._nextHandler) return super._onCommand(command, callback);
    if (this.#host.isClosing) return this.sayShuttingDown();
    if (isHiddenCommand(verb, this.#host.hidden)) return this.#answer(say.NOT_IMPLEMENTED, callback);
    const mayMail = this.hostNameAppearsAs && (this.session.user || !this.#host.needsAuth);
    if (!mayMail) return super._onCommand(command, callback);
    const next = () => {
      this._handlerPending = false;
      this._whenWritable(callback);
    };
    this._handlerPending = true;
    switch (verb) {
      case 'MAIL':
        return this.handler_MAIL(command, next);
      case 'RCPT':
        return this.handler_RCPT(command, next);
      case 'DATA':
        return this.handler_DATA(command, next);
      case 'BDAT':
        return this.handler_BDAT(command, next);
      default:
        this._handlerPending = false;
        return super._onCommand(command, callback);
    }
  }

  override handler_EHLO(command: Buffer, callback: Done): void {
    this.#judged('EHLO', command, callback, () => this.#hello(command, callback));
  }

  #hello(command: Buffer, callback: Done): void {
    const [, name = '', ...more] = command.toString().trim().split(/\s+/);
    if (name === '' || more.length > 0 || name.length > 300 || UNPRINTABLE.test(name)) {
      this.send(501, `Error: syntax: ${this.#host.isLmtp ? 'LHLO' : 'EHLO'} hostname`, false);
      return callback();
    }
    this.hostNameAppearsAs = name.toLowerCase();
    this._resetSession();
    const keywords = offeredKeywords({
      hidden: this.#host.hidden,
      limitBytes: this.#host.limitBytes,
      isSecure: this.secure,
      hasStartTls: this._isSupported('STARTTLS'),
      hasAuth: this._isSupported('AUTH') && !this.session.user,
      hasXclient: this._proxyCommandAllowed('XCLIENT', 'useXClient'),
      hasXforward: this._proxyCommandAllowed('XFORWARD', 'useXForward'),
    });
    this.send(250, [`${this.name} greets ${this.clientHostname}`, ...keywords], false);
    callback();
  }

  override handler_HELO(command: Buffer, callback: Done): void {
    this.#judged('HELO', command, callback, () => super.handler_HELO(command, callback));
  }

  override handler_STARTTLS(command: Buffer, callback: Done): void {
    this.#judged('STARTTLS', command, callback, () => super.handler_STARTTLS(command, callback));
  }

  override handler_AUTH(command: Buffer, callback: Done): void {
    this.#judged('AUTH', command, callback, () => super.handler_AUTH(command, callback));
  }

  override handler_XCLIENT(command: Buffer, callback: Done): void {
    this.#judged('XCLIENT', command, callback, () => super.handler_XCLIENT(command, callback));
  }

  override handler_RSET(command: Buffer, callback: Done): void {
    this.#judged('RSET', command, callback, () => super.handler_RSET(command, callback));
  }

  override handler_NOOP(command: Buffer, callback: Done): void {
    this.#judged('NOOP', command, callback, () => super.handler_NOOP(command, callback));
  }

  override handler_VRFY(command: Buffer, callback: Done): void {
    this.#judged('VRFY', command, callback, () => super.handler_VRFY(command, callback));
  }

  handler_EXPN(command: Buffer, callback: Done): void {
    this.#judged('EXPN', command, callback, () => this.#answer(say.NOT_IMPLEMENTED, callback));
  }

  override handler_HELP(command: Buffer, callback: Done): void {
    this.#judged('HELP', command, callback, () => super.handler_HELP(command, callback));
  }

  override handler_QUIT(command: Buffer, callback: Done): void {
    this.#judged('QUIT', command, callback, () => super.handler_QUIT(command, callback));
  }

  override handler_MAIL(command: Buffer, callback: Done): void {
    const parsed = parseAddressCommand('MAIL', command.toString());
    if (parsed === null) return this.#answer(say.BAD_SENDER, callback);
    if (this.#isRefused(parsed, MAIL_VALUES, callback)) return;
    if (this.#sender !== null) return this.#answer(say.NESTED_SENDER, callback);
    const problem = parsed.args === false ? null : this._validateMailParams(parsed as never);
    if (problem !== null) {
      this.send(problem.code, problem.message, problem.enhancedCode ?? undefined);
      return callback();
    }
    this.#treatments.held = null;
    const accept = () => {
      this.#sender = parsed.address;
      // smtp-server refuses XCLIENT in a transaction by this.
      this.session.envelope.mailFrom = { address: parsed.address, args: parsed.args };
      this.#answer(say.SENDER_OK, callback);
    };
    if (!this.#treatments.watches('MAIL')) return accept();
    const sizeBytes = Number(parsed.args === false ? 0 : (parsed.args.SIZE ?? 0));
    this.#decide(
      'MAIL',
      { from: parsed.address, argument: argumentOf(command), sizeBytes },
      callback,
      accept,
    );
  }

  override handler_RCPT(command: Buffer, callback: Done): void {
    const parsed = parseAddressCommand('RCPT', command.toString());
    if (parsed === null) return this.#answer(say.BAD_RECIPIENT, callback);
    if (this.#isRefused(parsed, RCPT_VALUES, callback)) return;
    if (this.#sender === null) return this.#answer(say.NEED_SENDER, callback);
    if (!isNotify(parsed)) {
      this.send(501, 'Error: NOTIFY parameter must be NEVER, or SUCCESS, FAILURE and DELAY');
      return callback();
    }
    const { maxRecipients } = this.#host;
    if (maxRecipients > 0 && this.#recipients.length >= maxRecipients) {
      return this.#answer(say.TOO_MANY_RECIPIENTS, callback);
    }
    const accept = () => {
      this.#recipients.push(parsed.address);
      this.#answer(say.RECIPIENT_OK, callback);
    };
    if (!this.#treatments.watches('RCPT')) return accept();
    this.#decide('RCPT', { recipient: parsed.address, argument: argumentOf(command) }, callback, accept);
  }

  override handler_DATA(command: Buffer, callback: Done): void {
    if (this.#recipients.length === 0 || this.#chunks !== null) {
      return this.#answer(this.#sender === null ? say.NEED_SENDER : say.NEED_RECIPIENT, callback);
    }
    this.#judged('DATA', command, callback, () => {
      this.#stream.collect(this.#host.limitBytes, (content, _, next) => this.#onContent(content, next));
      this.#answer(say.START_INPUT, callback);
    });
  }

  /** RFC 3030 §2: its octets follow at once, whatever is answered. */
  handler_BDAT(command: Buffer, callback: Done): void {
    const match = /^BDAT[ \t]+(\d{1,15})([ \t]+LAST)?[ \t]*$/i.exec(command.toString());
    if (match === null) {
      // How much follows is not known: nothing after it could be understood.
      this.send(421, 'Error: syntax: BDAT size [LAST]');
      return;
    }
    const isLast = match[2] !== undefined;
    const octets = Number(match[1]);
    const { limitBytes } = this.#host;
    const onChunk = (chunk: Buffer | null, sizeBytes: number, next: Done) =>
      this.#onChunk(chunk, sizeBytes, isLast, next);
    if (octets === 0) return onChunk(Buffer.alloc(0), 0, callback);
    this.#stream.collectExactly(octets, limitBytes, onChunk);
    callback();
  }

  #onChunk(chunk: Buffer | null, sizeBytes: number, isLast: boolean, next: Done): void {
    if (this.#recipients.length === 0) {
      return this.#answer(this.#sender === null ? say.NEED_SENDER : say.NEED_RECIPIENT, next);
    }
    this.#chunks ??= [];
    this.#chunkBytes += sizeBytes;
    const isOversized = chunk === null || this.#chunkBytes > this.#host.limitBytes;
    if (isOversized) this.#chunks = [];
    else this.#chunks.push(chunk);
    if (!isLast) return this.#answer(say.CHUNK_OK, next);
    this.#onContent(isOversized ? null : Buffer.concat(this.#chunks), next);
  }

  // ---- content

  #onContent(content: Buffer | null, next: Done): void {
    if (this._closing || this._closed) return;
    const finish = () => {
      this._handlerPending = false;
      this._transactionCounter++;
      this._unrecognizedCommands = 0;
      this._resetSession();
      this._whenWritable(next);
    };
    if (content === null) return this.#refuseOversized(finish);
    this._handlerPending = true;
    if (this.#host.isLmtp) this.#settleEach(content, 0, 0, finish);
    else this.#settle(content, null, finish);
  }

  #refuseOversized(finish: Done): void {
    this.#host.counts.oversized++;
    const replies = this.#host.isLmtp ? this.#recipients.length : 1;
    const text = `Error: message exceeds fixed maximum message size ${this.#host.limitBytes}`;
    for (let i = 0; i < replies; i++) this.send(552, text, 'MESSAGE_TOO_BIG');
    finish();
  }

  /** LMTP: a decision and a reply for each recipient, in the order of RCPT. */
  #settleEach(content: Buffer, index: number, taken: number, finish: Done): void {
    const recipient = this.#recipients[index];
    if (recipient === undefined) {
      if (taken > 0) this.#count(content, taken);
      return finish();
    }
    this.#settle(content, recipient, (isTaken) =>
      this.#settleEach(content, index + 1, isTaken ? taken + 1 : taken, finish),
    );
  }

  /** `recipient` null: for all of them at once. */
  #settle(content: Buffer, recipient: string | null, then: (isTaken: boolean) => void): void {
    const accept = (fate: Fate | null, own: SinkReply | null) =>
      then(this.#accept(content, recipient, fate, own));
    if (!this.#treatments.watches('CONTENT')) return accept(null, null);
    const details = { recipient, sizeBytes: content.length, message: content, stamp: parseStamp(content) };
    this.#treatments.decide('CONTENT', details, (treatment) => {
      this._handlerPending = true;
      if (isRefusal(treatment?.reply)) {
        this.#sayOwn(treatment.reply);
        then(false);
      } else accept(treatment?.fate ?? null, treatment?.reply ?? null);
      this.#dropAfter(treatment);
    });
  }

  /** The receipt, then the reply. */
  #accept(message: Buffer, recipient: string | null, fate: Fate | null, own: SinkReply | null): boolean {
    const ids = this.#host.intake.take({
      message,
      session: this.id,
      peer: this.remoteAddress,
      from: this.#sender ?? '',
      recipients: recipient === null ? this.#recipients : [recipient],
      held: this.#treatments.held,
      fate,
    });
    if (ids === null) {
      this.#say(say.NO_SPACE);
      return false;
    }
    if (recipient === null) this.#count(message, this.#recipients.length);
    if (own !== null) this.#sayOwn(own, ids);
    else this.#say(say.MESSAGE_OK, ids);
    return true;
  }

  #count(message: Buffer, recipients: number): void {
    const { counts } = this.#host;
    counts.messages++;
    counts.recipients += recipients;
    counts.bytes += message.length;
  }

  override _resetSession(): void {
    super._resetSession();
    this.#sender = null;
    this.#recipients = [];
    this.#chunks = null;
    this.#chunkBytes = 0;
  }

  // ---- what the judge says

  /** A verb of which only the line matters; `act` answers and calls back. */
  #judged(verb: Verb, command: Buffer | '', callback: Done, act: Done): void {
    if (!this.#treatments.watches(verb)) return act();
    const details = command === '' ? NO_DETAILS : { argument: argumentOf(command) };
    this.#decide(verb, details, callback, act);
  }

  #decide(verb: Verb, details: EventDetails, callback: Done, act: Done): void {
    this.#treatments.decide(verb, details, (treatment) => {
      if (isRefusal(treatment?.reply)) {
        this.#sayOwn(treatment.reply);
        if (verb === 'CONNECT' || verb === 'QUIT') this.close();
        callback();
      } else {
        this.#instead = treatment?.reply ?? null;
        act();
      }
      this.#dropAfter(treatment);
    });
  }

  #dropAfter(treatment: Treatment | null): void {
    if (treatment?.drop === 'after') this.drop(treatment.isReset);
  }

  get isGone(): boolean {
    return this._closing || this._closed;
  }

  describe(verb: Verb, details: EventDetails): SinkEvent {
    const user: unknown = this.session.user;
    return {
      verb,
      session: this.id,
      peer: this.remoteAddress,
      helo: this.hostNameAppearsAs || '',
      isTls: this.secure,
      user: typeof user === 'string' ? user : '',
      from: this.#sender,
      recipients: this.#recipients,
      recipient: null,
      argument: '',
      sizeBytes: 0,
      message: null,
      stamp: null,
      nowMs: this.#host.nowMs(),
      ...details,
    };
  }

  hold(isHeld: boolean): void {
    this._handlerPending = isHeld;
  }

  setFaults(faults: SocketFaults): void {
    this.#meddled?.setFaults(faults);
  }

  readSlowly(bytesPerSec: number): void {
    if (this.#meddled !== null) this.#meddled.readBytesPerSec = bytesPerSec;
  }

  decided(behaviour: string): void {
    const { behaviours } = this.#host.counts;
    behaviours[behaviour] = (behaviours[behaviour] ?? 0) + 1;
  }

  drop(isReset: boolean): void {
    if (this._closed) return;
    this.#host.counts.dropped++;
    if (!isReset) return this.close();
    if (this._parser) this._parser.isClosed = true;
    // What was written before is with the kernel first.
    this._socket.write('', () => this.#reset());
  }

  #reset(): void {
    this._closing = true;
    if (this.#rawSocket.destroyed) return;
    this.#rawSocket.resetAndDestroy();
  }

  // ---- replies

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const lines = Array.isArray(data) ? data : [data ?? ''];
    const enhanced = this.#isEnhanced ? this._getEnhancedStatusCode(code, context) : '';
    this.#write(code, say.formatReply({ code, enhanced, lines }), NO_IDS);
  }

  #answer(reply: say.PreparedReply, callback: Done): void {
    this.#say(reply);
    callback();
  }

  #say(reply: say.PreparedReply, ids: readonly string[] = NO_IDS): void {
    this.#write(reply.code, this.#isEnhanced ? reply.enhanced : reply.plain, ids);
  }

  /** A behaviour's, word for word. */
  #sayOwn(reply: SinkReply, ids: readonly string[] = NO_IDS): void {
    this.#instead = null;
    this.#write(reply.code, say.formatReply(reply), ids);
  }

  /** The one way out. `ids`: receipts to acknowledge when it has left. */
  #write(code: number, text: string, ids: readonly string[]): void {
    const own = this.#instead;
    if (own !== null && sameClass(own.code, code)) return this.#sayOwn(own, ids);
    this.#tally(code);
    const socket = this._socket;
    // While TLS is being negotiated everything written would be in the clear.
    if (!this._upgrading && socket.writable) {
      if (ids.length === 0) socket.write(text);
      else socket.write(text, (error) => error || this.#host.intake.acknowledge(ids));
    }
    if (code === 421) this.close();
  }

  #tally(code: number): void {
    if (code < 400 || this.#host.isClosing) return;
    if (code < 500) this.#host.counts.deferred++;
    else this.#host.counts.rejected++;
  }

  #isRefused(parsed: AddressCommand, valued: string[], callback: Done): boolean {
    if (parsed.args === false) return false;
    const hidden = hiddenParameter(parsed.args, this.#host.hidden);
    if (hidden === null) return this._rejectInvalidParams(parsed as never, valued, callback);
    this.send(555, `Error: ${hidden} parameter not supported`);
    callback();
    return true;
  }

  get #stream(): CommandStream {
    return this._parser as CommandStream;
  }
}

const MAIL_VALUES = ['BODY', 'SIZE', 'RET', 'ENVID'];
const RCPT_VALUES = ['NOTIFY', 'ORCPT'];
const NOTIFY = /^(?:NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY))*)$/i;
const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f]/;
const SPACE = 0x20;

function verbOf(command: Buffer): string {
  const space = command.indexOf(SPACE);
  return command.toString('latin1', 0, space < 0 ? command.length : space).toUpperCase();
}

function argumentOf(command: Buffer): string {
  const space = command.indexOf(SPACE);
  return space < 0 ? '' : command.toString('utf8', space + 1);
}

function isNotify({ args }: AddressCommand): boolean {
  const notify = args === false ? undefined : args.NOTIFY;
  return notify === undefined || (typeof notify === 'string' && NOTIFY.test(notify));
}

function isRefusal(reply: SinkReply | null | undefined): reply is SinkReply {
  return reply !== null && reply !== undefined && reply.code >= 400;
}

function sameClass(a: number, b: number): boolean {
  return Math.floor(a / 100) === Math.floor(b / 100);
}

function ignore(): void {}
