import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addressFault,
  distinctAddresses,
  hasTouchingPlaceholders,
  longestExpansion,
  placeholdersOf,
} from '#src/scenario/address-pattern.js';

test('addresses that RFC 5321 allows have no fault', () => {
  const addresses = [
    'a@example.test',
    'first.last+tag@sub.example.test',
    '"two words"@example.test',
    '"a@b"@example.test',
    'a@[127.0.0.1]',
    'a@[IPv6:::1]',
    'a@localhost',
    `${'a'.repeat(64)}@example.test`,
  ];
  for (const address of addresses) assert.equal(addressFault(address), null, address);
});

test('addresses beyond ASCII have no fault either, up to 64 octets of UTF-8', () => {
  const addresses = [
    'grüße@example.test',
    'a@bücher.example.test',
    '用户.名@例え.テスト',
    '"ü ü"@example.test',
    '😀@a.test',
  ];
  for (const address of [...addresses, `${'ü'.repeat(32)}@example.test`]) {
    assert.equal(addressFault(address), null, address);
  }
});

test('addresses that RFC 5321 does not allow are told why', () => {
  const faults: readonly [string, RegExp][] = [
    ['postmaster', /no `@`/],
    ['a@b@c', /more than one/],
    ['@example.test', /nothing before/],
    ['a@', /domain/],
    ['.a@example.test', /local part/],
    ['a..b@example.test', /local part/],
    ['a b@example.test', /local part/],
    ['<a@example.test>', /local part/],
    ['a@-x.test', /domain/],
    ['a@x_y.test', /domain/],
    ['a@[nonsense]', /domain/],
    ['a\u0085b@example.test', /control/],
    ['a\nb@example.test', /control/],
    ['\ud800@example.test', /control/],
    ['ü\u00a0x@example.test', /local part/],
    ['a@b\u3002test', /domain/],
    [`${'ü'.repeat(33)}@example.test`, /64 octets/],
    ['a@b.\r\nexample.test', /control/],
    [`${'a'.repeat(65)}@example.test`, /64 octets/],
    [`a@${'a'.repeat(64)}.test`, /domain/],
    [`a@${'a.'.repeat(128)}aa`, /255/],
    [`${'a'.repeat(60)}@${'b.'.repeat(98)}test`, /254/],
  ];
  for (const [address, fault] of faults) assert.match(addressFault(address) ?? 'none', fault, address);
});

test('a pattern is judged by its longest expansion', () => {
  assert.equal(longestExpansion('u{{n}}@{{domain}}', { users: 1000, domain: 'a.test' }), 'u1000@a.test');
  assert.equal(longestExpansion('b-{{seq}}@a.test'), `b-${'9'.repeat(10)}@a.test`);
});

test('placeholders are found once each, and those that touch are seen', () => {
  assert.deepEqual(placeholdersOf('{{n}}-{{n}}@{{domain}}{{x y}}'), ['n', 'domain', 'x y']);
  assert.equal(hasTouchingPlaceholders('{{n}}{{seq}}@a'), true);
  assert.equal(hasTouchingPlaceholders('{{n}}@{{domain}}'), false);
});

test('distinct addresses are counted without regard to case', () => {
  assert.equal(distinctAddresses('u{{n}}@{{domain}}', 10, ['a.test', 'A.test', 'b.test']), 20);
  assert.equal(distinctAddresses('u{{n}}@a.test', 10, []), 10);
  assert.equal(distinctAddresses('u@{{domain}}', 10, ['a.test', 'b.test']), 2);
  assert.equal(distinctAddresses('u{{seq}}@a.test', 10, []), 1);
});
