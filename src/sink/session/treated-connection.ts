/**
 * TreatedConnection: smtp-server's connection without its delays, with every reply going out one way and a judge asked
 * wherever a verb asks for it. What the verbs do is sink-connection.ts.
 *
 * Greets at once (smtp-server waits 100 ms to catch early talkers), closes idle sessions only when asked to, and never
 * while it is the sink that takes its time.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { SMTPServer } from 'smtp-server';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import type { MutableCounts } from '../counts.js';
import type { SinkEvent, Verb } from '../event.js';
import type { Judge, SocketFaults, Treatment } from '../judge.js';
import type { Capability } from '../options.js';
import { FaultySocket } from '../socket/faulty-socket.js';
import { resetSocket } from '../socket/reset-socket.js';
import { CommandStream } from './command-stream.js';
import type { Intake } from './intake.js';
import { IDLE, type PreparedReply, SHUTTING_DOWN } from './reply.js';
import { type ReplyTarget, ReplyWriter } from './reply-writer.js';
import { type EventDetails, type Treated, Treatments } from './treatments.js';
import { isTrusted } from './trust.js';

/** What a connection asks of the sink it belongs to. */
export interface ConnectionHost {
  /** 0: sessions may idle for ever. */
  readonly idleMs: number;
  readonly limitBytes: number;
  /** 0: no limit. */
  readonly maxRecipients: number;
  readonly hidden: ReadonlySet<Capability>;
  readonly isLmtp: boolean;
  /** Before MAIL. */
  readonly needsAuth: boolean;
  readonly isClosing: boolean;
  readonly judge: Judge | null;
  readonly intake: Intake;
  readonly counts: MutableCounts;
  nowMs(): number;
  onClosed(connection: TreatedConnection): void;
}

/** What is under a connection, and under all TLS; a FaultySocket where behaviours may meddle with it. */
export type Wire = Socket | FaultySocket;

export interface ConnectionOptions extends SMTPConnectionOptions {
  readonly host: ConnectionHost;
  readonly wire: Wire;
}

export type Done = () => void;

const NO_DETAILS: EventDetails = {};

export class TreatedConnection extends SMTPConnection implements Treated, ReplyTarget {
  readonly host: ConnectionHost;
  readonly out: ReplyWriter;
  readonly treatments: Treatments;
  readonly counts: MutableCounts;
  readonly #wire: Wire;
  /** null: as fast as it can; kept from CONNECT to the end of the session. */
  #sessionReadRate: number | null = null;
  #isSlowed = false;
  /** Reverse-path of the transaction; null outside of one. */
  protected sender: string | null = null;
  protected recipients: string[] = [];

  constructor(server: SMTPServer, socket: Socket | TLSSocket, options: ConnectionOptions) {
    super(server, socket, options);
    const { host, wire } = options;
    this.host = host;
    this.counts = host.counts;
    this.#wire = wire;
    this.out = new ReplyWriter(this, !host.hidden.has('ENHANCEDSTATUSCODES'));
    this.treatments = new Treatments(this, host);
    // Zero and false both mean 10 to smtp-server, which hangs up on a client that pipelines before AUTH.
    this._maxAllowedUnauthenticatedCommands = false;
  }

  override init(): void {
    this._setListeners(() => {
      const { maxClients } = this._server.options;
      if (maxClients && this._server.connections.size > maxClients) {
        this.send(421, `${this.name} Too many connections, try again later`, false);
      } else {
        this.judged(
          'CONNECT',
          null,
          () => this.close(),
          () => this.connectionReady(),
        );
      }
    });
  }

  // ---- what the judge says

  /** A verb of which only the line matters: `act` answers and calls back, unless a refusal did. */
  protected judged(verb: Verb, command: Buffer | null, callback: Done, act: Done): void {
    if (!this.treatments.watches(verb)) return act();
    this.decide(verb, command === null ? NO_DETAILS : { argument: argumentOf(command) }, callback, act);
  }

  protected decide(verb: Verb, details: EventDetails, callback: Done, act: Done): void {
    this.treatments.decide(verb, details, (treatment) => {
      const reply = treatment?.reply ?? null;
      const isRefused = reply !== null && reply.code >= 400;
      if (isRefused) {
        this.out.sayOwn(reply);
      } else {
        this.out.instead = reply;
        act();
      }
      this.dropAfter(treatment);
      // Not before: what was pipelined behind a last word gets no answer.
      if (isRefused) callback();
    });
  }

  dropAfter(treatment: Treatment | null): void {
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
      from: this.sender,
      recipients: this.recipients,
      recipient: null,
      argument: '',
      sizeBytes: 0,
      message: null,
      stamp: null,
      nowMs: this.host.nowMs(),
      ...details,
    };
  }

  hold(isHeld: boolean): void {
    this._handlerPending = isHeld;
  }

  setFaults(faults: SocketFaults): void {
    if (this.#wire instanceof FaultySocket) this.#wire.setFaults(faults);
  }

  readSlowly(verb: Verb, bytesPerSec: number): void {
    if (verb === 'CONNECT') this.#sessionReadRate = bytesPerSec;
    this.#isSlowed = true;
    this.#setReadRate(bytesPerSec);
  }

  drop(isReset: boolean): void {
    if (this._closed) return;
    this.counts.dropped++;
    if (!isReset) return this.close();
    this._closing = true;
    if (this._parser) this._parser.isClosed = true;
    this._server.connections.delete(this);
    // What was written before is with the kernel by then.
    this._socket.write('', () => this.#reset());
  }

  #reset(): void {
    if (this.#wire instanceof FaultySocket) this.#wire.resetAndDestroy();
    else resetSocket(this.#wire);
  }

  #setReadRate(bytesPerSec: number | null): void {
    if (this.#wire instanceof FaultySocket) this.#wire.setReadRate(bytesPerSec);
  }

  // ---- replies

  get replySocket(): Socket | null {
    return this._upgrading ? null : this._socket;
  }

  get isEnding(): boolean {
    return this.host.isClosing;
  }

  acknowledge(ids: readonly string[]): void {
    this.host.intake.acknowledge(ids);
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const lines = Array.isArray(data) ? data : [data ?? ''];
    this.out.sayLines(code, this._getEnhancedStatusCode(code, context), lines);
  }

  protected answer(reply: PreparedReply, callback: Done): void {
    this.out.say(reply);
    callback();
  }

  // ---- how it lives and ends

  override _armTimeout(socket: Socket | TLSSocket = this._socket): void {
    if (this.host.idleMs > 0) super._armTimeout(socket);
  }

  override _onTimeout(): void {
    if (this._closing || this._handlerPending) super._onTimeout();
    else this.out.say(IDLE);
  }

  override _createParser(): CommandStream {
    const stream = new CommandStream(() => this._socket);
    stream.oncommand = (command, callback) => this._onCommand(command, callback);
    stream.on('error', (error) => this.send(421, `Error: ${error.message}`));
    return stream;
  }

  /** Loopback and private addresses, where it is allowed at all. */
  override _proxyCommandAllowed(command: string, option: 'useXClient' | 'useXForward'): boolean {
    return isTrusted(this._originalRemoteAddress) && super._proxyCommandAllowed(command, option);
  }

  override _resetSession(): void {
    super._resetSession();
    this.sender = null;
    this.recipients = [];
    if (this.#isSlowed) this.#setReadRate(this.#sessionReadRate);
  }

  override _onClose(): void {
    super._onClose();
    this.treatments.end();
    this.host.onClosed(this);
  }

  /** Without a word. */
  destroy(): void {
    this._socket.destroy();
  }

  sayShuttingDown(): void {
    this.out.say(SHUTTING_DOWN);
    this.close();
  }
}

const SPACE = 0x20;

/** What follows the verb on its line. */
export function argumentOf(command: Buffer): string {
  const space = command.indexOf(SPACE);
  return space < 0 ? '' : command.toString('utf8', space + 1);
}
