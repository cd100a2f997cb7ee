/** The words of `dkim`: who signs what mailbench composes (RFC 6376, RFC 8463). */
import { z } from 'zod';

const signer = z.strictObject({
  domain: z
    .string()
    .regex(/^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9-]{1,63})+$/, {
      error: 'must be a domain such as `example.test`',
    })
    .describe('d=: the signing domain.'),
  selector: z
    .string()
    .regex(/^(?=.{1,200}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9-]{1,63})*$/, {
      error: 'must be a selector such as `s2026`',
    })
    .describe('s=: its public key stands at SELECTOR._domainkey.DOMAIN.'),
  key: z
    .string()
    .min(1)
    .describe('PEM file with a private key, RSA or Ed25519, relative to the scenario file.'),
  passphrase: z.string().optional().describe('Opens an encrypted key.'),
  per: z
    .enum(['variant', 'message'])
    .default('variant')
    .describe('Sign what is alike in all messages once, or each message with its Date, To and Message-ID.'),
  headers: z
    .array(z.string().regex(/^[!-9;-~]{1,76}$/, { error: 'must be the name of a header field' }))
    .default([])
    .describe('Further header fields to sign.'),
});

/** One signature, or several: RSA and Ed25519 side by side. */
export const dkim = z.union([signer, z.array(signer).min(1).max(8)]);

export type DkimWords = z.output<typeof dkim>;
