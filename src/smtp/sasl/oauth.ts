/**
 * Bearer tokens: XOAUTH2 (as Google and Microsoft document it) and OAUTHBEARER (RFC 7628).
 *
 * Both servers tell a failure as a challenge with JSON in it, want a dummy answer to that, and only then refuse.
 */
import type { Credentials } from '../../scenario/scenario.js';
import type { Mechanism } from './mechanism.js';
import { saslName } from './sasl-name.js';

export function xoauth2({ user, pass }: Credentials): Mechanism {
  return bearer('XOAUTH2', `user=${user}\x01auth=Bearer ${pass}\x01\x01`, '');
}

/** Host and port, which RFC 7628 §3.1 leaves to the client, are not sent. */
export function oauthBearer({ user, pass, authzid }: Credentials): Mechanism {
  const identity = authzid === '' ? user : authzid;
  const gs2 = identity === '' ? 'n,,' : `n,a=${saslName(identity)},`;
  return bearer('OAUTHBEARER', `${gs2}\x01auth=Bearer ${pass}\x01\x01`, '\x01');
}

function bearer(name: string, first: string, dummy: string): Mechanism {
  let isRefused = false;
  return {
    name,
    first,
    serverProof: 'good',
    respond: () => {
      if (isRefused) return null;
      isRefused = true;
      return dummy;
    },
  };
}
