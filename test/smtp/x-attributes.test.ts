import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributeLine, attributeLines, notTaken } from '#src/smtp/x-attributes.js';

test('attributes keep their order, and their names are upper case', () => {
  assert.equal(attributeLine('XCLIENT', { name: 'a', ADDR: '192.0.2.1' }), 'XCLIENT NAME=a ADDR=192.0.2.1');
});

test('IPv6 addresses get the prefix that Postfix wants, once', () => {
  const line = attributeLine('XCLIENT', { ADDR: '::1', DESTADDR: 'IPv6:::2', NAME: 'a:b' });
  assert.equal(line, 'XCLIENT ADDR=IPV6:::1 DESTADDR=IPv6:::2 NAME=a:b');
});

test('lines are filled up to 512 octets with their CRLF, and no further', () => {
  const lengths = (second: number) =>
    attributeLines('XFORWARD', { NAME: 'n'.repeat(200), HELO: 'h'.repeat(second) }).map(
      ({ length }) => length,
    );
  // 'XFORWARD NAME=' and 200, ' HELO=' and 290, and CRLF.
  assert.deepEqual(lengths(290), [510]);
  assert.deepEqual(lengths(291), [214, 305]);
});

test('an attribute longer than a line has a line of its own', () => {
  const lines = attributeLines('XFORWARD', { A: '1', B: 'b'.repeat(600), C: '3' });
  assert.deepEqual(
    lines.map((line) => line.slice(0, 12)),
    ['XFORWARD A=1', 'XFORWARD B=b', 'XFORWARD C=3'],
  );
});

test('no attributes are no lines', () => {
  assert.deepEqual(attributeLines('XFORWARD', {}), []);
});

test('what a server does not offer is named', () => {
  assert.deepEqual(notTaken({ name: 'a', Port: '1', LOGIN: 'b' }, ['NAME', 'ADDR']), ['PORT', 'LOGIN']);
  assert.deepEqual(notTaken({ name: 'a' }, ['NAME']), []);
});
