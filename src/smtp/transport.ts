/**
 * Transport: a byte stream to a server over TCP, a Unix socket or TLS, behind the small interface of open-transport.ts.
 *
 * Owns the socket; destroys it on close. Knows no SMTP. Nothing is thrown: trouble comes as `onError`, once, and then
 * `onClose`, always and last. Of several endpoints it tries the next when one cannot be reached (RFC 5321 §5.1); only
 * the last one's error is told. RFC 8446 (TLS 1.3), RFC 8314 §3 (implicit TLS).
 *
 * Plain sockets read into one buffer that all sockets of this thread share: a read is handed over and consumed before
 * the next one begins. TLS sockets hand over buffers of their own.
 */
import net from 'node:net';
import tls from 'node:tls';
import type { TargetAddress } from '../scenario/scenario.js';
import type { TlsFacts, Transport, TransportListener } from './open-transport.js';
import { openProcess } from './process-socket.js';
import { explained, isPortTaken, mayTryNext } from './system-error.js';
import type { TlsSettings } from './tls-context.js';
import type { TlsTickets } from './tls-tickets.js';

/** Where to connect. */
export type Endpoint = TcpEndpoint | Exclude<TargetAddress, { readonly kind: 'tcp' | 'mx' }>;

export interface TcpEndpoint {
  readonly kind: 'tcp';
  /** An address, not a name. */
  readonly address: string;
  readonly port: number;
  /** As it was named: what the certificate must bear. */
  readonly host: string;
  /** Ours to connect from; null: the system's choice. */
  readonly localAddress: string | null;
  readonly localPort: number | null;
  /** Given up after this long; null: only by the owner. */
  readonly timeoutMs: number | null;
}

/** Told with each question whether the one before failed because its port of ours is taken. */
export type Endpoints = AsyncIterator<Endpoint, void, boolean>;

export interface SocketOptions {
  /** One, or those to try one after the other; it is asked for the next only when one failed, and throws when a look-up failed. */
  readonly endpoint: Endpoint | Endpoints;
  readonly tls: TlsSettings;
  /** Nothing is said before the handshake, so that TLS connects by itself and reads into the shared buffer. */
  readonly beginsWithTls: boolean;
  /** Where TLS sessions are resumed from; null: never. */
  readonly tickets: TlsTickets | null;
}

const READ_BUFFER_BYTES = 65_536;
let sharedReadBuffer: Buffer | undefined;

/** Reads are synchronous on readiness only on POSIX; elsewhere every socket needs a buffer of its own. */
function readBuffer(): Buffer {
  if (process.platform === 'win32') return Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  sharedReadBuffer ??= Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  return sharedReadBuffer;
}

/** Connects at once; `onConnect` follows later. Then call startTls, now (implicit TLS) or after STARTTLS, or never. */
export function openSocket(options: SocketOptions, listener: TransportListener): Transport {
  return new SocketTransport(options, listener);
}

export interface ConnectedSocket {
  /** Plain, paused, and the caller's from now on. */
  readonly socket: net.Socket;
  /** As it was named: what a certificate must bear. */
  readonly host: string;
}

/** Connects for somebody else; calls back once, later. Returns what gives it up, with no call after that. */
export type ConnectSocket = (
  done: (error: NodeJS.ErrnoException | null, connected: ConnectedSocket | null) => void,
) => () => void;

/** For a client that brings its own TLS. `options.tls.options.mode` must be `starttls`: nothing is read before TLS may begin. */
export function connectSocket(options: SocketOptions, done: Parameters<ConnectSocket>[0]): () => void {
  let isOver = false;
  const once = (error: NodeJS.ErrnoException | null, connected: ConnectedSocket | null) => {
    if (!isOver) done(error, connected);
    isOver = true;
  };
  const ignore = () => {};
  const transport = new SocketTransport(options, {
    onConnect: () => once(null, transport.release()),
    onError: (error) => once(error, null),
    ...{ onSecure: ignore, onData: ignore, onFlushed: ignore, onEnd: ignore, onClose: ignore },
  });
  return () => {
    if (isOver) return;
    isOver = true;
    transport.destroy();
  };
}

class SocketTransport implements Transport {
  tls: TlsFacts | null = null;
  readonly #options: SocketOptions;
  readonly #listener: TransportListener;
  /** null while a name is being looked up. */
  #plain: net.Socket | null = null;
  /** What is talked through: the plain socket, or TLS on it. */
  #stream: net.Socket | null = null;
  #endpoint: Endpoint | null = null;
  /** Why the endpoint before this one could not be reached. */
  #lastError: Error | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isConnected = false;
  #hasFailed = false;
  /** In a handshake that offers a ticket. */
  #isOffering = false;
  readonly #onWritten = (error?: Error | null) => {
    if (error == null && this.#stream?.writableLength === 0) this.#listener.onFlushed();
  };

  constructor(options: SocketOptions, listener: TransportListener) {
    this.#options = options;
    this.#listener = listener;
    if ('kind' in options.endpoint) this.#dial(options.endpoint);
    else this.#dialNext(options.endpoint);
  }

  get localAddress(): string {
    return this.#plain?.localAddress ?? '';
  }

  get remoteAddress(): string {
    return this.#plain?.remoteAddress ?? '';
  }

  get localPort(): number {
    return this.#plain?.localPort ?? 0;
  }

  get remotePort(): number {
    return this.#plain?.remotePort ?? 0;
  }

  write(data: string | Buffer): boolean {
    const stream = this.#stream as net.Socket;
    if (stream !== this.#plain || this.#options.beginsWithTls) {
      // TLS never completes at once.
      stream.write(data as string, 'latin1', this.#onWritten);
      return false;
    }
    if (typeof data === 'string') stream.write(data, 'latin1');
    else stream.write(data);
    // 0 right after a write that the kernel took whole; else a callback tells.
    if (stream.writableLength === 0) return true;
    stream.write('', this.#onWritten);
    return false;
  }

  startTls(): void {
    if (this.#options.beginsWithTls) return;
    const plain = this.#plain as net.Socket;
    plain.removeListener('data', this.#onData);
    const secure = this.#connectTls({ socket: plain });
    this.#stream = secure;
    this.#watch(secure);
    secure.once('secureConnect', () => secure.on('data', this.#onData));
    secure.once('close', () => this.#listener.onClose());
  }

  #connectTls(via: tls.ConnectionOptions): tls.TLSSocket {
    const { options, context } = this.#options.tls;
    const name = options.servername ?? this.#hostName();
    const tickets = this.#options.tickets?.of(`${name} ${this.#where()}`);
    const offered = tickets?.take();
    const secure = tls.connect({
      host: name,
      ...via,
      secureContext: context as tls.SecureContext,
      rejectUnauthorized: options.verify,
      // RFC 6066 §3: no literal addresses in SNI.
      ...(net.isIP(name) === 0 && { servername: name }),
      ...(offered !== undefined && { session: offered }),
    });
    this.#isOffering = offered !== undefined;
    if (offered !== undefined) {
      secure.once('close', () => {
        if (this.#isOffering) this.#isConnected ? tickets?.fail() : tickets?.add(offered);
      });
    }
    if (tickets !== undefined) secure.on('session', (ticket) => tickets.add(ticket));
    secure.once('secureConnect', () => {
      this.#isOffering = false;
      this.tls = factsOf(secure);
      if (offered !== undefined && this.tls.isResumed) tickets?.keep(offered);
      this.#listener.onSecure();
    });
    return secure;
  }

  end(): void {
    this.#stream?.end();
  }

  close(): void {
    if (this.#plain === null) return this.destroy();
    this.#hasFailed = true;
    this.#stream?.destroySoon();
  }

  reset(): void {
    // Without a socket destroy() has more to do.
    if (this.#plain !== null) this.#hasFailed = true;
    // A TLS socket has no RST to send.
    if (this.#endpoint?.kind !== 'tcp' || this.#options.beginsWithTls) return this.destroy();
    this.#plain?.resetAndDestroy();
    // TLS on it closes with it. Destroyed too inside one of its own callbacks, it takes Node down (20.20: SIGSEGV).
    if (this.#stream === this.#plain) this.destroy();
  }

  /** Hands the connected socket over; what happens to it is no business of this transport any more. */
  release(): ConnectedSocket {
    const socket = this.#plain as net.Socket;
    this.#hasFailed = true;
    socket.removeListener('data', this.#onData);
    socket.pause();
    return { socket, host: this.#hostName() };
  }

  destroy(): void {
    if (this.#plain === null && !this.#hasFailed) this.#closeSoon();
    // An error that comes of it is no news.
    this.#hasFailed = true;
    this.#stream?.destroy();
    this.#plain?.destroy();
  }

  #dial(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
    // onread would swallow the bytes of a handshake; sockets that may turn to TLS read the ordinary way.
    const { mode } = this.#options.tls.options;
    const plain = this.#options.beginsWithTls ? this.#openSecure(endpoint) : this.#openPlain(endpoint);
    this.#plain = plain;
    this.#stream = plain;
    this.#watch(plain);
    if (mode === 'opportunistic' || mode === 'starttls') plain.on('data', this.#onData);
    if (endpoint.kind === 'tcp' && endpoint.timeoutMs !== null) this.#limitTime(plain, endpoint.timeoutMs);
    // Before TLS, which listens too, says a word: whether it may is for our listener to say.
    plain.prependOnceListener('connect', () => {
      clearTimeout(this.#timer);
      this.#isConnected = true;
      this.#listener.onConnect();
    });
    // Its socket is connected from the start, and says so to nobody. Later than the next tick its greeting might be there first.
    if (endpoint.kind === 'exec') process.nextTick(() => plain.destroyed || plain.emit('connect'));
    plain.once('close', () => {
      if (this.#stream !== plain) return;
      clearTimeout(this.#timer);
      this.#listener.onClose();
    });
  }

  #openPlain(endpoint: Endpoint): net.Socket {
    const onread = { buffer: readBuffer(), callback: this.#onRead };
    const { mode } = this.#options.tls.options;
    if (endpoint.kind === 'exec') return this.#openProcess(endpoint.program, endpoint.args);
    const options = { ...placeOf(endpoint), noDelay: true, ...(mode === 'none' && { onread }) };
    return net.connect(options as net.NetConnectOpts);
  }

  #openProcess(program: string, args: readonly string[]): net.Socket {
    const socket = openProcess(program, args) as net.Socket;
    if (this.#options.tls.options.mode === 'none') socket.on('data', this.#onData);
    return socket;
  }

  #openSecure(endpoint: Endpoint): net.Socket {
    const onread = { buffer: readBuffer(), callback: this.#onSecureRead };
    const via: object = { ...placeOf(endpoint), onread };
    return this.#connectTls(via).setNoDelay(true);
  }

  /** Tries the next endpoint, if there is one. */
  #dialNext(endpoints: Endpoints, isPortTaken = false): void {
    clearTimeout(this.#timer);
    this.#plain = null;
    this.#stream = null;
    endpoints.next(isPortTaken).then(
      ({ value }) => {
        if (this.#hasFailed) return;
        if (value) this.#dial(value);
        else this.#failWithoutSocket(this.#lastError ?? new Error('nowhere to connect'));
      },
      (error: Error) => {
        if (!this.#hasFailed) this.#failWithoutSocket(error);
      },
    );
  }

  #failWithoutSocket(error: Error): void {
    this.#hasFailed = true;
    this.#closeSoon();
    this.#listener.onError(error);
  }

  /** There is no socket whose close could be told. */
  #closeSoon(): void {
    setImmediate(() => this.#listener.onClose());
  }

  /** A share of the time for each of several addresses: one that swallows packets must not use it all up. */
  #limitTime(socket: net.Socket, timeoutMs: number): void {
    this.#timer = setTimeout(() => {
      const error = new Error(`no connection after ${Math.round(timeoutMs)} ms`);
      socket.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
    }, timeoutMs);
  }

  readonly #onRead = (length: number, buffer: Uint8Array): boolean => {
    this.#listener.onData(buffer as Buffer, length);
    return true;
  };

  /** What comes before the certificate was found good is not for anybody's eyes. */
  readonly #onSecureRead = (length: number, buffer: Uint8Array): boolean => {
    if (this.tls !== null) this.#listener.onData(buffer as Buffer, length);
    return true;
  };

  readonly #onData = (chunk: Buffer): void => {
    this.#listener.onData(chunk, chunk.length);
  };

  #watch(stream: net.Socket): void {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#hasFailed) return;
      if (this.#isConnected) this.#fail(error);
      else this.#onUnreachable(error);
    });
    stream.on('end', () => {
      if (stream !== this.#stream) return;
      if (this.#isOffering) this.#fail(new Error(ENDED_AT_TICKET));
      else this.#listener.onEnd();
    });
  }

  #onUnreachable(error: NodeJS.ErrnoException): void {
    const { endpoint: endpoints } = this.#options;
    const endpoint = this.#endpoint as Endpoint;
    if (endpoint.kind !== 'tcp') return this.#fail(error);
    this.#lastError = explained(error, endpoint);
    if ('kind' in endpoints || !mayTryNext(error, endpoint)) this.#fail(error);
    else this.#dialNext(endpoints, isPortTaken(error, endpoint));
  }

  #fail(error: NodeJS.ErrnoException): void {
    this.#hasFailed = true;
    this.#listener.onError(error);
  }

  #hostName(): string {
    return this.#endpoint?.kind === 'tcp' ? this.#endpoint.host : 'localhost';
  }

  /** Tells servers apart. */
  #where(): string {
    const endpoint = this.#endpoint as Endpoint;
    if (endpoint.kind === 'tcp') return `${endpoint.host} ${endpoint.port}`;
    return endpoint.kind === 'unix' ? endpoint.path : endpoint.program;
  }
}

/** Nobody would think of it. */
const ENDED_AT_TICKET =
  'the server hung up when a TLS session was to be resumed; `resumption: false` under target.tls does without';

function placeOf(endpoint: Endpoint): net.NetConnectOpts {
  if (endpoint.kind !== 'tcp') return { path: endpoint.kind === 'unix' ? endpoint.path : endpoint.program };
  const { address, port, localAddress, localPort } = endpoint;
  return {
    host: address,
    port,
    ...(localAddress !== null && { localAddress }),
    ...(localPort !== null && { localPort }),
  };
}

function factsOf(secure: tls.TLSSocket): TlsFacts {
  return {
    version: secure.getProtocol() ?? '',
    cipher: secure.getCipher().name,
    isResumed: secure.isSessionReused(),
  };
}
