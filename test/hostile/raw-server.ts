/**
 * A server over raw sockets that does what its script says, byte for byte. No SMTP in here: a `Peer` is one accepted
 * connection, with ways to write, to read lines and contents, to turn to TLS, and to end badly. A script that waits
 * for a client that has gone is dropped. Shares no code with the wire client.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { type SecureContextOptions, TLSSocket, type TlsOptions } from 'node:tls';

export type Script = (peer: Peer) => Promise<void> | void;

/** How a server does TLS. */
export type ServerTls = SecureContextOptions & Pick<TlsOptions, 'requestCert' | 'rejectUnauthorized'>;

const END_OF_CONTENT = Buffer.from('\r\n.\r\n');

/** Thrown at a script whose client has gone. */
class Gone extends Error {}

export class RawServer {
  readonly port: number;
  /** Every connection ever accepted, oldest first. */
  readonly peers: Peer[] = [];
  /** What scripts threw other than by their client's leaving: there must be none. */
  readonly errors: unknown[] = [];
  readonly #server: Server;

  constructor(server: Server, script: Script) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => this.#accept(socket, script));
  }

  get connections(): number {
    return this.peers.length;
  }

  /** When every connection is closed, from our end too. */
  async quiet(): Promise<void> {
    await Promise.all(this.peers.map((peer) => peer.closed));
  }

  close(): void {
    for (const peer of this.peers) peer.destroy();
    this.#server.close();
  }

  #accept(socket: Socket, script: Script): void {
    const peer = new Peer(socket, this.peers.length);
    this.peers.push(peer);
    Promise.resolve()
      .then(() => script(peer))
      .catch((error: unknown) => {
        if (!(error instanceof Gone)) this.errors.push(error);
      });
  }
}

export async function startRawServer(t: Pick<TestContext, 'after'>, script: Script): Promise<RawServer> {
  const server = createServer({ noDelay: true, allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const raw = new RawServer(server, script);
  t.after(() => raw.close());
  return raw;
}

export class Peer {
  /** Of this connection, 0…. */
  readonly index: number;
  /** Resolves when the connection is closed, however that came. */
  readonly closed: Promise<void>;
  isSecure = false;
  /** The client sent FIN. */
  hasEnded = false;
  receivedBytes = 0;
  #stream: Socket;
  readonly #plain: Socket;
  /** Come and not read yet: a part of `#room`, from `#start`. */
  #bytes: Buffer = Buffer.alloc(0);
  #room: Buffer = Buffer.alloc(0);
  #start = 0;
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(socket: Socket, index: number) {
    this.index = index;
    this.#plain = socket;
    this.#stream = socket;
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#isClosed = true;
        this.#wake();
        resolve();
      });
    });
    this.#watch(socket);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Bytes as they are: a string is Latin-1. */
  say(bytes: string | Buffer): void {
    if (this.#isClosed || this.#stream.destroyed || this.#stream.writableEnded) return;
    if (typeof bytes === 'string') this.#stream.write(bytes, 'latin1');
    else this.#stream.write(bytes);
  }

  /** Resolves when the client takes more, or has gone. */
  async drained(): Promise<void> {
    while (!this.#isClosed && this.#stream.writableLength > 0) await turn();
  }

  /** To the socket under TLS. */
  sayBelowTls(bytes: string | Buffer): void {
    this.#plain.write(bytes as string, 'latin1');
  }

  /** The next line, CRLF cut off. */
  async line(): Promise<string> {
    const end = await this.#until(() => this.#bytes.indexOf('\r\n'));
    const line = this.#bytes.toString('latin1', 0, end);
    this.#drop(end + 2);
    return line;
  }

  /** A message up to its end-of-data, dots still stuffed; '' for a lone dot. */
  async content(): Promise<string> {
    const isEmpty = (await this.#until(() => (this.#bytes.length >= 3 ? 1 : -1))) && this.#startsWithDot();
    if (isEmpty) return this.#take(3).slice(3);
    let from = 0;
    const end = await this.#until(() => {
      const at = this.#bytes.indexOf(END_OF_CONTENT, from);
      from = Math.max(0, this.#bytes.length - END_OF_CONTENT.length);
      return at;
    });
    return this.#take(end + END_OF_CONTENT.length).slice(0, end + 2);
  }

  /** Exactly so many bytes. */
  async bytes(count: number): Promise<string> {
    await this.#until(() => (this.#bytes.length >= count ? count : -1));
    return this.#take(count);
  }

  /** At least one more byte came than was there. */
  async more(): Promise<void> {
    const before = this.receivedBytes;
    await this.#until(() => (this.receivedBytes > before ? 1 : -1));
  }

  /** All that came and was not read, at least a byte. */
  async some(): Promise<string> {
    await this.#until(() => (this.#bytes.length > 0 ? 1 : -1));
    const taken = this.#take(this.#bytes.length);
    this.#room = Buffer.alloc(0);
    this.#bytes = this.#room;
    this.#start = 0;
    return taken;
  }

  /** Waits for the client to go without reading: looks up now and then, because who does not read is not told. */
  async closedSoon(): Promise<void> {
    while (!this.#isClosed) {
      await new Promise((resolve) => setTimeout(resolve, 700));
      this.#stream.removeAllListeners('data');
      this.#stream.resume();
    }
    throw new Gone();
  }

  /** Throws away what came and was not read. */
  forget(): void {
    this.#drop(this.#bytes.length);
  }

  /** Waits for the client to go. */
  async silence(): Promise<never> {
    await this.#until(() => -1);
    throw new Gone();
  }

  /** Reads no more; the kernel's buffers fill. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  fin(): void {
    this.#stream.end();
  }

  /** FIN on the socket under TLS, without close_notify. */
  finBelowTls(): void {
    this.#plain.end();
  }

  reset(): void {
    this.#plain.resetAndDestroy();
  }

  destroy(): void {
    this.#plain.destroy();
  }

  /** The server's side of a handshake. Never comes back when the client does not want it. */
  async secure(options: ServerTls): Promise<void> {
    this.#plain.removeAllListeners('data');
    this.#plain.removeAllListeners('end');
    const secure = new TLSSocket(this.#plain, { isServer: true, ...options });
    this.#stream = secure;
    this.#watch(secure);
    await new Promise<void>((resolve) => {
      secure.once('secure', resolve);
    });
    // As tls.Server does, which cannot be had for half-open sockets.
    if (options.rejectUnauthorized === true && verifyError(secure) !== null) {
      this.#plain.destroy();
      throw new Gone();
    }
    this.isSecure = true;
  }

  #watch(stream: Socket): void {
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => {
      this.receivedBytes += chunk.length;
      this.#append(chunk);
      this.#wake();
    });
    stream.on('end', () => {
      this.hasEnded = true;
      // As servers do, unless a script keeps its own half open for a reason.
      if (!stream.writableEnded) stream.end();
    });
  }

  /** In place where there is room behind, else in twice the room, so that long contents cost no more than their length. */
  #append(chunk: Buffer): void {
    const { length } = this.#bytes;
    if (length + chunk.length > this.#room.length - this.#start) {
      const room = Buffer.allocUnsafeSlow(2 * (length + chunk.length));
      this.#bytes.copy(room);
      this.#room = room;
      this.#start = 0;
    }
    chunk.copy(this.#room, this.#start + length);
    this.#bytes = this.#room.subarray(this.#start, this.#start + length + chunk.length);
  }

  /** Forgets the first bytes. */
  #drop(count: number): void {
    this.#start += count;
    this.#bytes = this.#bytes.subarray(count);
  }

  #startsWithDot(): boolean {
    return this.#bytes.toString('latin1', 0, 3) === '.\r\n';
  }

  #take(count: number): string {
    const taken = this.#bytes.toString('latin1', 0, count);
    this.#drop(count);
    return taken;
  }

  async #until(find: () => number): Promise<number> {
    for (;;) {
      const at = find();
      if (at >= 0) return at;
      if (this.#isClosed) throw new Gone();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** What OpenSSL thinks of the client's certificate; Node shows it to tls.Server alone. */
function verifyError(socket: TLSSocket): Error | null {
  const { ssl } = socket as unknown as { readonly ssl: { verifyError(): Error | null } };
  return ssl.verifyError();
}

/** Lets the loop go round once, so that what was written leaves in a segment of its own. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Lets the other end, which lives in this process, read what was said. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}
