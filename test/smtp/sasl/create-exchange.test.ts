import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AUTH_METHODS } from '#src/scenario/scenario.js';
import { createExchange, randomNonce, showsSecret } from '#src/smtp/sasl/create-exchange.js';
import { credentials } from '../options.js';

test('every method is a mechanism, named as servers list it', () => {
  const names = AUTH_METHODS.map((method) => createExchange(method, credentials('u', 'p')).mechanism);
  assert.deepEqual(
    names,
    AUTH_METHODS.map((method) => method.toUpperCase()),
  );
});

test('PLAIN goes out as in the example of RFC 4954', () => {
  const exchange = createExchange('plain', credentials('tim', 'tanstaaftanstaaf'));
  assert.equal(exchange.command(true), 'AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm');
});

test('passwords and tokens that go out as they are need a secret channel', () => {
  assert.deepEqual(AUTH_METHODS.filter(showsSecret), ['plain', 'login', 'xoauth2', 'oauthbearer']);
});

test('SCRAM and DIGEST-MD5 let the other side prove itself', () => {
  const unproven = AUTH_METHODS.filter(
    (method) => createExchange(method, credentials('u', 'p')).serverProof !== 'good',
  );
  assert.deepEqual(unproven, ['digest-md5', 'scram-sha-256']);
});

test('SCRAM takes the nonce it is given', () => {
  const exchange = createExchange('scram-sha-256', credentials('u', 'p'), { nonce: () => 'abc' });
  assert.equal(
    exchange.command(true),
    `AUTH SCRAM-SHA-256 ${Buffer.from('n,,n=u,r=abc').toString('base64')}`,
  );
});

test('a nonce is 144 random bits in characters that SCRAM takes', () => {
  const nonces = new Set(Array.from({ length: 100 }, randomNonce));
  assert.equal(nonces.size, 100);
  for (const nonce of nonces) assert.match(nonce, /^[A-Za-z0-9+/]{24}$/);
});
