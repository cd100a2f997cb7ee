/**
 * SASL exchanges: what to send for AUTH, and for each 334 after it.
 *
 * PLAIN goes out with its initial response (RFC 4954 §4, RFC 4616); LOGIN answers two prompts, whatever they say
 * (draft-murchison-sasl-login). No state but the number of the step, which the session keeps.
 */
import type { AuthOptions } from '../scenario/scenario.js';

/** `AUTH …` without CRLF. */
export function authCommand(auth: AuthOptions): string {
  return auth.method === 'plain' ? `AUTH PLAIN ${base64(`\0${auth.user}\0${auth.pass}`)}` : 'AUTH LOGIN';
}

/** The answer to the `step`-th 334 (0, 1, …) without CRLF; null when the exchange has no such step. */
export function authStep(auth: AuthOptions, step: number): string | null {
  if (auth.method === 'plain') return step === 0 ? base64(`\0${auth.user}\0${auth.pass}`) : null;
  if (step === 0) return base64(auth.user);
  return step === 1 ? base64(auth.pass) : null;
}

/** Name of the mechanism as servers list it. */
export function mechanismOf(auth: AuthOptions): string {
  return auth.method === 'plain' ? 'PLAIN' : 'LOGIN';
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
