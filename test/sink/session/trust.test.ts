import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTrusted } from '#src/sink/session/trust.js';

test('hosts of private networks and this one are believed, any other is not', () => {
  const near = [
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.1.1',
    '::1',
    'fd00::1',
    'fe80::1',
  ];
  for (const address of [...near, '']) assert.ok(isTrusted(address), address);
  const far = ['192.0.2.1', '172.32.0.1', '8.8.8.8', '2001:db8::1', '::2'];
  for (const address of far) assert.ok(!isTrusted(address), address);
});

test('an IPv4 client of a dual-stack listener is judged by its IPv4 address', () => {
  assert.ok(isTrusted('::ffff:127.0.0.1'));
  assert.ok(!isTrusted('::ffff:192.0.2.1'));
});
