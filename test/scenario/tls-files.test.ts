import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import selfSigned from 'smtp-server/lib/tls-options.js';
import type { Problem } from '#src/errors.js';
import { load, problem } from './load.js';

const { key, cert } = selfSigned() as { readonly key: string; readonly cert: string };
const pair = (passphrase?: string) =>
  generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: {
      type: 'pkcs8',
      format: 'pem',
      ...(passphrase && { cipher: 'aes-256-cbc', passphrase }),
    },
  });
const other = pair().privateKey;
const locked = pair('right').privateKey;
const files = {
  'c.pem': cert,
  'k.pem': key,
  'other.pem': other,
  'locked.pem': locked,
  'public.pem': pair().publicKey,
};

function text(tls: string): string {
  return `target:\n  url: smtp://localhost\n  tls: { mode: starttls, ${tls} }`;
}

function fault(tls: string, more: Readonly<Record<string, string | Buffer>> = {}): Problem {
  const found = problem(text(tls), { files: { ...files, ...more } });
  assert.equal(found.code, 'SCENARIO_TLS_FILE');
  return found;
}

test('authorities, certificate and key are read beside the scenario file', () => {
  const { scenario, display, secrets } = load(text('ca: c.pem, cert: c.pem, key: k.pem'), { files });
  const { tls } = scenario.target;
  assert.deepEqual(
    [tls.ca?.trim(), tls.cert?.trim(), tls.key?.trim()],
    [cert.trim(), cert.trim(), key.trim()],
  );
  assert.deepEqual((display.target as { tls: { key: string } }).tls.key, 'k.pem');
  assert.doesNotMatch(JSON.stringify(display), /BEGIN/);
  assert.ok(secrets.some((secret) => secret.includes('PRIVATE KEY')));
});

test('of one file with certificate and key each key takes its part', () => {
  const both = { 'both.pem': `Bag Attributes\n${key}\n${cert}\n${cert}` };
  const { tls } = load(text('cert: both.pem, key: both.pem'), { files: both }).scenario.target;
  assert.doesNotMatch(tls.cert ?? '', /KEY/);
  assert.equal(tls.cert?.match(/BEGIN/g)?.length, 2);
  assert.doesNotMatch(tls.key ?? '', /CERTIFICATE/);
});

test('a fault is placed at the key of the file', () => {
  const found = fault('ca: nope.pem');
  assert.deepEqual([found.where, found.path], ['s.yaml:3:30', 'target.tls.ca']);
  assert.match(found.message, /nope\.pem \(ENOENT\)/);
});

test('what holds no certificate or key is told by what it holds', () => {
  assert.match(fault('ca: k.pem').message, /holds no certificate but a (rsa )?private key/);
  assert.match(fault('cert: c.pem, key: c.pem').message, /holds no private key but a certificate/);
  assert.match(fault('ca: public.pem').message, /but a public key/);
  assert.match(fault('ca: s.yaml').message, /holds no certificate in PEM$/);
  assert.match(fault('ca: der', { der: Buffer.from([0x30, 0x82, 1, 2]) }).message, /looks like DER/);
  assert.match(fault('ca: big', { big: Buffer.alloc(1024 * 1024 + 1) }).message, /too large/);
  assert.match(fault('ca: /dev/zero').message, /no regular file/);
});

test('a certificate that cannot be read is told by its number', () => {
  const broken = cert.replace(/\n.{8}/, '\nAAAAAAAA');
  assert.match(fault('ca: two.pem', { 'two.pem': `${cert}\n${broken}` }).message, /the 2\. of 2$/);
});

test('a key must belong to the certificate', () => {
  assert.match(fault('cert: c.pem, key: other.pem').message, /does not belong to the certificate/);
});

test('an encrypted key needs its passphrase, and the right one', () => {
  const missing = fault('cert: c.pem, key: locked.pem');
  assert.match(missing.message, /is encrypted, and there is no passphrase/);
  const wrong = fault('cert: c.pem, key: locked.pem, passphrase: wrong');
  assert.deepEqual([wrong.path, wrong.message], ['target.tls.passphrase', 'does not open the private key']);
  // The right one opens it: then it is found to be another certificate's.
  assert.match(fault('cert: c.pem, key: locked.pem, passphrase: right').message, /does not belong/);
});

test('a broken key is no key that can be read', () => {
  const broken = key.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA');
  assert.match(
    fault('cert: c.pem, key: broken.pem', { 'broken.pem': broken }).message,
    /no private key that OpenSSL/,
  );
});
