/** Which mechanism a scenario's `auth.method` is, and which of them show the secret to whoever reads along. */
import { randomBytes } from 'node:crypto';
import type { AuthMethod, Credentials } from '../../scenario/scenario.js';
import { cramMd5 } from './cram-md5.js';
import { Exchange } from './exchange.js';
import type { Mechanism } from './mechanism.js';
import { oauthBearer, xoauth2 } from './oauth.js';
import { ScramSha256 } from './scram.js';
import { external, login, plain } from './simple.js';

/** Without a comma, of printable ASCII (RFC 5802 §5.1). */
export type Nonce = () => string;

export const randomNonce: Nonce = () => randomBytes(18).toString('base64');

export function createExchange(
  method: AuthMethod,
  credentials: Credentials,
  nonce: Nonce = randomNonce,
): Exchange {
  return new Exchange(mechanismOf(method, credentials, nonce));
}

/** The password, or a token as good as one, is on the wire for all to read. */
export function showsSecret(method: AuthMethod): boolean {
  return method === 'plain' || method === 'login' || method === 'xoauth2' || method === 'oauthbearer';
}

function mechanismOf(method: AuthMethod, credentials: Credentials, nonce: Nonce): Mechanism {
  switch (method) {
    case 'plain':
      return plain(credentials);
    case 'login':
      return login(credentials);
    case 'cram-md5':
      return cramMd5(credentials);
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
