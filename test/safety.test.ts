import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isLoopbackHost, isReservedDomain } from '#src/safety.js';

test('every address in 127.0.0.0/8 is loopback, and as an IPv4-mapped one too', () => {
  const octet = fc.nat(255);
  fc.assert(
    fc.property(octet, octet, octet, (a, b, c) => {
      const address = `127.${a}.${b}.${c}`;
      assert.equal(isLoopbackHost(address), true);
      assert.equal(isLoopbackHost(`::ffff:${address}`), true);
    }),
  );
});

test('no IPv4 address outside 127.0.0.0/8 is loopback', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      assert.equal(isLoopbackHost(address), address.startsWith('127.'));
    }),
  );
});

test('::1 in its spellings and brackets, and localhost in any case, are loopback', () => {
  for (const host of ['::1', '[::1]', '0:0:0:0:0:0:0:1', '::FFFF:127.0.0.1', 'localhost', 'LocalHost']) {
    assert.equal(isLoopbackHost(host), true, host);
  }
});

test('a host that only begins or ends like loopback is not', () => {
  const hosts = [
    '127.0.0.1.example.com',
    '127.example.com',
    'localhost.example.com',
    'mylocalhost',
    '127.0.0.256',
    '127.0.0',
    '1127.0.0.1',
    '127.0.0.1\n',
    ' 127.0.0.1',
    '::2',
    '::ffff:10.0.0.1',
    '::ffff:localhost.example.com',
    '0.0.0.0',
    '::',
    '',
  ];
  for (const host of hosts) assert.equal(isLoopbackHost(host), false, JSON.stringify(host));
});

test('reserved names and everything below them are reserved, in any case and with a final dot', () => {
  const domains = [
    'example.com',
    'a.b.example.org',
    'example.net',
    'mx.test',
    'test',
    'a.example',
    'x.invalid',
  ];
  for (const domain of [...domains, 'sub.localhost', 'EXAMPLE.Com', 'example.com.', 'mx.test.']) {
    assert.equal(isReservedDomain(domain), true, domain);
  }
});

test('a domain that somebody may own is not reserved', () => {
  const domains = [
    'example.com.evil.org',
    'notexample.com',
    'example.de',
    'test.com',
    'mytest',
    'com',
    '',
    '.',
  ];
  for (const domain of [...domains, 'example.com..', 'examplexcom']) {
    assert.equal(isReservedDomain(domain), false, domain);
  }
});
