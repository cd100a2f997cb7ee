/** The TXT record that lets others verify a signer (RFC 6376 §3.6.1, RFC 8463 §4). */
import { createPublicKey } from 'node:crypto';
import type { DkimSigner } from '../scenario/scenario.js';

export interface DkimRecord {
  /** Without a dot at the end. */
  readonly name: string;
  readonly text: string;
}

export function dkimRecordOf({ domain, selector, key }: DkimSigner): DkimRecord {
  const publicKey = createPublicKey(key);
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const isRsa = publicKey.asymmetricKeyType === 'rsa';
  // Of Ed25519 the record holds the bare key: the last 32 octets (RFC 8410 §4).
  const p = (isRsa ? der : der.subarray(-32)).toString('base64');
  return {
    name: `${selector}._domainkey.${domain}`,
    text: `v=DKIM1; k=${isRsa ? 'rsa' : 'ed25519'}; p=${p}`,
  };
}
