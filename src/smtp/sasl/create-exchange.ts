/** Which mechanism a scenario's `auth.method` is, and which of them show the secret to whoever reads along. */
import { randomBytes } from 'node:crypto';
import type { AuthMethod, Credentials } from '../../scenario/scenario.js';
import { cramMd5, cramSha1 } from './cram.js';
import { DigestMd5 } from './digest-md5.js';
import { Exchange } from './exchange.js';
import type { Mechanism } from './mechanism.js';
import { clientChallengeOf, ntlm } from './ntlm.js';
import { oauthBearer, xoauth2 } from './oauth.js';
import { ScramSha256 } from './scram.js';
import { external, login, plain } from './simple.js';

/** Without a comma, of printable ASCII (RFC 5802 §5.1). */
export type Nonce = () => string;

export const randomNonce: Nonce = () => randomBytes(18).toString('base64');

export interface ExchangeOptions {
  readonly nonce: Nonce;
  /** What DIGEST-MD5 calls the server: `smtp/mail.example.test`. */
  readonly uri: string;
}

export function createExchange(
  method: AuthMethod,
  credentials: Credentials,
  { nonce = randomNonce, uri = 'smtp/localhost' }: Partial<ExchangeOptions> = {},
): Exchange {
  return new Exchange(mechanismOf(method, credentials, { nonce, uri }));
}

/** The password, or a token as good as one, is on the wire for all to read. */
export function showsSecret(method: AuthMethod): boolean {
  return method === 'plain' || method === 'login' || method === 'xoauth2' || method === 'oauthbearer';
}

function mechanismOf(
  method: AuthMethod,
  credentials: Credentials,
  { nonce, uri }: ExchangeOptions,
): Mechanism {
  switch (method) {
    case 'plain':
      return plain(credentials);
    case 'login':
      return login(credentials);
    case 'cram-md5':
      return cramMd5(credentials);
    case 'cram-sha1':
      return cramSha1(credentials);
    case 'digest-md5':
      return new DigestMd5(credentials, { cnonce: nonce(), uri });
    case 'ntlm':
      return ntlm(credentials, { clientChallenge: clientChallengeOf(nonce()), nowMs: Date.now() });
    case 'scram-sha-256':
      return new ScramSha256(credentials, nonce());
    case 'xoauth2':
      return xoauth2(credentials);
    case 'oauthbearer':
      return oauthBearer(credentials);
    case 'external':
      return external(credentials);
    default:
      return method satisfies never;
  }
}
