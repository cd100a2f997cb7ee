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
import { hiddenSet } from './capabilities.js';
import type { MutableCounts } from './counts.js';
import type { Intake } from './intake.js';
import type { Judge } from './judge.js';
import type { SinkOptions } from './options.js';
import { SinkConnection } from './sink-connection.js';
import type { ConnectionHost, TreatedConnection } from './treated-connection.js';

const DEFAULT_MAX_SIZE_BYTES = 64 * 1024 * 1024;
const DEFAULT_IDLE_MS = 300_000;

export interface ServerParts {
  readonly judge: Judge | null;
  readonly intake: Intake;
  readonly counts: MutableCounts;
  readonly nowMs: () => number;
}

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
  judge: Judge | null;
  isClosing = false;

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
    this.on('error', () => {
      this.counts.errors++;
    });
  }

  override connect(socket: Socket | TLSSocket, socketOptions?: SMTPConnectionOptions | null): void {
    const connection = new SinkConnection(this, socket, {
      ...socketOptions,
      host: this,
      wire: socket,
    });
    this.counts.connections++;
    this.connections.add(connection);
    this.live.add(connection);
    connection.on('error', (error: Error) => this._onError(error));
    connection.init();
  }

  onClosed(connection: TreatedConnection): void {
    this.live.delete(connection);
  }

  // The base class answers each hook in a later turn of the event loop; there is nothing to wait for here.
  override onConnect(_session: SMTPServerSession, callback: () => void): void {
    callback();
  }

  override onSecure(_socket: Socket | TLSSocket, _session: SMTPServerSession, callback: () => void): void {
    callback();
  }
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
