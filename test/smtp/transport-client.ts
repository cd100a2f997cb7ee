/**
 * A transport's listener for tests, and servers on loopback for it to talk to.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import type { TestContext } from 'node:test';
import type { TargetAddress } from '#src/scenario/scenario.js';
import type { OpenTransport, Transport, TransportListener } from '#src/smtp/open-transport.js';

export type Event = 'connect' | 'secure' | 'data' | 'flushed' | 'end' | 'error' | 'close';

/** Keeps what it is told, in order, and checks that `error` comes at most once and `close` once and last. */
export class TransportClient implements TransportListener {
  readonly events: Event[] = [];
  received = Buffer.alloc(0);
  errorCode = '';
  errorMessage = '';
  readonly transport: Transport;
  /** Acts inside a call. */
  readonly react: Partial<Record<Event, () => void>> = {};
  #wake: () => void = () => {};

  constructor(open: OpenTransport) {
    this.transport = open(this);
  }

  onConnect(): void {
    this.#told('connect');
  }

  onSecure(): void {
    this.#told('secure');
  }

  onData(chunk: Buffer, length: number): void {
    this.received = Buffer.concat([this.received, chunk.subarray(0, length)]);
    this.#told('data');
  }

  onFlushed(): void {
    this.#told('flushed');
  }

  onEnd(): void {
    this.#told('end');
  }

  onError(error: NodeJS.ErrnoException): void {
    this.errorCode = error.code ?? '';
    this.errorMessage = error.message;
    assert.equal(this.count('error'), 0, 'a second error');
    this.#told('error');
  }

  onClose(): void {
    this.#told('close');
  }

  count(event: Event): number {
    return this.events.filter((one) => one === event).length;
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async untilEvent(event: Event): Promise<void> {
    await this.until(() => this.events.includes(event));
  }

  /** Closed; and nothing more comes in the turns of the loop that follow. */
  async untilClosed(): Promise<void> {
    await this.untilEvent('close');
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(this.count('close'), 1);
    assert.equal(this.events.at(-1), 'close');
  }

  #told(event: Event): void {
    assert.equal(this.events.includes('close'), false, `${event} after close`);
    this.events.push(event);
    this.react[event]?.();
    this.#wake();
  }
}

/** A server on loopback; its sockets are kept open until the test is over. */
export async function listen(
  t: TestContext,
  onSocket: (socket: net.Socket) => void,
  path?: string,
): Promise<TargetAddress> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ pauseOnConnect: false }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onSocket(socket);
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(path ?? { host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  if (path !== undefined) return { kind: 'unix', path };
  return { kind: 'tcp', host: '127.0.0.1', port: (server.address() as net.AddressInfo).port };
}

export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
