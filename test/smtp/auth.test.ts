import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authCommand, authStep, mechanismOf } from '#src/smtp/auth.js';
import { credentials } from './options.js';

const tim = credentials('tim', 'tanstaaftanstaaf');
const decode = (text: string | null) => Buffer.from(text ?? '', 'base64').toString('utf8');

test('PLAIN sends the example of RFC 4954 with the command', () => {
  assert.equal(authCommand('plain', tim), 'AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm');
});

test('PLAIN answers one 334 with the same, and no second', () => {
  assert.equal(authStep('plain', tim, 0), 'AHRpbQB0YW5zdGFhZnRhbnN0YWFm');
  assert.equal(authStep('plain', tim, 1), null);
});

test('LOGIN answers two prompts: user, then password', () => {
  assert.equal(authCommand('login', tim), 'AUTH LOGIN');
  assert.equal(decode(authStep('login', tim, 0)), 'tim');
  assert.equal(decode(authStep('login', tim, 1)), 'tanstaaftanstaaf');
  assert.equal(authStep('login', tim, 2), null);
});

test('user and password may hold any character, as UTF-8', () => {
  assert.equal(decode(authStep('plain', credentials('jürgen', 'пароль €'), 0)), '\0jürgen\0пароль €');
  assert.equal(decode(authStep('login', credentials('tim', ''), 1)), '');
});

test('a long password stays on one line', () => {
  assert.match(authCommand('plain', credentials('tim', 'x'.repeat(2_000))), /^AUTH PLAIN [A-Za-z0-9+/=]+$/);
});

test('mechanisms are named as servers list them', () => {
  assert.deepEqual([mechanismOf('plain'), mechanismOf('login')], ['PLAIN', 'LOGIN']);
});
