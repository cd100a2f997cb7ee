/**
 * CRAM: a keyed digest of the server's challenge. The password does not go over the wire. RFC 2195 (CRAM-MD5).
 *
 * CRAM-SHA1 is the same with SHA-1; it was never written down, and swaks and a few servers speak it.
 */
import { createHmac } from 'node:crypto';
import type { Credentials } from '../../scenario/scenario.js';
import type { Mechanism } from './mechanism.js';

export function cramMd5(credentials: Credentials): Mechanism {
  return cram('CRAM-MD5', 'md5', credentials);
}

export function cramSha1(credentials: Credentials): Mechanism {
  return cram('CRAM-SHA1', 'sha1', credentials);
}

function cram(name: string, digest: string, { user, pass }: Credentials): Mechanism {
  let isAnswered = false;
  return {
    name,
    first: null,
    serverProof: 'good',
    respond: (challenge) => {
      if (challenge === null || isAnswered) return null;
      isAnswered = true;
      return `${user} ${createHmac(digest, pass).update(challenge).digest('hex')}`;
    },
  };
}
