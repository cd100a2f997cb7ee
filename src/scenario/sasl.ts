/**
 * What each SASL mechanism takes and shows: the one place that says so, for rules and for the file of users.
 *
 * RFC 4616 (PLAIN), RFC 2831 (DIGEST-MD5), RFC 7677 (SCRAM-SHA-256), RFC 7628 (OAUTHBEARER), RFC 4422 Appendix A (EXTERNAL).
 */
import type { AuthMethod } from './scenario.js';

/** The key of what proves who one is; with `external` that is the certificate. */
export function secretWordOf(method: AuthMethod): 'pass' | 'token' {
  return method === 'xoauth2' || method === 'oauthbearer' ? 'token' : 'pass';
}

/** Whether it can say whom to act as. */
export function usesAuthzid(method: AuthMethod): boolean {
  return ['plain', 'digest-md5', 'scram-sha-256', 'oauthbearer', 'external'].includes(method);
}

/** Whether whoever reads along has the password or token. */
export function showsSecret(method: AuthMethod): boolean {
  return ['plain', 'login', 'xoauth2', 'oauthbearer'].includes(method);
}

/** NUL parts the fields of PLAIN, ^A those of XOAUTH2; no name, password or token needs any of the others. */
export function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
