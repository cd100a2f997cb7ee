/**
 * Open transport: what a session asks of the byte stream to its server, and is told by it.
 *
 * Types only, so that a stream may also be a test's; the one over sockets is in transport.ts. Whoever implements it calls
 * nothing from inside `OpenTransport`, `write` or `destroy`, throws nothing, and calls `onClose` once and last.
 */
export interface Transport {
  /** Sends a latin1 string or bytes. True when the system took all of it; else the bytes stay in use until onFlushed. */
  write(data: string | Buffer): boolean;
  /** Starts TLS on the connected stream; onSecure or onError follows. */
  startTls(): void;
  /** Sends FIN after what was written. */
  end(): void;
  /** Sends what was written, then FIN, and listens no more. onClose follows. */
  close(): void;
  /** Drops the connection at once, with RST over TCP, unless it `beginsWithTls`. onClose follows. */
  reset(): void;
  /** Drops the connection at once. onClose follows. */
  destroy(): void;
  /** Address of our end, '' when unknown. */
  readonly localAddress: string;
  /** Address of the other end, '' for Unix sockets. */
  readonly remoteAddress: string;
  /** What the handshake agreed on; null before it and without TLS. */
  readonly tls: TlsFacts | null;
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

export interface TlsFacts {
  /** `TLSv1.3` */
  readonly version: string;
  /** OpenSSL's name. */
  readonly cipher: string;
  /** No full handshake: an earlier session went on. */
  readonly isResumed: boolean;
}

export type OpenTransport = (listener: TransportListener) => Transport;
