import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCapabilities } from '#src/smtp/capabilities.js';

const NONE = { pipelining: false, startTls: false, size: false, auth: [] };

test('keywords are found in any case, with or without parameters', () => {
  const text = 'mx.example.test\nPipelining\nSIZE 10240000\nstarttls\nAUTH plain LOGIN\n8BITMIME';
  assert.deepEqual(parseCapabilities(text), {
    pipelining: true,
    startTls: true,
    size: true,
    auth: ['PLAIN', 'LOGIN'],
  });
  assert.equal(parseCapabilities('mx\nSIZE').size, true);
});

test('the first line is a greeting and offers nothing', () => {
  assert.deepEqual(parseCapabilities('PIPELINING STARTTLS'), NONE);
  assert.deepEqual(parseCapabilities('STARTTLS\nHELP'), NONE);
});

test('a keyword is a whole word at the start of its line', () => {
  assert.deepEqual(
    parseCapabilities('mx\nXPIPELINING\nPIPELININGS\nHELP STARTTLS\nSIZES 5\nXAUTH PLAIN'),
    NONE,
  );
});

test('AUTH in two lines and in the old form adds up', () => {
  assert.deepEqual(parseCapabilities('mx\nAUTH PLAIN\nAUTH=LOGIN CRAM-MD5').auth, [
    'PLAIN',
    'LOGIN',
    'CRAM-MD5',
  ]);
});

test('an empty AUTH offers no mechanism', () => {
  assert.deepEqual(parseCapabilities('mx\nAUTH\nAUTH \nAUTH=').auth.filter(Boolean), []);
});

test('space around a keyword does no harm', () => {
  assert.equal(parseCapabilities('mx\n  PIPELINING  \n').pipelining, true);
});
