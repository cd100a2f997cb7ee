/**
 * A transport without a socket, and the world around it: a clock that stands still unless told, the deadlines, and
 * the list of connections opened. The test plays the server through `connect`, `say`, `fin`, `reset` and so on.
 *
 * Keeps what transport.ts promises: nothing is called from inside `openTransport`, `write` or `destroy`; `onClose`
 * comes once and last, when the world next settles.
 */
import { commandTimeoutsUs } from '#src/smtp/command.js';
import { Deadlines } from '#src/smtp/deadlines.js';
import type { TlsFacts, Transport, TransportListener } from '#src/smtp/open-transport.js';
import type { SessionIdentity } from '#src/smtp/session-options.js';
import type { WireContext } from '#src/smtp/wire.js';
import { WriteBuffer } from '#src/smtp/write-buffer.js';
import { sessionIdentity } from './options.js';

/** Time-outs in seconds, all different, so that a test can tell which one fired. */
export const SECONDS = {
  connect: 10,
  tls: 11,
  greeting: 12,
  command: 13,
  auth: 14,
  dataInitiation: 15,
  dataBlock: 16,
  dataTermination: 17,
  quit: 18,
} as const;

export class MemoryWorld {
  /** µs since the epoch. */
  nowUs = 1_700_000_000_000_000;
  /** What one write costs: as on a real system, a command's stamp lies after the reply that led to it. */
  writeCostUs = 1;
  readonly connections: MemoryTransport[] = [];
  readonly deadlines = new Deadlines();
  readonly traffic = { sentBytes: 0, receivedBytes: 0 };
  readonly context: WireContext = {
    nowUs: () => this.nowUs,
    deadlines: this.deadlines,
    writeBuffer: new WriteBuffer(),
    timeoutsUs: commandTimeoutsUs({
      connectMs: SECONDS.connect * 1_000,
      tlsMs: SECONDS.tls * 1_000,
      greetingMs: SECONDS.greeting * 1_000,
      commandMs: SECONDS.command * 1_000,
      authMs: SECONDS.auth * 1_000,
      dataInitiationMs: SECONDS.dataInitiation * 1_000,
      dataBlockMs: SECONDS.dataBlock * 1_000,
      dataTerminationMs: SECONDS.dataTermination * 1_000,
      quitMs: SECONDS.quit * 1_000,
    }),
    connectTimeoutUs: SECONDS.connect * 1e6,
    tlsTimeoutUs: SECONDS.tls * 1e6,
    dataBlockTimeoutUs: SECONDS.dataBlock * 1e6,
    traffic: this.traffic,
  };

  readonly identity: SessionIdentity = sessionIdentity((listener) => this.#open(listener));

  get last(): MemoryTransport {
    return this.connections.at(-1) as MemoryTransport;
  }

  /** Lets time pass, and time-outs with it. */
  advance(us: number): void {
    this.nowUs += us;
    this.deadlines.expire(this.nowUs);
    this.settle();
  }

  /** Delivers the `onClose` of every connection that was destroyed. */
  settle(): void {
    for (const connection of this.connections) connection.settle();
  }

  #open(listener: TransportListener): Transport {
    const transport = new MemoryTransport(this, listener);
    this.connections.push(transport);
    return transport;
  }
}

export class MemoryTransport implements Transport {
  readonly localAddress = '127.0.0.1';
  remoteAddress = '127.0.0.2';
  readonly localPort = 40_000;
  readonly remotePort = 25;
  tls: TlsFacts | null = null;
  /** What the client wrote, write by write, until taken. */
  readonly writes: string[] = [];
  /** The bytes of the last write themselves, as a socket holds on to them until they are out. */
  held: string | Buffer = '';
  /** While true, the kernel takes nothing. */
  isStalled = false;
  isEnded = false;
  isReset = false;
  isDestroyed = false;
  isClosed = false;
  isConnected = false;
  isTlsAwaited = false;
  /** For the test to remember whether it has greeted. */
  isGreeted = false;
  /** Writes after destroy or FIN: there must be none. */
  lateWrites = 0;
  readonly #world: MemoryWorld;
  readonly #listener: TransportListener;
  /** Whether a write waits for the kernel. */
  #isUnflushed = false;

  constructor(world: MemoryWorld, listener: TransportListener) {
    this.#world = world;
    this.#listener = listener;
  }

  write(data: string | Buffer): boolean {
    if (this.isDestroyed || this.isEnded) this.lateWrites++;
    this.#world.nowUs += this.#world.writeCostUs;
    this.held = data;
    this.writes.push(typeof data === 'string' ? data : data.toString('latin1'));
    this.#isUnflushed ||= this.isStalled;
    return !this.#isUnflushed;
  }

  startTls(): void {
    this.isTlsAwaited = true;
  }

  end(): void {
    this.isEnded = true;
  }

  close(): void {
    this.isEnded = true;
    this.isDestroyed = true;
  }

  reset(): void {
    this.isReset = true;
    this.isDestroyed = true;
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  connect(): void {
    this.isConnected = true;
    this.#listener.onConnect();
  }

  /** The TLS handshake succeeds. */
  secure(): void {
    this.isTlsAwaited = false;
    this.#listener.onSecure();
  }

  /** One chunk from the server, in a buffer that is overwritten afterwards. */
  say(text: string): void {
    if (this.isDestroyed) return;
    const chunk = Buffer.from(`${text}garbage behind the end`, 'latin1');
    this.#listener.onData(chunk, text.length);
    chunk.fill('!');
  }

  flush(): void {
    this.isStalled = false;
    if (!this.#isUnflushed || this.isDestroyed) return;
    this.#isUnflushed = false;
    this.#listener.onFlushed();
  }

  fin(): void {
    if (!this.isDestroyed) this.#listener.onEnd();
  }

  fail(code: string, message = code): void {
    if (!this.isDestroyed) this.#listener.onError(Object.assign(new Error(message), { code }));
    this.isDestroyed = true;
  }

  settle(): void {
    if (!this.isDestroyed || this.isClosed) return;
    this.isClosed = true;
    this.#listener.onClose();
  }
}
