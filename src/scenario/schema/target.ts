/** The words of `target`: where to, over what TLS, as whom. */
import { z } from 'zod';
import { AUTH_METHODS } from '../scenario.js';
import { file, share, weight } from './values.js';

const tlsVersion = z.enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']);

export const target = z.strictObject({
  url: z
    .string()
    .optional()
    .describe(
      'smtp://, smtps:// or lmtp:// with host and port, smtp+unix:///path, lmtp+unix:///path, smtp+mx://domain, smtp+exec:///program?arg=-bs, or embedded (the default: mailbench starts a server of its own).',
    ),
  urls: z
    .record(z.string(), weight)
    .optional()
    .describe('Several targets instead of url: a map of URL to weight. A session takes one.'),
  dns: z
    .strictObject({
      lookup: z
        .enum(['once', 'session'])
        .default('once')
        .describe('Look a name up once, or again for every connection.'),
      family: z.enum(['any', 'ipv4', 'ipv6']).default('any').describe('Addresses to use.'),
      servers: z
        .array(z.string())
        .default([])
        .describe('Name servers to ask, as 127.0.0.1:5353; those of the system when empty.'),
    })
    .prefault({})
    .describe('How names become addresses.'),
  tls: z
    .strictObject({
      mode: z
        .enum(['none', 'opportunistic', 'starttls', 'implicit'])
        .optional()
        .describe('none unless given; implicit with smtps://.'),
      share: share
        .default(1)
        .describe('With starttls and opportunistic: share of the sessions that use TLS.'),
      verify: z.boolean().default(true).describe('Whether the certificate must be valid for the host.'),
      fallback: z
        .boolean()
        .default(false)
        .describe('With opportunistic only: go on in plain text when the handshake fails.'),
      minVersion: tlsVersion.default('TLSv1.2').describe('Oldest version to agree to.'),
      maxVersion: tlsVersion.default('TLSv1.3').describe('Newest version to agree to.'),
      ciphers: z.string().min(1).optional().describe("OpenSSL cipher list; Node's when not given."),
      servername: z
        .string()
        .min(1)
        .optional()
        .describe(
          'Name to ask for (SNI) and to find in the certificate; the host of the URL when not given.',
        ),
      ca: file.optional().describe("Certificate authorities to trust instead of Node's, a PEM file."),
      cert: file.optional().describe('Client certificate with its chain, a PEM file.'),
      key: file.optional().describe('Its private key, a PEM file.'),
      passphrase: z.string().optional().describe('Of the private key; take it from the environment.'),
      resumption: z
        .boolean()
        .default(true)
        .describe('Whether a VU resumes its earlier TLS session with the same target.'),
    })
    .prefault({})
    .describe('TLS on the way to the target.'),
  auth: z
    .strictObject({
      method: z.enum(AUTH_METHODS).default('plain').describe('SASL mechanism.'),
      user: z.string().min(1).optional().describe('User name.'),
      pass: z.string().optional().describe('Password; take it from the environment: "${SMTP_PASS}".'),
      token: z.string().min(1).optional().describe('Access token, for xoauth2 and oauthbearer.'),
      authzid: z.string().min(1).optional().describe('Whom to act as; the user itself when not given.'),
      users: file
        .optional()
        .describe('CSV file with a header line: user, and pass or token, and authzid. VU n is user n.'),
      initialResponse: z
        .boolean()
        .default(true)
        .describe('Send the first answer together with AUTH, where the mechanism has one.'),
      allowPlaintext: z.boolean().default(false).describe('Send a password or token without TLS.'),
    })
    .optional()
    .describe('Credentials for AUTH.'),
  authorized: z
    .boolean()
    .default(false)
    .describe('Your word that you may load a target off loopback, or mail domains that are not reserved.'),
});
