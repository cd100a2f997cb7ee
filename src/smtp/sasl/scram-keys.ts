/**
 * Keys of SCRAM, derived from a password once and kept: pbkdf2 blocks the event loop, a millisecond or so for the usual
 * 4,096 iterations, and hundreds for a million.
 *
 * A server keeps a user's salt, so that a VU pays at its first session only. Bounded: the oldest keys are forgotten.
 * A server that makes up a new salt each time is paid for each time, which shows in the generator's health.
 * RFC 5802 §3, RFC 7677.
 */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

export interface ScramKeys {
  readonly clientKey: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

export interface Salt {
  readonly salt: Buffer;
  readonly iterations: number;
}

export class ScramKeyCache {
  readonly #keys = new Map<string, ScramKeys>();
  readonly #capacity: number;

  constructor(capacity = 10_000) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#keys.size;
  }

  /** The password must be prepared. */
  keysOf(password: string, { salt, iterations }: Salt): ScramKeys {
    const name = `${iterations} ${salt.toString('base64')} ${password}`;
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const keys = deriveKeys(password, { salt, iterations });
    if (this.#keys.size >= this.#capacity) this.#keys.delete(this.#keys.keys().next().value as string);
    this.#keys.set(name, keys);
    return keys;
  }
}

function deriveKeys(password: string, { salt, iterations }: Salt): ScramKeys {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const clientKey = hmac(salted, 'Client Key');
  return {
    clientKey,
    storedKey: createHash('sha256').update(clientKey).digest(),
    serverKey: hmac(salted, 'Server Key'),
  };
}

export function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
