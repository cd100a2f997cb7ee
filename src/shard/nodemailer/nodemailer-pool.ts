/**
 * nodemailer pool: one transport of nodemailer's for all VUs of an executor that log in as the same user, with p-limit
 * before it as applications have it.
 *
 * Connections are made by our connector and handed over (`getSocket`), so that routes, source addresses, Unix sockets and
 * the ban on foreign addresses are the same as without nodemailer, and so that sessions can be counted. TLS, AUTH and
 * every word of SMTP are nodemailer's. `send` never rejects.
 */
import { createTransport } from 'nodemailer';
import type { SMTPPoolOptions } from 'nodemailer/lib/smtp-pool';
import pLimit from 'p-limit';
import type { OutgoingMessage } from '../../message/source.js';
import { newStamps, type SessionStamps } from '../../smtp/session-options.js';
import type { ConnectedSocket, ConnectSocket } from '../../smtp/transport.js';
import type { Measurements, SessionFacts } from '../measurements.js';
import {
  ConnectError,
  endOfError,
  endOfInfo,
  type Progress,
  type SendEnd,
  type SendError,
} from './nodemailer-end.js';

type Socket = ConnectedSocket['socket'];

export interface PoolContext {
  readonly options: SMTPPoolOptions;
  /** For the session about to begin. */
  readonly connect: () => ConnectSocket;
  /** Given up after this long. */
  readonly connectMs: number;
  /** Whether the address really connected to may be talked to. */
  readonly isAllowed: (remoteAddress: string) => boolean;
  readonly nowUs: () => number;
  readonly isSteadyNow: () => boolean;
  readonly measurements: Measurements;
}

/** A message on its way, as the plugin finds it again. */
class Sending {
  readonly message: OutgoingMessage;
  progress: Progress = 'setting-up';

  constructor(message: OutgoingMessage) {
    this.message = message;
  }

  get envelope() {
    const { from, to, sizeBytes, is8bit } = this.message;
    return { from, to: [...to], size: sizeBytes, use8BitMime: is8bit };
  }
}

type Transport = ReturnType<typeof createPool>;
type MailOptions = Parameters<Transport['sendMail']>[0] & { readonly sending: Sending };

export class NodemailerPool {
  readonly #context: PoolContext;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #sessions = new Set<PooledSession>();
  /** Made when needed: a closed one sends no more. */
  #transport: Transport | null = null;
  #users = 0;
  #isCut = false;

  constructor(context: PoolContext) {
    this.#context = context;
    this.#limit = pLimit(context.options.maxConnections ?? 1);
    context.measurements.trafficSources.push(() => {
      for (const session of this.#sessions) session.countTraffic();
    });
  }

  join(): void {
    this.#users++;
  }

  /**
   * Ends the sessions with the last user: nodemailer just closes them, without QUIT.
   * @param isCut its message was taken back. Its session waits 5 s for the server to close, and is dropped.
   */
  leave(isCut: boolean): void {
    this.#isCut ||= isCut;
    if (--this.#users > 0) return;
    this.#transport?.close();
    this.#transport = null;
    if (this.#isCut) this.cut();
  }

  get hasSessions(): boolean {
    return this.#sessions.size > 0;
  }

  /** Drops every connection. */
  cut(): void {
    for (const session of this.#sessions) session.cut();
  }

  /** Handed over to nodemailer at `startedAtUs`; the signal takes it back. */
  send(message: OutgoingMessage, startedAtUs: number, signal: AbortSignal): Promise<SendEnd> {
    return this.#limit(() => this.#send(message, startedAtUs, signal));
  }

  async #send(message: OutgoingMessage, startedAtUs: number, signal: AbortSignal): Promise<SendEnd> {
    const sending = new Sending(message);
    const recipients = message.to.length;
    const facts = () => ({ progress: sending.progress, recipients, endedAtUs: this.#context.nowUs() });
    this.#transport ??= createPool(this.#context.options, this.#getSocket);
    const options: MailOptions = {
      raw: bytesOf(message, startedAtUs),
      envelope: sending.envelope,
      signal,
      sending,
    };
    try {
      const info = await this.#transport.sendMail(options);
      return endOfInfo(info, facts());
    } catch (error) {
      return endOfError(error as SendError, facts());
    }
  }

  readonly #getSocket: NonNullable<SMTPPoolOptions['getSocket']> = (_options, callback) => {
    const session = new PooledSession(this.#context);
    this.#sessions.add(session);
    session.open(
      (error, connection, host) => {
        if (error === null) callback(null, { connection, host });
        else callback(error);
      },
      () => this.#sessions.delete(session),
    );
  };
}

/** A connection from its beginning to its end, for the metrics. */
class PooledSession {
  readonly #context: PoolContext;
  readonly #stamps: SessionStamps;
  readonly #isSteady: boolean;
  #socket: Socket | null = null;
  #giveUp = () => {};
  #read = 0;
  #written = 0;

  constructor(context: PoolContext) {
    this.#context = context;
    this.#stamps = newStamps(context.nowUs());
    this.#isSteady = context.isSteadyNow();
    context.measurements.sessionBegun(this.#isSteady);
  }

  open(done: (error: ConnectError | null, socket: Socket, host: string) => void, onClosed: () => void): void {
    const fail = (error: ConnectError) => {
      clearTimeout(timer);
      this.#setUp(error);
      onClosed();
      done(error, undefined as never, '');
    };
    const cancel = this.#context.connect()((error, connected) => {
      if (connected === null) return fail(new ConnectError(error ?? new Error('not connected')));
      const { socket, host } = connected;
      const { remoteAddress = '' } = socket;
      if (!this.#context.isAllowed(remoteAddress)) {
        socket.destroy();
        const reason = new Error(`${remoteAddress} is not a loopback address`);
        return fail(new ConnectError(reason, 'address-not-allowed'));
      }
      clearTimeout(timer);
      this.#own(socket, onClosed);
      done(null, socket, host);
    });
    this.#giveUp = () => {
      cancel();
      const code = 'ETIMEDOUT';
      fail(
        new ConnectError(
          Object.assign(new Error(`no connection after ${this.#context.connectMs} ms`), { code }),
        ),
      );
    };
    const timer = setTimeout(() => this.#giveUp(), this.#context.connectMs);
  }

  cut(): void {
    if (this.#socket === null) this.#giveUp();
    else this.#socket.destroy();
  }

  /** With TLS these are the bytes after encryption: it has no others. */
  countTraffic(): void {
    const { bytesRead = 0, bytesWritten = 0 } = this.#socket ?? {};
    const { traffic } = this.#context.measurements;
    traffic.receivedBytes += bytesRead - this.#read;
    traffic.sentBytes += bytesWritten - this.#written;
    this.#read = bytesRead;
    this.#written = bytesWritten;
  }

  #own(socket: Socket, onClosed: () => void): void {
    this.#socket = socket;
    this.#stamps.connectedAtUs = this.#context.nowUs();
    this.#setUp(null);
    socket.once('close', () => {
      this.countTraffic();
      this.#stamps.closedAtUs = this.#context.nowUs();
      this.#context.measurements.sessionClosed({ stamps: this.#stamps, fault: null }, this.#isSteady);
      onClosed();
    });
  }

  #setUp(error: ConnectError | null): void {
    const facts: SessionFacts = {
      fault: error === null ? null : faultOf(error),
      stamps: this.#stamps,
      tls: null,
      remote: null,
      hasFallenBack: false,
    };
    this.#context.measurements.sessionSetUp(facts, this.#isSteady);
  }
}

function faultOf({
  failure: cause,
  cause: error,
  message,
}: ConnectError): NonNullable<SessionFacts['fault']> {
  const systemCode = error.code ?? '';
  return { phase: 'connect', cause, systemCode, message, code: 0, enhanced: 0, class: 'network' };
}

/** The plugin tells how far a message got; and the envelope is ours as it stands, where nodemailer would read it anew. */
function createPool(options: SMTPPoolOptions, getSocket: NonNullable<SMTPPoolOptions['getSocket']>) {
  const transport = createTransport({ ...options, pool: true as const, getSocket });
  transport.use('stream', ({ data, message }, done) => {
    const { sending } = data as MailOptions;
    const read = message.createReadStream.bind(message);
    message.getEnvelope = () => sending.envelope;
    message.createReadStream = (settings) => {
      const stream = read(settings);
      sending.progress = 'envelope';
      stream.once('resume', () => {
        sending.progress = 'content';
      });
      stream.once('end', () => {
        sending.progress = 'sent';
      });
      return stream;
    };
    done();
  });
  return transport;
}

/** The same bytes as our own client sends, before dot-stuffing, stamped with when nodemailer got them. */
function bytesOf({ content }: OutgoingMessage, startedAtUs: number): Buffer {
  const bytes = Buffer.allocUnsafe(content.lengthBytes);
  content.writeHead(bytes, 0, startedAtUs);
  content.tail.copy(bytes, content.headBytes);
  return bytes;
}
