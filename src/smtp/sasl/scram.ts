/**
 * SCRAM-SHA-256: both sides prove that they know the password, and neither shows it. RFC 5802, RFC 7677.
 *
 *   client  n,,n=user,r=nonce                    server  r=nonce…,s=salt,i=iterations
 *   client  c=biws,r=nonce…,p=proof              server  v=signature, or e=error
 *
 * A server that does not sign, or signs wrongly, does not know the password: see `serverProof`. No channel binding (`n`).
 * Iterations are bounded, because they are the server's to choose and ours to pay.
 */
import type { Credentials } from '../../scenario/scenario.js';
import { decodeBase64 } from './base64.js';
import type { Mechanism } from './mechanism.js';
import { saslName, saslPrep } from './sasl-name.js';
import { hmac, ScramKeyCache } from './scram-keys.js';

export const MAX_ITERATIONS = 1_000_000;

/** One a thread. */
const sharedKeys = new ScramKeyCache();

export class ScramSha256 implements Mechanism {
  readonly name = 'SCRAM-SHA-256';
  readonly first: string;
  serverProof: 'good' | 'missing' | 'wrong' = 'missing';
  readonly #gs2Header: string;
  readonly #firstBare: string;
  readonly #password: string;
  readonly #nonce: string;
  readonly #keys: ScramKeyCache;
  #expected: 'challenge' | 'signature' | 'nothing' = 'challenge';
  #signature: Buffer = Buffer.alloc(0);

  constructor({ user, pass, authzid }: Credentials, nonce: string, keys = sharedKeys) {
    this.#gs2Header = authzid === '' ? 'n,,' : `n,a=${saslName(authzid)},`;
    this.#firstBare = `n=${saslName(saslPrep(user))},r=${nonce}`;
    this.first = this.#gs2Header + this.#firstBare;
    this.#password = saslPrep(pass);
    this.#nonce = nonce;
    this.#keys = keys;
  }

  respond(challenge: Buffer | null): string | null {
    if (challenge === null || this.#expected === 'nothing') return null;
    const text = challenge.toString('utf8');
    if (this.#expected === 'challenge') return this.#prove(text);
    this.#expected = 'nothing';
    // The refusal itself comes as a reply.
    if (text.startsWith('e=')) return '';
    return this.#check(text);
  }

  #prove(serverFirst: string): string | null {
    const challenge = parseServerFirst(serverFirst);
    if (challenge === null || !challenge.nonce.startsWith(this.#nonce)) return null;
    // Nothing of the server's own in it: whoever repeats our nonce is no SCRAM server.
    if (challenge.nonce === this.#nonce) return null;
    const { clientKey, storedKey, serverKey } = this.#keys.keysOf(this.#password, challenge);
    const final = `c=${Buffer.from(this.#gs2Header).toString('base64')},r=${challenge.nonce}`;
    const everything = `${this.#firstBare},${serverFirst},${final}`;
    this.#signature = hmac(serverKey, everything);
    this.#expected = 'signature';
    return `${final},p=${xor(clientKey, hmac(storedKey, everything)).toString('base64')}`;
  }

  #check(serverFinal: string): string | null {
    const [, signature = ''] = /^v=([^,]*)(?:,|$)/.exec(serverFinal) ?? [];
    const isGood = decodeBase64(signature)?.equals(this.#signature) === true;
    this.serverProof = isGood ? 'good' : 'wrong';
    return isGood ? '' : null;
  }
}

interface ServerFirst {
  readonly nonce: string;
  readonly salt: Buffer;
  readonly iterations: number;
}

/** Null too for `m=`, an extension that one must understand, and nobody has yet. */
function parseServerFirst(text: string): ServerFirst | null {
  const match = /^r=([\x21-\x2b\x2d-\x7e]+),s=([^,]+),i=([1-9]\d{0,6})(?:,|$)/.exec(text);
  const salt = decodeBase64(match?.[2] ?? '');
  const iterations = Number(match?.[3]);
  if (match === null || salt === null || iterations > MAX_ITERATIONS) return null;
  return { nonce: match[1] as string, salt, iterations };
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, i) => byte ^ (b[i] as number)));
}
