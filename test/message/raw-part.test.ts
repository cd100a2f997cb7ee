import assert from 'node:assert/strict';
import { test } from 'node:test';
import { putRawPart, type RawEncoding } from '#src/message/raw-part.js';

const WORD = 'part-0-word';

function put(content: string, encoding: RawEncoding, after = '\r\n'): string {
  const message = `Subject: x\r\nContent-Transfer-Encoding: 7bit\r\n\r\n${WORD}${after}`;
  const put = putRawPart(Buffer.from(message), { word: WORD, content: Buffer.from(content), encoding });
  return put.toString();
}

test('the content takes the place of the word, and the mark that of 7bit', () => {
  assert.equal(
    put('ü\r\n--not a delimiter', '8bit', '\r\n--b--\r\n'),
    'Subject: x\r\nContent-Transfer-Encoding: 8bit\r\n\r\nü\r\n--not a delimiter\r\n--b--\r\n',
  );
});

test('at the end of the message a last line that is ended is not ended again, but a delimiter keeps its line end', () => {
  assert.ok(put('a\r\n', '7bit').endsWith('\r\n\r\na\r\n'));
  assert.ok(put('a', '7bit').endsWith('\r\n\r\na\r\n'));
  assert.ok(put('a\r\n', '7bit', '\r\n--b--\r\n').endsWith('\r\n\r\na\r\n\r\n--b--\r\n'));
});

test('lines of 998 octets are sent as they stand, longer ones only as binary', () => {
  const line = (octets: number) => `${'x'.repeat(octets)}\r\n`;
  put(line(998), '7bit');
  put(line(998), '8bit');
  put(line(999), 'binary');
  assert.throws(() => put(line(999), '7bit'), { code: 'MESSAGE_ENCODING_UNFIT' });
  assert.throws(() => put(line(999), '8bit'), { code: 'MESSAGE_ENCODING_UNFIT' });
});

test('7bit takes no more than ASCII, and only binary NULs and lone CRs', () => {
  for (const [content, encoding] of [
    ['ü', '7bit'],
    ['a\0', '7bit'],
    ['a\0', '8bit'],
    ['a\rb', '8bit'],
  ] as const) {
    assert.throws(() => put(content, encoding), { code: 'MESSAGE_ENCODING_UNFIT' });
    put(content, 'binary');
  }
});
