/**
 * Transport: a byte stream to a server over TCP, a Unix socket or TLS, behind one small interface.
 *
 * Owns the socket; destroys it on close. Knows no SMTP. Nothing is thrown: trouble comes as `onError`, once, and then
 * `onClose`, always and last. RFC 8446 (TLS 1.3), RFC 8314 §3 (implicit TLS).
 *
 * Plain sockets read into one buffer that all sockets of this thread share: a read is handed over and consumed before
 * the next one begins. TLS sockets hand over buffers of their own.
 */
import net from 'node:net';
import tls from 'node:tls';
import type { TargetAddress, TlsOptions } from '../scenario/scenario.js';

export interface Transport {
  /** Sends a latin1 string or bytes. True when the system took all of it; else the bytes stay in use until onFlushed. */
  write(data: string | Buffer): boolean;
  /** Starts TLS on the connected stream; onSecure or onError follows. */
  startTls(): void;
  /** Sends FIN after what was written. */
  end(): void;
  /** Sends what was written, then FIN, and listens no more. onClose follows. */
  close(): void;
  /** Drops the connection at once with RST where there is such a thing. onClose follows. */
  reset(): void;
  /** Drops the connection at once. onClose follows. */
  destroy(): void;
  /** Address of our end, '' when unknown. */
  readonly localAddress: string;
  /** Address of the other end, '' for Unix sockets. */
  readonly remoteAddress: string;
  /** 0 for Unix sockets, and when unknown. */
  readonly localPort: number;
  readonly remotePort: number;
}

export interface TransportListener {
  onConnect(): void;
  /** TLS is up, and the certificate is fine or nobody asked. */
  onSecure(): void;
  /** chunk[0 … length) is valid during the call only. */
  onData(chunk: Buffer, length: number): void;
  onFlushed(): void;
  /** The server sent FIN. */
  onEnd(): void;
  onError(error: NodeJS.ErrnoException): void;
  onClose(): void;
}

export type OpenTransport = (listener: TransportListener) => Transport;

const READ_BUFFER_BYTES = 65_536;
let sharedReadBuffer: Buffer | undefined;

/** Reads are synchronous on readiness only on POSIX; elsewhere every socket needs a buffer of its own. */
function readBuffer(): Buffer {
  if (process.platform === 'win32') return Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  sharedReadBuffer ??= Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  return sharedReadBuffer;
}

/** Connects at once; `onConnect` follows later. Then call startTls, now (implicit TLS) or after STARTTLS, or never. */
export function openSocket(
  address: TargetAddress,
  tlsOptions: TlsOptions,
  listener: TransportListener,
): Transport {
  return new SocketTransport(address, tlsOptions, listener);
}

function endpointOf(address: TargetAddress): { host: string; port: number } | { path: string } {
  switch (address.kind) {
    case 'tcp':
      return { host: address.host, port: address.port };
    case 'unix':
      return { path: address.path };
    case 'mx':
      return { host: address.domain, port: address.port };
    default:
      return address satisfies never;
  }
}

class SocketTransport implements Transport {
  readonly #address: TargetAddress;
  readonly #tls: TlsOptions;
  readonly #listener: TransportListener;
  readonly #plain: net.Socket;
  #stream: net.Socket;
  #hasFailed = false;
  readonly #onWritten = (error?: Error | null) => {
    if (error == null && this.#stream.writableLength === 0) this.#listener.onFlushed();
  };

  constructor(address: TargetAddress, tlsOptions: TlsOptions, listener: TransportListener) {
    this.#address = address;
    this.#tls = tlsOptions;
    this.#listener = listener;
    const endpoint = endpointOf(address);
    // onread would swallow the bytes of a handshake; sockets that may turn to TLS read the ordinary way.
    const mayUpgrade = tlsOptions.mode !== 'none';
    const onread = mayUpgrade ? undefined : { buffer: readBuffer(), callback: this.#onRead };
    this.#plain = net.connect({
      ...endpoint,
      noDelay: true,
      ...(onread && { onread }),
    } as net.NetConnectOpts);
    this.#stream = this.#plain;
    this.#watch(this.#plain);
    if (mayUpgrade && tlsOptions.mode !== 'implicit') this.#plain.on('data', this.#onData);
    this.#plain.once('connect', () => this.#listener.onConnect());
    this.#plain.once('close', () => {
      if (this.#stream === this.#plain) this.#listener.onClose();
    });
  }

  get localAddress(): string {
    return this.#plain.localAddress ?? '';
  }

  get remoteAddress(): string {
    return this.#plain.remoteAddress ?? '';
  }

  get localPort(): number {
    return this.#plain.localPort ?? 0;
  }

  get remotePort(): number {
    return this.#plain.remotePort ?? 0;
  }

  write(data: string | Buffer): boolean {
    const stream = this.#stream;
    if (stream !== this.#plain) {
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
    this.#plain.removeListener('data', this.#onData);
    const host = this.#address.kind === 'tcp' ? this.#address.host : 'localhost';
    const secure = tls.connect({
      socket: this.#plain,
      rejectUnauthorized: this.#tls.verify,
      host,
      // RFC 6066 §3: no literal addresses in SNI.
      ...(net.isIP(host) === 0 && { servername: host }),
    });
    this.#stream = secure;
    this.#watch(secure);
    secure.once('secureConnect', () => {
      secure.on('data', this.#onData);
      this.#listener.onSecure();
    });
    secure.once('close', () => this.#listener.onClose());
  }

  end(): void {
    this.#stream.end();
  }

  close(): void {
    this.#hasFailed = true;
    this.#stream.destroySoon();
  }

  reset(): void {
    this.#hasFailed = true;
    if (this.#address.kind !== 'unix') this.#plain.resetAndDestroy();
    this.destroy();
  }

  destroy(): void {
    // An error that comes of it is no news.
    this.#hasFailed = true;
    this.#stream.destroy();
    this.#plain.destroy();
  }

  readonly #onRead = (length: number, buffer: Uint8Array): boolean => {
    this.#listener.onData(buffer as Buffer, length);
    return true;
  };

  readonly #onData = (chunk: Buffer): void => {
    this.#listener.onData(chunk, chunk.length);
  };

  #watch(stream: net.Socket): void {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      this.#listener.onError(error);
    });
    stream.on('end', () => {
      if (stream === this.#stream) this.#listener.onEnd();
    });
  }
}
