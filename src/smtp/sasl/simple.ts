/**
 * Mechanisms that say who one is, and need nothing from the server: PLAIN (RFC 4616), LOGIN (draft-murchison-sasl-login) and
 * EXTERNAL (RFC 4422 appendix A). LOGIN answers two prompts, whatever they say.
 */
import type { Credentials } from '../../scenario/scenario.js';
import type { Mechanism } from './mechanism.js';

export function plain({ user, pass, authzid }: Credentials): Mechanism {
  return oneMessage('PLAIN', `${authzid}\0${user}\0${pass}`);
}

/** Whom to act as; '' is for the server to derive from the certificate. */
export function external({ user, authzid }: Credentials): Mechanism {
  return oneMessage('EXTERNAL', authzid === '' ? user : authzid);
}

export function login({ user, pass }: Credentials): Mechanism {
  const answers = [user, pass];
  return { name: 'LOGIN', first: null, serverProof: 'good', respond: () => answers.shift() ?? null };
}

function oneMessage(name: string, first: string): Mechanism {
  return { name, first, serverProof: 'good', respond: () => null };
}
