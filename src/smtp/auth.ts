/**
 * SASL exchanges: what to send for AUTH, and for each 334 after it.
 *
 * PLAIN goes out with its initial response (RFC 4954 §4, RFC 4616); LOGIN answers two prompts, whatever they say
 * (draft-murchison-sasl-login). No state but the number of the step, which the session keeps.
 */
import type { AuthMethod, Credentials } from '../scenario/scenario.js';

/** `AUTH …` without CRLF. */
export function authCommand(method: AuthMethod, { user, pass }: Credentials): string {
  return method === 'plain' ? `AUTH PLAIN ${base64(`\0${user}\0${pass}`)}` : 'AUTH LOGIN';
}

/** The answer to the `step`-th 334 (0, 1, …) without CRLF; null when the exchange has no such step. */
export function authStep(method: AuthMethod, { user, pass }: Credentials, step: number): string | null {
  if (method === 'plain') return step === 0 ? base64(`\0${user}\0${pass}`) : null;
  if (step === 0) return base64(user);
  return step === 1 ? base64(pass) : null;
}

/** Name of the mechanism as servers list it. */
export function mechanismOf(method: AuthMethod): string {
  return method.toUpperCase();
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
