/**
 * Socket face: a Duplex that answers for a socket under it, as far as smtp-server and node:tls look at one. It moves no bytes.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

export abstract class SocketFace extends Duplex {
  readonly #real: Socket;

  constructor(real: Socket) {
    super({ allowHalfOpen: real.allowHalfOpen });
    this.#real = real;
  }

  get remoteAddress(): string | undefined {
    return this.#real.remoteAddress;
  }
  get remotePort(): number | undefined {
    return this.#real.remotePort;
  }
  get remoteFamily(): string | undefined {
    return this.#real.remoteFamily;
  }
  get localAddress(): string | undefined {
    return this.#real.localAddress;
  }
  get localPort(): number | undefined {
    return this.#real.localPort;
  }
  get bytesRead(): number {
    return this.#real.bytesRead;
  }
  get bytesWritten(): number {
    return this.#real.bytesWritten;
  }
  get connecting(): boolean {
    return this.#real.connecting;
  }
  get readyState(): string {
    if (this.destroyed) return 'closed';
    if (this.readable) return this.writable ? 'open' : 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  setNoDelay(isOn?: boolean): this {
    this.#real.setNoDelay(isOn);
    return this;
  }

  setKeepAlive(isOn?: boolean, initialDelayMs?: number): this {
    this.#real.setKeepAlive(isOn, initialDelayMs);
    return this;
  }
}
