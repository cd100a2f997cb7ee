import assert from 'node:assert/strict';
import { test } from 'node:test';
import { external, login, plain } from '#src/smtp/sasl/simple.js';

const tim = { user: 'tim', pass: 'tanstaaftanstaaf', authzid: '' };
const prompt = Buffer.from('whatever');

test('PLAIN says the examples of RFC 4616', () => {
  assert.equal(plain(tim).first, '\0tim\0tanstaaftanstaaf');
  assert.equal(plain({ user: 'Kurt', pass: 'xipj3plmq', authzid: 'Ursel' }).first, 'Ursel\0Kurt\0xipj3plmq');
});

test('PLAIN has nothing to say to a challenge', () => {
  assert.equal(plain(tim).respond(prompt), null);
});

test('LOGIN waits to be asked, and answers two prompts of any kind: user, then password', () => {
  const mechanism = login(tim);
  assert.equal(mechanism.first, null);
  assert.deepEqual(
    [mechanism.respond(prompt), mechanism.respond(null), mechanism.respond(prompt)],
    ['tim', 'tanstaaftanstaaf', null],
  );
});

test('LOGIN says an empty password as well', () => {
  const mechanism = login({ ...tim, pass: '' });
  mechanism.respond(prompt);
  assert.equal(mechanism.respond(prompt), '');
});

test('EXTERNAL says whom to act as, the user where nobody else is meant, or nothing', () => {
  assert.equal(external({ user: 'fred@example.com', pass: '', authzid: '' }).first, 'fred@example.com');
  assert.equal(external({ user: 'fred', pass: '', authzid: 'postmaster' }).first, 'postmaster');
  assert.equal(external({ user: '', pass: '', authzid: '' }).first, '');
  assert.equal(external({ user: '', pass: '', authzid: '' }).respond(prompt), null);
});
