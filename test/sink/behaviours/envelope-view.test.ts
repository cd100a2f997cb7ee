import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockMatcher, domainOf, networkOf, recipientsOf } from '#src/sink/behaviours/envelope-view.js';
import { eventOf } from './behave.js';

test('an event is about the recipient it names, or else about all so far', () => {
  assert.deepEqual(recipientsOf(eventOf('RCPT', { recipient: 'b@x', recipients: ['a@x'] })), ['b@x']);
  assert.deepEqual(recipientsOf(eventOf('CONTENT', { recipients: ['a@x', 'b@x'] })), ['a@x', 'b@x']);
});

test('the domain is what follows the last at sign, in lower case', () => {
  assert.equal(domainOf('"a@b"@Example.TEST'), 'example.test');
  assert.equal(domainOf('postmaster'), '');
});

test('one network of a client is its /24, or its /64 of IPv6, however it is written', () => {
  assert.equal(networkOf('192.0.2.1'), networkOf('192.0.2.200'));
  assert.notEqual(networkOf('192.0.2.1'), networkOf('192.0.3.1'));
  assert.equal(networkOf('::ffff:192.0.2.1'), networkOf('192.0.2.7'));
  assert.equal(networkOf('2001:db8::1'), networkOf('2001:db8:0:0:ffff::2'));
  assert.notEqual(networkOf('2001:db8::1'), networkOf('2001:db8:0:1::1'));
  assert.equal(networkOf('fe80::1%eth0'), networkOf('fe80::2'));
  assert.equal(networkOf('unix:/run/x.sock'), 'unix:/run/x.sock');
});

test('blocks hold addresses of both families, and nothing that is no address', () => {
  const isInside = blockMatcher(['127.0.0.2/32', '10.0.0.0/8', '::1', '2001:db8::/32']);
  for (const peer of ['127.0.0.2', '::ffff:127.0.0.2', '10.9.8.7', '::1', '2001:db8:1::1']) {
    assert.equal(isInside(peer), true, peer);
  }
  for (const peer of [
    '127.0.0.3',
    '11.0.0.1',
    '::2',
    '2001:db9::1',
    '',
    'unix:/x',
    '10.0.0',
    '127.0.0.2/32',
  ]) {
    assert.equal(isInside(peer), false, peer);
  }
});
