/**
 * Sink: an SMTP or LMTP server that accepts every message, counts it and throws it away.
 *
 * Built on smtp-server, which owns the grammar, TLS and AUTH. Never relays, never looks a name up, never logs.
 * Binds to loopback unless told otherwise. Message bytes are RFC 1870's: without the terminator and dot-stuffing.
 * RFC 5321, RFC 2033 (LMTP), RFC 1870 (SIZE), RFC 2920 (PIPELINING), RFC 3207 (STARTTLS), RFC 4954 (AUTH).
 */
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import {
  SMTPServer,
  type SMTPServerDataStream,
  type SMTPServerOptions,
  type SMTPServerSession,
} from 'smtp-server';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import { EnvironmentError, UsageError } from '../errors.js';
import { isLoopbackHost } from '../safety.js';
import { SinkConnection } from './sink-connection.js';

export interface SinkOptions {
  /** Where to listen; anything but loopback needs `allowPublic`. */
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly protocol: 'smtp' | 'lmtp';
  readonly allowPublic?: boolean;
  /** Default `starttls`. */
  readonly tlsMode?: 'none' | 'starttls' | 'implicit';
  /** PEM; default smtp-server's self-signed certificate, whose key everyone knows. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Given: AUTH PLAIN and LOGIN are offered, without TLS too, and required before MAIL. */
  readonly auth?: { readonly user: string; readonly pass: string } | null;
  /** The name in greeting and EHLO, default `sink.example.test`. */
  readonly name?: string;
  /** SIZE, default 64 MiB. */
  readonly maxSizeBytes?: number;
  /** Silence after which a session gets a 421, default 5 minutes (RFC 5321 §4.5.3.2.7); 0 is never. */
  readonly idleMs?: number;
  /** Sessions open at once, default and 0 no limit; one more is greeted with a 421. */
  readonly maxConnections?: number;
}

/** Totals since the start. */
export interface SinkCounts {
  readonly connections: number;
  /** Answered 250, for LMTP once for each message, not for each recipient. */
  readonly messages: number;
  /** Recipients of those messages; a recipient named twice in one transaction counts once. */
  readonly recipients: number;
  readonly bytes: number;
  /** Messages refused after their content for being over maxSizeBytes. */
  readonly oversized: number;
  /** Connections that broke: reset in a transaction, failed TLS handshake. */
  readonly errors: number;
}

export interface Sink {
  /** Throws EnvironmentError: SINK_PORT_TAKEN, SINK_LISTEN_FAILED. */
  listen(): Promise<{ readonly host: string; readonly port: number }>;
  /** Says 421 to open sessions, gives them a second to leave, cuts off the rest. */
  close(): Promise<void>;
  counts(): SinkCounts;
}

const DEFAULT_MAX_SIZE_BYTES = 64 * 1024 * 1024;
const DEFAULT_IDLE_MS = 300_000;
const CLOSE_GRACE_MS = 1000;
const BACKLOG = 4096;

/**
 * Throws UsageError SINK_NOT_LOOPBACK when the host is not loopback and `allowPublic` is not set,
 * EnvironmentError SINK_CERTIFICATE_INVALID when `tls` is no certificate with its key.
 */
export function createSink(options: SinkOptions): Sink {
  if (!isLoopbackHost(options.host) && options.allowPublic !== true) {
    throw new UsageError('SINK_NOT_LOOPBACK', `the sink does not listen on ${options.host} unasked`, {
      hint: 'Listen on 127.0.0.1 or ::1, or pass --authorized if everyone on that network may send to it.',
    });
  }
  const server = createServer(options);
  return {
    listen: () => listen(server, options),
    close: () => close(server),
    counts: () => ({ ...server.counts }),
  };
}

function createServer(options: SinkOptions): SinkServer {
  try {
    return new SinkServer(options);
  } catch (cause) {
    if (options.tls === undefined) throw cause;
    throw new EnvironmentError('SINK_CERTIFICATE_INVALID', `the certificate or its key: ${reason(cause)}`, {
      hint: 'Both must be PEM, the key without a passphrase and the one the certificate was made for.',
      cause,
    });
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

class SinkServer extends SMTPServer {
  readonly counts = { connections: 0, messages: 0, recipients: 0, bytes: 0, oversized: 0, errors: 0 };
  /** Every connection whose socket is open; smtp-server's own set forgets those that have said QUIT. */
  readonly live = new Set<SinkConnection>();
  readonly idleMs: number;

  constructor(options: SinkOptions) {
    super(serverOptions(options));
    this.idleMs = options.idleMs ?? DEFAULT_IDLE_MS;
    this.on('error', () => {
      this.counts.errors++;
    });
  }

  override connect(socket: Socket | TLSSocket, socketOptions?: SMTPConnectionOptions | null): void {
    const connection = new SinkConnection(this, socket, { ...socketOptions, host: this });
    this.counts.connections++;
    this.connections.add(connection);
    this.live.add(connection);
    connection.on('error', (error: Error) => this._onError(error));
    connection.init();
  }

  onClosed(connection: SinkConnection): void {
    this.live.delete(connection);
  }

  // The base class answers each hook in a later turn of the event loop; there is nothing to wait for here.
  override onConnect(_session: SMTPServerSession, callback: () => void): void {
    callback();
  }

  override onSecure(_socket: Socket | TLSSocket, _session: SMTPServerSession, callback: () => void): void {
    callback();
  }

  override onMailFrom(_address: unknown, _session: SMTPServerSession, callback: () => void): void {
    callback();
  }

  override onRcptTo(_address: unknown, _session: SMTPServerSession, callback: () => void): void {
    callback();
  }

  override onData(stream: SMTPServerDataStream, session: SMTPServerSession, callback: () => void): void {
    stream.once('end', () => {
      this.#count(stream, session.envelope.rcptTo.length);
      callback();
    });
    stream.resume();
  }

  #count(stream: SMTPServerDataStream, recipients: number): void {
    if (stream.sizeExceeded) {
      this.counts.oversized++;
      return;
    }
    this.counts.messages++;
    this.counts.recipients += recipients;
    this.counts.bytes += stream.byteLength;
  }
}

function serverOptions(options: SinkOptions): SMTPServerOptions {
  const tlsMode = options.tlsMode ?? 'starttls';
  const disabled = ['WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD'];
  if (tlsMode !== 'starttls') disabled.push('STARTTLS');
  if (!options.auth) disabled.push('AUTH');
  return {
    name: options.name ?? 'sink.example.test',
    lmtp: options.protocol === 'lmtp',
    secure: tlsMode === 'implicit',
    ...options.tls,
    logger: false,
    disableReverseLookup: true,
    disabledCommands: disabled,
    allowInsecureAuth: true,
    ...(options.auth ? { onAuth: passwordCheck(options.auth) } : {}),
    size: options.maxSizeBytes ?? DEFAULT_MAX_SIZE_BYTES,
    rejectOversized: true,
    hideENHANCEDSTATUSCODES: false,
    hideDSN: false,
    heloResponse: '%s greets %s',
    socketTimeout: options.idleMs || DEFAULT_IDLE_MS,
    maxClients: options.maxConnections ?? 0,
    // Until smtp-server says 421 to the sessions that are open when it is closed. 0 would mean 30 s.
    closeTimeout: 1,
  };
}

function passwordCheck(expected: { readonly user: string; readonly pass: string }) {
  const check: NonNullable<SMTPServerOptions['onAuth']> = (auth, _session, callback) => {
    if (auth.username === expected.user && auth.password === expected.pass) {
      callback(null, { user: expected.user });
    } else {
      callback(null, { message: 'Wrong user name or password' });
    }
  };
  return check;
}

function listen(server: SinkServer, options: SinkOptions): Promise<{ host: string; port: number }> {
  const { host, port } = options;
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(listenError(error, host, port));
    server.server.once('error', onError);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.server.off('error', onError);
      const address = server.server.address() as AddressInfo;
      resolve({ host: address.address, port: address.port });
    });
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): EnvironmentError {
  if (error.code === 'EADDRINUSE') {
    return new EnvironmentError('SINK_PORT_TAKEN', `port ${port} on ${host} is taken`, {
      hint: 'Stop the server that listens there, or choose another port (0 takes a free one).',
      cause: error,
    });
  }
  return new EnvironmentError(
    'SINK_LISTEN_FAILED',
    `cannot listen on ${host} port ${port}: ${reason(error)}`,
    {
      hint:
        error.code === 'EACCES'
          ? 'Ports below 1024 need privileges: choose a higher one.'
          : 'Check that the address belongs to this host.',
      cause: error,
    },
  );
}

async function close(server: SinkServer): Promise<void> {
  if (!server.server.listening) return;
  const closed = new Promise<void>((resolve) => {
    server.server.once('close', resolve);
  });
  server.close();
  const cut = setTimeout(() => {
    for (const connection of server.live) connection.destroy();
  }, CLOSE_GRACE_MS);
  await closed;
  clearTimeout(cut);
}
