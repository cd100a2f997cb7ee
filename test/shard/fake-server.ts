/** A server in memory and in virtual time: what a session writes is answered one turn of the loop later. */

import { COMMAND_NAMES } from '#src/smtp/command.js';
import { Deadlines } from '#src/smtp/deadlines.js';
import type { OpenTransport, Transport, TransportListener } from '#src/smtp/open-transport.js';
import type { WireContext } from '#src/smtp/wire.js';
import { WriteBuffer } from '#src/smtp/write-buffer.js';
import type { VirtualClock } from '#test/load/virtual-clock.js';
import { type Policy, SmtpDialog, type Taken } from './smtp-dialog.js';

const LATENCY_US = 100;
const TIMEOUT_US = 60_000_000;

export class FakeServer {
  /** Exchange it to change what happens from now on. */
  policy: Policy = () => null;
  /** Why connections fail; null: they do not. */
  refusal: string | null = null;
  /** How long a write waits until it is out; 0: taken at once. */
  flushUs = 0;
  readonly taken: Taken[] = [];
  /** Times at which connections were asked for, µs. */
  readonly connectsAtUs: number[] = [];
  /** Everything the sessions wrote, one after the other. */
  written = '';
  readonly #clock: VirtualClock;
  #connections: FakeConnection[] = [];

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get open(): number {
    return this.#connections.filter(({ isOpen }) => isOpen).length;
  }

  /** As a server does that has waited long enough. */
  closeAll(): void {
    for (const connection of this.#connections) connection.hangUp();
  }

  /** A reply nobody asked for, on every open connection. */
  say(reply: string): void {
    for (const connection of this.#connections) connection.say(`${reply}\r\n`);
  }

  resetAll(): void {
    for (const connection of this.#connections) connection.fail('ECONNRESET');
  }

  readonly openTransport: OpenTransport = (listener) => {
    this.connectsAtUs.push(this.#clock.nowUs());
    const connection = new FakeConnection(this, this.#clock, listener);
    this.#connections.push(connection);
    return connection;
  };
}

export function wireContext(clock: VirtualClock): WireContext {
  return {
    nowUs: () => clock.nowUs(),
    deadlines: new Deadlines(),
    writeBuffer: new WriteBuffer(),
    timeoutsUs: new Float64Array(COMMAND_NAMES.length).fill(TIMEOUT_US),
    connectTimeoutUs: TIMEOUT_US,
    tlsTimeoutUs: TIMEOUT_US,
    dataBlockTimeoutUs: TIMEOUT_US,
    traffic: { sentBytes: 0, receivedBytes: 0 },
  };
}

class FakeConnection implements Transport {
  readonly localAddress = '127.0.0.1';
  readonly localPort = 40_000;
  readonly remotePort = 25;
  readonly tls = null;
  readonly remoteAddress = '127.0.0.1';
  isOpen = false;
  readonly #server: FakeServer;
  readonly #clock: VirtualClock;
  readonly #listener: TransportListener;
  #dialog: SmtpDialog | null = null;
  #isDestroyed = false;

  constructor(server: FakeServer, clock: VirtualClock, listener: TransportListener) {
    this.#server = server;
    this.#clock = clock;
    this.#listener = listener;
    this.#later(() => (server.refusal === null ? this.#connect() : this.fail(server.refusal)));
  }

  write(data: string | Buffer): boolean {
    const text = data.toString('latin1');
    this.#server.written += text;
    this.#later(() => this.#dialog?.feed(text));
    const { flushUs } = this.#server;
    if (flushUs === 0) return true;
    this.#later(() => this.#listener.onFlushed(), flushUs);
    return false;
  }

  startTls(): void {
    throw new Error('the fake server speaks plain text');
  }

  end(): void {
    this.#later(() => this.destroy());
  }

  close(): void {
    this.end();
  }

  reset(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.isOpen = false;
    this.#clock.setImmediate(() => this.#listener.onClose());
  }

  hangUp(): void {
    this.#later(() => {
      if (!this.isOpen) return;
      this.isOpen = false;
      this.#listener.onEnd();
    });
  }

  fail(code: string): void {
    if (this.#isDestroyed) return;
    this.#listener.onError(Object.assign(new Error(code), { code }));
    this.destroy();
  }

  say(text: string): void {
    const bytes = Buffer.from(text, 'latin1');
    this.#later(() => this.#listener.onData(bytes, bytes.length));
  }

  #connect(): void {
    this.isOpen = true;
    this.#listener.onConnect();
    this.#dialog = new SmtpDialog({
      policy: (step, argument) => this.#server.policy(step, argument),
      end: { write: (text) => this.say(text), close: () => this.hangUp() },
      onTaken: (taken) => this.#server.taken.push(taken),
    });
  }

  /** Unless the client has dropped the connection by then. */
  #later(callback: () => void, delayUs = LATENCY_US): void {
    this.#clock.at(this.#clock.nowUs() + delayUs, () => {
      if (!this.#isDestroyed) callback();
    });
  }
}
