import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { familyOf, parseAddress, withPort } from '#src/scenario/ip-address.js';

test('an address has the family that Node gives it, and other text none', () => {
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.string(),
    fc.stringMatching(/^[0-9a-f:.]{1,20}$/),
    fc.constantFrom(
      '1.2.3',
      '1.2.3.4.5',
      '256.1.1.1',
      '::',
      ':::',
      '::1::',
      '1:2:3:4:5:6:7:8:9',
      '[::1]',
      'fe80::1%eth0',
      '',
    ),
  );
  fc.assert(
    // Node takes leading zeros in no octet, and OpenSSL, DNS and we need not either.
    fc.property(
      text,
      (one) => /(^|\.)0\d/.test(one) || assert.equal(familyOf(one) ?? 0, isIP(one.replace(/%.*$/, '%')), one),
    ),
    { numRuns: 2000, seed: 5 },
  );
});

test('an address is read with and without its port, an IPv6 address in brackets', () => {
  assert.deepEqual(parseAddress('127.0.0.1'), { address: '127.0.0.1', port: null, family: 4 });
  assert.deepEqual(parseAddress('127.0.0.1:5353'), { address: '127.0.0.1', port: 5353, family: 4 });
  assert.deepEqual(parseAddress('::1'), { address: '::1', port: null, family: 6 });
  assert.deepEqual(parseAddress('[2001:db8::1]:53'), { address: '2001:db8::1', port: 53, family: 6 });
  assert.deepEqual(parseAddress('[::1]'), { address: '::1', port: null, family: 6 });
  for (const wrong of [
    '[127.0.0.1]:53',
    '127.0.0.1:0',
    '127.0.0.1:65536',
    '::1:',
    'localhost:53',
    '127.0.0.1:',
    '[::1]53',
    '',
  ]) {
    assert.equal(parseAddress(wrong), null, wrong);
  }
});

test('an address is written with a port that was given, or the usual one', () => {
  const written = (text: string) => withPort(parseAddress(text)!, 53);
  assert.deepEqual(['127.0.0.1', '127.0.0.1:5353', '::1', '[::1]:54'].map(written), [
    '127.0.0.1:53',
    '127.0.0.1:5353',
    '[::1]:53',
    '[::1]:54',
  ]);
});
