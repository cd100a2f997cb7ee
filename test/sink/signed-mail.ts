/** A domain with keys, and messages signed for it: what a sender needs to pass, or just to miss, a receiver's checks. */
import { generateKeyPairSync } from 'node:crypto';
import { dkimSign } from 'mailauth';
import type { Zone } from '#src/sink/authentication/names.js';

const KEYS = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** The record of selector `s1`, which signedMail signs with, at any domain. */
export function dkimKeyAt(domain: string): Zone {
  return { [`s1._domainkey.${domain}`]: { TXT: `v=DKIM1; k=rsa; p=${KEYS.publicKey.toString('base64')}` } };
}

export function plainMail(from: string, body = 'hello'): Buffer {
  const fields = [`From: <${from}>`, 'To: <user@receiver.test>', 'Subject: a test', 'Message-ID: <1@test>'];
  return Buffer.from([...fields, 'Date: Sun, 01 Mar 2026 12:00:00 +0000', '', body, ''].join('\r\n'));
}

export async function signedMail(from: string, signingDomain: string): Promise<Buffer> {
  const mail = plainMail(from);
  const key = { signingDomain, selector: 's1', privateKey: KEYS.privateKey };
  // Rounded up, the time of signing would now and then lie in the future, and the signature be invalid.
  const signTime = new Date('2026-03-01T12:00:00Z');
  const { signatures } = await dkimSign(mail, { ...key, signTime, signatureData: [key] });
  return Buffer.concat([Buffer.from(signatures), mail]);
}
