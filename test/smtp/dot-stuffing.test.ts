import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dotStuff, endWithCrlf } from '#src/smtp/dot-stuffing.js';

const stuffed = (message: string) => dotStuff(Buffer.from(message, 'latin1')).toString('latin1');

/** What a server does (RFC 5321 §4.5.2): finds the lone dot, takes one dot off each line that begins with one. */
function unstuff(wire: string): string {
  const lines = wire.split('\r\n');
  assert.deepEqual(lines.slice(-2), ['.', ''], 'ends with the terminator');
  const content = lines.slice(0, -2);
  assert.equal(content.includes('.'), false, 'the terminator stands in the middle');
  return content.map((line) => `${line.startsWith('.') ? line.slice(1) : line}\r\n`).join('');
}

test('a line that begins with a dot gets another', () => {
  assert.equal(stuffed('.a\r\n..b\r\nc.\r\n.\r\n'), '..a\r\n...b\r\nc.\r\n..\r\n.\r\n');
});

test('a message without a line end at its end gets one', () => {
  assert.equal(stuffed('a'), 'a\r\n.\r\n');
  assert.equal(stuffed('a\n'), 'a\n\r\n.\r\n');
  assert.equal(stuffed('a\r'), 'a\r\r\n.\r\n');
});

test('an empty message is the terminator alone', () => assert.equal(stuffed(''), '.\r\n'));

test('a dot behind a bare LF is stuffed, and behind a bare CR not', () => {
  assert.equal(stuffed('a\n.\nb\r.\r\n'), 'a\n..\nb\r.\r\n.\r\n');
});

test('unstuffing gives back any message of CRLF lines', () => {
  const line = fc.string({ unit: fc.constantFrom('.', 'a', ' ', '\t', '\xff', '\0'), maxLength: 6 });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const message = lines.map((text) => `${text}\r\n`).join('');
      assert.equal(unstuff(stuffed(message)), message);
    }),
    { numRuns: 1_000 },
  );
});

test('no message whatever has the terminator anywhere but at its end', () => {
  const bytes = fc.string({ unit: fc.constantFrom('.', '\r', '\n', 'a'), maxLength: 20 });
  fc.assert(
    fc.property(bytes, (message) => {
      const wire = stuffed(message);
      // As a strict server and as a careless one would look for it.
      assert.equal(`\r\n${wire}`.indexOf('\r\n.\r\n'), wire.length - 3);
      assert.equal(/\n\.\r?\n/.exec(`\n${wire}`)?.index, wire.length - 3);
    }),
    { numRuns: 2_000 },
  );
});

test('for BDAT nothing is stuffed, and the message ends with CRLF once', () => {
  const ended = (message: string) => endWithCrlf(Buffer.from(message, 'latin1')).toString('latin1');
  assert.equal(ended('.a\r\n.\r\n'), '.a\r\n.\r\n');
  assert.equal(ended('.a'), '.a\r\n');
  assert.equal(ended('a\n'), 'a\n\r\n');
});

test('DATA and BDAT carry the same message', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('.', '\r\n', 'a'), { maxLength: 12 }), (parts) => {
      const message = parts.join('');
      assert.equal(unstuff(stuffed(message)), endWithCrlf(Buffer.from(message)).toString());
    }),
  );
});
