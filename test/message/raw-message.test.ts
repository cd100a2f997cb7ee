import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rawMessage } from '#src/message/raw-message.js';
import { bodyDigest, parseStamp, stampLayout } from '#src/message/stamp.js';
import { bodyOf, dotStuff, SENT_AT_US, unstuff, wireOf } from './wire.js';

const OPTIONS = { run: 'run-1', encode: dotStuff };

/** What goes out for it, without the terminator. */
function sent(raw: string | Buffer, number = 7): Buffer {
  const prepared = rawMessage(Buffer.from(raw), OPTIONS);
  const message = unstuff(wireOf(prepared.content(number, true)));
  assert.equal(message.length, prepared.sizeBytes);
  return message;
}

test('raw bytes go out as they are, under a stamp that says what they are', () => {
  const raw = 'From: a@example.test\r\nMessage-ID: <mine>\r\n\r\n.dot\r\n..\r\nlast\r\n';
  const message = sent(raw);
  assert.equal(message.subarray(stampLayout('run-1').lengthBytes).toString(), raw);
  assert.deepEqual(parseStamp(message), {
    run: 'run-1',
    number: 7,
    isWarmup: true,
    sentAtUs: SENT_AT_US,
    bodyDigest: bodyDigest(bodyOf(message)),
  });
});

test('lines end in CRLF, the last one too, whatever they ended in', () => {
  const rest = (raw: string) => sent(raw).subarray(stampLayout('run-1').lengthBytes).toString();
  for (const raw of ['A: b\n\nx', 'A: b\r\n\nx\n', 'A: b\r\n\r\nx']) {
    assert.equal(rest(raw), 'A: b\r\n\r\nx\r\n', JSON.stringify(raw));
  }
});

test('whatever stands in it, only CRLF ends a line', () => {
  const byte = fc.constantFrom(0x0a, 0x2e, 0x20, 0x41, 0xe4);
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 60 }), (bytes) => {
      const raw = Buffer.from([...Buffer.from('A: b\n\n'), ...bytes]);
      const text = sent(raw).toString('latin1').slice(stampLayout('run-1').lengthBytes);
      assert.doesNotMatch(text, /[^\r]\n|\r[^\n]/);
      const letters = (from: string) => from.replace(/[\r\n]/g, '');
      assert.equal(letters(text), letters(raw.toString('latin1')));
    }),
  );
});

test('what needs 8BITMIME or SMTPUTF8 says so', () => {
  const kinds = (raw: string) => {
    const { is8bit, hasUtf8Headers } = rawMessage(Buffer.from(raw), OPTIONS);
    return [is8bit, hasUtf8Headers];
  };
  assert.deepEqual(kinds('A: b\r\n\r\nx\r\n'), [false, false]);
  assert.deepEqual(kinds('A: b\r\n\r\nä\r\n'), [true, false]);
  assert.deepEqual(kinds('A: ä\r\n\r\nx\r\n'), [true, true]);
});

test('a line of 998 bytes goes out; a longer one, a NUL, a lone CR and what is no message are refused', () => {
  sent(`A: b\r\n\r\n${'x'.repeat(998)}\r\n`);
  for (const raw of [
    `A: b\r\n\r\n${'x'.repeat(999)}`,
    'A: b\r\n\r\n\0',
    'A: b\r\n\r\nx\ry',
    'no header',
    '',
  ]) {
    assert.throws(() => sent(raw), { code: 'MESSAGE_RAW_UNFIT' }, JSON.stringify(raw));
  }
});
