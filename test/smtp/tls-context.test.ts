import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import selfSigned from 'smtp-server/lib/tls-options.js';
import { UsageError } from '#src/errors.js';
import type { TlsOptions } from '#src/scenario/scenario.js';
import { createTlsSettings } from '#src/smtp/tls-context.js';
import { tlsOptions } from './options.js';

const { key, cert } = selfSigned() as { readonly key: string; readonly cert: string };
const { privateKey: lockedKey } = generateKeyPairSync('ec', {
  namedCurve: 'prime256v1',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right' },
});

test('without TLS there is no context, and nothing is looked at', () => {
  const settings = createTlsSettings(tlsOptions({ mode: 'none', ciphers: 'NOPE' }));
  assert.equal(settings.context, null);
});

test('options that OpenSSL takes make a context', () => {
  const good = { ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES256-GCM-SHA384', ca: cert, cert, key };
  assert.notEqual(createTlsSettings(tlsOptions({ mode: 'starttls', ...good })).context, null);
});

describe('options that cannot be used are an error before the run', () => {
  const cases: readonly (readonly [string, () => Partial<TlsOptions>, RegExp, RegExp])[] = [
    ['a cipher list that names none', () => ({ ciphers: 'NOPE' }), /no cipher match/, /openssl ciphers/],
    ['a certificate that is not PEM', () => ({ cert: 'x', key }), /no start line/i, /PEM/],
    ['an authority that is not PEM', () => ({ ca: 'x' }), /PEM/i, /PEM/],
    ['a key that is none', () => ({ cert, key: 'x' }), /unsupported|DECODER/, /PEM/],
    [
      'a passphrase that does not fit',
      () => ({ key: lockedKey, passphrase: 'wrong' }),
      /decrypt/,
      /passphrase/,
    ],
    ['a key without its passphrase', () => ({ key: lockedKey }), /decrypt|passw/i, /passphrase/],
    [
      'a key of another certificate',
      () => ({ cert, key: lockedKey, passphrase: 'right' }),
      /key values mismatch/,
      /does not belong/,
    ],
    [
      'versions in the wrong order',
      () => ({ minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }),
      /minVersion TLSv1.3 is above maxVersion TLSv1.2/,
      /minVersion/,
    ],
  ];
  for (const [name, options, message, hint] of cases) {
    test(name, () => {
      assert.throws(
        () => createTlsSettings(tlsOptions({ mode: 'implicit', ...options() })),
        (error) => {
          assert.ok(error instanceof UsageError);
          assert.equal(error.code, 'TLS_OPTIONS_INVALID');
          assert.match(error.message, message);
          assert.match(error.hint ?? '', hint);
          assert.doesNotMatch(error.message, /wrong|right|BEGIN/);
          return true;
        },
      );
    });
  }
});
