import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { makeCertificate } from '#src/sink/process/certificate.js';

test('it is for the name, localhost and both loopback addresses, and goes with its key', () => {
  const { key, cert } = makeCertificate('mx.example.test', Date.now());
  const parsed = new X509Certificate(cert);
  assert.equal(parsed.subject, 'CN=mx.example.test');
  for (const name of ['mx.example.test', 'localhost']) assert.equal(parsed.checkHost(name), name);
  for (const address of ['127.0.0.1', '::1']) assert.equal(parsed.checkIP(address), address);
  assert.equal(parsed.checkHost('other.example.test'), undefined);
  assert.ok(parsed.checkPrivateKey(createPrivateKey(key)));
  assert.ok(parsed.verify(parsed.publicKey));
  assert.equal(createPrivateKey(key).asymmetricKeyDetails?.namedCurve, 'prime256v1');
});

test('it is valid from an hour before for a year, whatever the year', () => {
  const nowMs = Date.UTC(2031, 11, 31, 23, 59, 59);
  const { validFrom, validTo } = new X509Certificate(makeCertificate('a.test', nowMs).cert);
  assert.equal(Date.parse(validFrom), nowMs - 3_600_000);
  assert.equal(Date.parse(validTo), nowMs - 3_600_000 + 365 * 86_400_000);
});

test('no two are alike', () => {
  const [one, other] = [1, 2].map(() => new X509Certificate(makeCertificate('a.test', 0).cert));
  assert.notEqual(one?.serialNumber, other?.serialNumber);
  assert.notEqual(one?.fingerprint256, other?.fingerprint256);
});

test('names of any length, and addresses as names, can be read again', () => {
  for (const name of [
    `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.test`,
    'localhost',
    '10.1.2.3',
  ]) {
    const parsed = new X509Certificate(makeCertificate(name, Date.now()).cert);
    assert.ok(name === '10.1.2.3' ? parsed.checkIP(name) : parsed.checkHost(name), name);
  }
});

test('a client that trusts it connects, one that does not refuses', async (t) => {
  const { key, cert } = makeCertificate('mx.example.test', Date.now());
  const server = createServer({ key, cert }, (socket) => socket.end()).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const trusting = connect({ port, host: '127.0.0.1', ca: cert });
  await once(trusting, 'secureConnect');
  assert.ok(trusting.authorized);
  trusting.destroy();
  const wary = connect({ port, host: '127.0.0.1' });
  await assert.rejects(once(wary, 'secureConnect'), /self-signed/);
});
