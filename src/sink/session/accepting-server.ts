/**
 * AcceptingServer: smtp-server's listener with our connections, options and hooks, and no turn of the event loop lost.
 *
 * Reads the PROXY header where one is due, wraps the socket where a behaviour may meddle with it, and knows every
 * connection whose socket is open, also after QUIT.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import type { MutableCounts } from '../counts.js';
import type { Judge } from '../judge.js';
import type { SinkOptions } from '../options.js';
import { FaultySocket } from '../socket/faulty-socket.js';
import { hiddenSet } from './capabilities.js';
import type { Intake } from './intake.js';
import { readProxySource } from './proxied-socket.js';
import { SinkConnection } from './sink-connection.js';
import type { ConnectionHost, TreatedConnection, Wire } from './treated-connection.js';

const DEFAULT_MAX_SIZE_BYTES = 64 * 1024 * 1024;
const DEFAULT_IDLE_MS = 300_000;

export interface ServerParts {
  readonly judge: Judge | null;
  readonly intake: Intake;
  readonly counts: MutableCounts;
  readonly nowMs: () => number;
  /** Unique to this process: what session ids begin with. */
  readonly boot: string;
}

type SocketOptions = SMTPConnectionOptions & { id: string };

/** The id is given at connect(). */
const NO_SOURCE: SocketOptions = { id: '' };

export class AcceptingServer extends SMTPServer implements ConnectionHost {
  /** Every connection whose socket is open; smtp-server's own set forgets those that have said QUIT. */
  readonly live = new Set<TreatedConnection>();
  readonly idleMs: number;
  readonly limitBytes: number;
  readonly maxRecipients: number;
  readonly hidden: ConnectionHost['hidden'];
  readonly isLmtp: boolean;
  readonly needsAuth: boolean;
  readonly intake: Intake;
  readonly counts: MutableCounts;
  readonly nowMs: () => number;
  readonly boot: string;
  judge: Judge | null;
  isClosing = false;
  readonly #isProxied: boolean;
  readonly #underTls = new WeakMap<Socket, Wire>();
  #session = 0;

  constructor(options: SinkOptions, parts: ServerParts) {
    super(serverOptions(options));
    this.idleMs = options.idleMs ?? DEFAULT_IDLE_MS;
    this.limitBytes = options.maxSizeBytes ?? DEFAULT_MAX_SIZE_BYTES;
    this.maxRecipients = options.maxRecipients ?? 0;
    this.hidden = hiddenSet(options.hidden);
    this.isLmtp = options.protocol === 'lmtp';
    this.needsAuth = Boolean(options.auth) && !this.hidden.has('AUTH');
    this.intake = parts.intake;
    this.counts = parts.counts;
    this.nowMs = parts.nowMs;
    this.judge = parts.judge;
    this.boot = parts.boot;
    this.#isProxied = options.proxy ?? false;
    this.on('error', () => {
      this.counts.errors++;
    });
  }

  override connect(socket: Socket | TLSSocket, socketOptions?: SMTPConnectionOptions | null): void {
    const underTls = this.#underTls.get(socket);
    const wire = underTls ?? this.#wireOf(socket);
    const connection = new SinkConnection(this, underTls === undefined ? asSocket(wire) : socket, {
      ...socketOptions,
      id: `${this.boot}.${(this.#session++).toString(36)}`,
      host: this,
      wire,
    });
    this.counts.connections++;
    this.connections.add(connection);
    this.live.add(connection);
    connection.on('error', (error: Error) => this._onError(error));
    connection.init();
  }

  #wireOf(socket: Socket): Wire {
    return this.judge?.usesSocketFaults ? new FaultySocket(socket) : socket;
  }

  /** Implicit TLS: faults act below it. */
  override _upgrade(socket: Socket, callback: (error: Error | null, tlsSocket?: TLSSocket) => void): void {
    const wire = this.#wireOf(socket);
    super._upgrade(asSocket(wire), (error, tlsSocket) => {
      if (tlsSocket !== undefined) this.#underTls.set(tlsSocket, wire);
      callback(error, tlsSocket);
    });
  }

  override _expectsProxyHeader(): boolean {
    return this.#isProxied;
  }

  /** smtp-server knows version 1 only, and loses a turn of the event loop without it. */
  override _handleProxy(
    socket: Socket,
    callback: (error: Error | null, options?: SocketOptions) => void,
  ): void {
    if (!this.#isProxied) return callback(null, NO_SOURCE);
    readProxySource(socket, (error, source) => {
      if (error !== null) this.counts.errors++;
      if (error !== null || source === null) callback(error, NO_SOURCE);
      else callback(null, { id: '', remoteAddress: source.address, remotePort: source.port });
    });
  }

  onClosed(connection: TreatedConnection): void {
    if (this.live.delete(connection)) this.counts.ended++;
  }

  // The base class answers each hook in a later turn of the event loop; there is nothing to wait for here.
  override onConnect(_session: SMTPServerSession, callback: () => void): void {
    callback();
  }

  override onSecure(_socket: Socket | TLSSocket, _session: SMTPServerSession, callback: () => void): void {
    callback();
  }
}

/** It has the face of one, as far as smtp-server and node:tls look at it. */
function asSocket(wire: Wire): Socket {
  return wire as unknown as Socket;
}

function serverOptions(options: SinkOptions): SMTPServerOptions {
  const tlsMode = options.tlsMode ?? 'starttls';
  const hidden = hiddenSet(options.hidden);
  const disabled = ['WIZ', 'SHELL', 'KILL'];
  if (tlsMode !== 'starttls' || hidden.has('STARTTLS')) disabled.push('STARTTLS');
  if (!options.auth || hidden.has('AUTH')) disabled.push('AUTH');
  if (!options.xclient || hidden.has('XCLIENT')) disabled.push('XCLIENT', 'XFORWARD');
  const limitBytes = options.maxSizeBytes ?? DEFAULT_MAX_SIZE_BYTES;
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
    ...(hidden.has('SIZE') ? {} : { size: limitBytes }),
    hideENHANCEDSTATUSCODES: false,
    hideDSN: hidden.has('DSN'),
    hideREQUIRETLS: hidden.has('REQUIRETLS'),
    heloResponse: '%s greets %s',
    socketTimeout: options.idleMs || DEFAULT_IDLE_MS,
    maxClients: options.maxConnections ?? 0,
    useXClient: options.xclient ?? false,
    useXForward: options.xclient ?? false,
  };
}

function passwordCheck(expected: { readonly user: string; readonly pass: string }) {
  const check: NonNullable<SMTPServerOptions['onAuth']> = (auth, _session, callback) => {
    // A trusted proxy has asked for the password already.
    if (auth.method === 'XCLIENT') callback(null, { user: auth.username });
    else if (auth.username === expected.user && auth.password === expected.pass) {
      callback(null, { user: expected.user });
    } else {
      callback(null, { message: 'Wrong user name or password' });
    }
  };
  return check;
}
