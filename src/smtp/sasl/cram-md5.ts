/** CRAM-MD5: a keyed digest of the server's challenge. RFC 2195. The password does not go over the wire. */
import { createHmac } from 'node:crypto';
import type { Credentials } from '../../scenario/scenario.js';
import type { Mechanism } from './mechanism.js';

export function cramMd5({ user, pass }: Credentials): Mechanism {
  let isAnswered = false;
  return {
    name: 'CRAM-MD5',
    first: null,
    serverProof: 'good',
    respond: (challenge) => {
      if (challenge === null || isAnswered) return null;
      isAnswered = true;
      return `${user} ${createHmac('md5', pass).update(challenge).digest('hex')}`;
    },
  };
}
