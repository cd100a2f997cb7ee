/**
 * DIGEST-MD5: a digest of the password under both sides' nonces, and the server proves in turn that it knows it. RFC 2831.
 *
 *   server  realm="…",nonce="…",qop="auth",charset=utf-8,algorithm=md5-sess
 *   client  username="…",nonce="…",cnonce="…",nc=00000001,qop=auth,digest-uri="smtp/host",response=…
 *   server  rspauth=…
 *
 * `qop=auth` only: no integrity or privacy layer, which TLS is for. Of several realms the first is taken. What is all
 * Latin-1 is hashed as Latin-1 (§2.1.2.1). Historic since RFC 6331.
 */
import { createHash } from 'node:crypto';
import type { Credentials } from '../../scenario/scenario.js';
import type { Mechanism } from './mechanism.js';

export interface DigestOptions {
  readonly cnonce: string;
  /** `smtp/mail.example.test` */
  readonly uri: string;
}

export class DigestMd5 implements Mechanism {
  readonly name = 'DIGEST-MD5';
  readonly first = null;
  serverProof: 'good' | 'missing' | 'wrong' = 'missing';
  readonly #credentials: Credentials;
  readonly #options: DigestOptions;
  #expected: 'challenge' | 'proof' | 'nothing' = 'challenge';
  #proof = '';

  constructor(credentials: Credentials, options: DigestOptions) {
    this.#credentials = credentials;
    this.#options = options;
  }

  respond(challenge: Buffer | null): string | null {
    if (challenge === null || this.#expected === 'nothing') return null;
    const directives = parseDirectives(challenge.toString('utf8'));
    if (this.#expected === 'challenge') return directives === null ? null : this.#answer(directives);
    this.#expected = 'nothing';
    const isGood = directives?.get('rspauth')?.toLowerCase() === this.#proof;
    this.serverProof = isGood ? 'good' : 'wrong';
    return isGood ? '' : null;
  }

  #answer(given: Directives): string | null {
    const nonce = given.get('nonce');
    const offersAuth = listed(given.get('qop') ?? 'auth').includes('auth');
    if (nonce === undefined || !offersAuth || given.get('algorithm') !== 'md5-sess') return null;
    const { user, authzid } = this.#credentials;
    const { cnonce, uri } = this.#options;
    const realm = given.get('realm');
    const isUtf8 = given.get('charset')?.toLowerCase() === 'utf-8';
    const digestOf = responses(this.#credentials, { nonce, cnonce, uri, realm: realm ?? '', isUtf8 });
    this.#proof = digestOf('');
    this.#expected = 'proof';
    return [
      ...(isUtf8 ? ['charset=utf-8'] : []),
      `username=${quoted(user)}`,
      ...(realm === undefined ? [] : [`realm=${quoted(realm)}`]),
      `nonce=${quoted(nonce)}`,
      'nc=00000001',
      `cnonce=${quoted(cnonce)}`,
      `digest-uri=${quoted(uri)}`,
      `response=${digestOf('AUTHENTICATE')}`,
      'qop=auth',
      ...(authzid === '' ? [] : [`authzid=${quoted(authzid)}`]),
    ].join(',');
  }
}

interface Facts extends DigestOptions {
  readonly nonce: string;
  readonly realm: string;
  readonly isUtf8: boolean;
}

/** §2.1.2.1: what the client answers, with AUTHENTICATE, and the server proves itself by, with nothing. */
function responses({ user, pass, authzid }: Credentials, facts: Facts): (method: string) => string {
  const { nonce, cnonce, uri, realm, isUtf8 } = facts;
  const secret = md5(Buffer.concat([octets(user), colon, octets(realm), colon, octets(pass)]));
  const tail = `:${nonce}:${cnonce}${authzid === '' ? '' : `:${authzid}`}`;
  const a1 = md5(Buffer.concat([secret, Buffer.from(tail, isUtf8 ? 'utf8' : 'latin1')])).toString('hex');
  return (method) => {
    const a2 = md5(Buffer.from(`${method}:${uri}`)).toString('hex');
    return md5(Buffer.from(`${a1}:${nonce}:00000001:${cnonce}:auth:${a2}`)).toString('hex');
  };
}

const colon = Buffer.from(':');

/** Latin-1 where it can be. */
function octets(text: string): Buffer {
  return Buffer.from(text, /^[\0-\xff]*$/.test(text) ? 'latin1' : 'utf8');
}

function md5(data: Buffer): Buffer {
  return createHash('md5').update(data).digest();
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

type Directives = ReadonlyMap<string, string>;

/** Of those that come twice the first counts. Null when it is no list of directives. */
function parseDirectives(text: string): Directives | null {
  const found = new Map<string, string>();
  const directive = /[\s,]*([A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)/gsy;
  let end = 0;
  for (const match of text.matchAll(directive)) {
    const [whole, name = '', inQuotes, bare = ''] = match;
    const value = inQuotes === undefined ? bare : inQuotes.replace(/\\(.)/gs, '$1');
    const key = name.toLowerCase();
    if (!found.has(key)) found.set(key, value);
    end = match.index + whole.length;
  }
  return /^[\s,]*$/.test(text.slice(end)) ? found : null;
}

function listed(text: string): readonly string[] {
  return text.split(',').map((word) => word.trim().toLowerCase());
}
