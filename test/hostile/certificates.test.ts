/**
 * Certificates wrong in each way, and a good one, at STARTTLS and at implicit TLS, verified and not.
 *
 * Revocation is not checked: OpenSSL asks nobody by itself, and a load generator that asked an OCSP responder for every session
 * would load that too. So there is no case for a revoked certificate.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findProgram, PROGRAMS } from '#test/servers/programs.js';
import { requireProgram } from '#test/servers/require-program.js';
import { tlsOptions } from '#test/smtp/options.js';
import { type Authority, type KeyPair, makeAuthority, signItself } from './bad-certificates.js';
import { type HostileCase, hostile } from './hostile-run.js';

interface Wrong {
  readonly title: string;
  readonly pair: KeyPair;
  /** As OpenSSL or Node calls it. */
  readonly says: RegExp;
}

const openssl = PROGRAMS.find(({ name }) => name === 'openssl');
if (openssl !== undefined && findProgram(openssl) !== undefined) await declareCases();
else {
  test('certificates wrong in each way', (t) => {
    requireProgram(t, 'openssl');
  });
}

async function declareCases(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'mailbench-hostile-'));
  after(() => rm(dir, { recursive: true, force: true }));
  const [known, unknown] = await Promise.all([makeAuthority(dir, 'known'), makeAuthority(dir, 'unknown')]);
  const good = await known.issue();

  const wrong = async (
    title: string,
    says: RegExp,
    authority: Authority,
    wishes: Parameters<Authority['issue']>[0],
  ) => ({
    title,
    says,
    pair: await authority.issue(wishes),
  });
  const WRONG: readonly Wrong[] = [
    { title: 'signs itself', says: /self.signed/, pair: await signItself(dir) },
    await wrong('is signed by an unknown authority', /unable to (?:get local issuer|verify)/, unknown, {}),
    await wrong('has expired', /expired/, known, { fromDay: -9, toDay: -2 }),
    await wrong('is not yet valid', /not yet valid/, known, { fromDay: 5 }),
    await wrong('is for another name', /altnames|does not match/, known, { names: 'DNS:elsewhere.example' }),
    await wrong('is for another address', /altnames|not in the cert/, known, { names: 'IP:127.0.0.9' }),
    await wrong('is for clients only', /purpose|unsuitable/, known, { purpose: 'clientAuth' }),
  ];

  const MODES = ['starttls', 'implicit'] as const;

  hostile(
    'a certificate that is wrong',
    WRONG.flatMap(({ title, pair, says }) =>
      MODES.flatMap((mode): HostileCase[] => [
        {
          title: `${title}, ${mode}: no message is sent`,
          tls: { ...pair, implicit: mode === 'implicit' },
          target: { tls: tlsOptions({ mode, ca: known.ca }) },
          messages: ['failed tls tls tls', 'failed tls tls tls'],
          sessions: 2,
          neverBetter: true,
          also: ({ server, texts }) => {
            for (const text of texts) assert.match(text, says);
            assert.equal(
              server.commands.some((line) => line.includes('MAIL')),
              false,
            );
          },
        },
        {
          title: `${title}, ${mode}: goes unseen where nobody verifies`,
          tls: { ...pair, implicit: mode === 'implicit' },
          target: { tls: tlsOptions({ mode, ca: known.ca, verify: false }) },
          messages: ['accepted', 'accepted'],
          sessions: 1,
        },
      ]),
    ),
  );

  hostile(
    'a certificate that is wrong once',
    MODES.map(
      (mode): HostileCase => ({
        title: `the next session is fine, ${mode}`,
        tls: { ...good, implicit: mode === 'implicit' },
        once: { TLS: (peer) => peer.secure(WRONG[2]?.pair ?? {}).then(() => peer.silence()) },
        target: { tls: tlsOptions({ mode, ca: known.ca }) },
        messages: ['failed tls tls tls', 'accepted'],
        sessions: 2,
      }),
    ),
  );

  const client = await known.issue({ purpose: 'clientAuth' });
  const stranger = await unknown.issue({ purpose: 'clientAuth' });
  const demanding = { ...good, ca: known.ca, requestCert: true, rejectUnauthorized: true };

  hostile(
    'a server that demands a certificate of the client',
    (['TLSv1.2', 'TLSv1.3'] as const).flatMap((version): HostileCase[] => {
      const tls = { ...demanding, implicit: true, minVersion: version, maxVersion: version };
      const options = (pair: Partial<KeyPair>) => ({
        tls: tlsOptions({ mode: 'implicit', ca: known.ca, ...pair }),
      });
      return [
        {
          title: `gets one, ${version}`,
          tls,
          target: options(client),
          messages: ['accepted', 'accepted'],
          sessions: 1,
        },
        ...(
          [
            // OpenSSL sends an alert; Node, as a server, just closes. With TLS 1.3 our end of the handshake is done by then.
            ['none', {}, 'tls tls'],
            ['that of a stranger', stranger, 'closed network'],
          ] as const
        ).map(
          ([what, pair, ends]): HostileCase => ({
            title: `gets ${what}, ${version}`,
            tls,
            target: options(pair),
            messages: Array(2).fill(`failed ${version === 'TLSv1.2' ? 'tls' : 'GREETING'} ${ends}`),
            sessions: 2,
            neverBetter: true,
          }),
        ),
      ];
    }),
  );
}
