import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cramMd5, cramSha1 } from '#src/smtp/sasl/cram.js';

const challenge = Buffer.from('<1896.697170952@postoffice.reston.mci.net>');
const tim = { user: 'tim', pass: 'tanstaaftanstaaf', authzid: '' };

test('the example of RFC 2195 is answered as it is there', () => {
  const mechanism = cramMd5(tim);
  assert.equal(mechanism.first, null);
  assert.equal(mechanism.respond(challenge), 'tim b913a602c7eda7a495b4e6e7334d3890');
});

test('a challenge is digested byte by byte, whatever it is', () => {
  const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
  const asText = Buffer.from(bytes.toString('utf8'));
  assert.notEqual(cramMd5(tim).respond(bytes), cramMd5(tim).respond(asText));
});

test('there is one challenge, and it has to be base64', () => {
  const mechanism = cramMd5(tim);
  assert.equal(mechanism.respond(null), null);
  assert.notEqual(mechanism.respond(challenge), null);
  assert.equal(mechanism.respond(challenge), null);
});

test('CRAM-SHA1 is the same with SHA-1', () => {
  const jefe = { user: 'jefe', pass: 'Jefe', authzid: '' };
  const mechanism = cramSha1(jefe);
  assert.equal(mechanism.name, 'CRAM-SHA1');
  // RFC 2202 §3, test case 2.
  assert.equal(
    mechanism.respond(Buffer.from('what do ya want for nothing?')),
    'jefe effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
  );
});
