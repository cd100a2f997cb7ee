import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mboxSpans } from '#src/message/corpus/mbox.js';

/** What each span holds, read in pieces of at most `atOnce` octets. */
function messagesOf(text: string, atOnce = Number.POSITIVE_INFINITY): string[] {
  const file = Buffer.from(text, 'latin1');
  const read = (buffer: Buffer, length: number, position: number) =>
    file.copy(buffer, 0, position, Math.min(file.length, position + Math.min(length, atOnce)));
  return [...mboxSpans(read)].map(({ start, end }) => file.toString('latin1', start, end));
}

const FROM = 'From a@b.test Mon Nov 16 09:00:00 2026';

for (const [name, eol] of [
  ['LF', '\n'],
  ['CRLF', '\r\n'],
] as const) {
  test(`${name}: a message lies between its From line and the empty line before the next`, () => {
    const [one, two] = [`Subject: 1${eol}${eol}x${eol}`, `Subject: 2${eol}${eol}y${eol}${eol}z${eol}`];
    const text = `${FROM}${eol}${one}${eol}${FROM}${eol}${two}${eol}`;
    assert.deepEqual(messagesOf(text), [one, two]);
    assert.deepEqual(messagesOf(text, 3), [one, two]);
  });
}

test('a line of a text that begins with From ends no message', () => {
  for (const line of ['From here on all is well.', 'From 10:30 on', 'From the year 2026 on']) {
    const message = `Subject: 1\n\nx\n\n${line}\n`;
    assert.deepEqual(messagesOf(`${FROM}\n${message}`), [message]);
  }
  const unseparated = `Subject: 1\n\nx\n${FROM}\ny\n`;
  assert.deepEqual(messagesOf(`${FROM}\n${unseparated}`), [unseparated]);
});

test('zones, addresses without a domain and years before the time are dates too', () => {
  for (const from of [
    'From MAILER-DAEMON Sat Jan  3 01:05:34 1996',
    'From a@b.test Mon Nov 16 09:00:00 +0100 2026',
    'From - Mon, 16 Nov 2026 09:00:00 +0100',
    'From a@b.test Mon Nov 16 09:00 2026',
  ]) {
    assert.deepEqual(
      messagesOf(`${FROM}\nA: 1\n\nx\n\n${from}\nB: 2\n\ny\n`),
      ['A: 1\n\nx\n', 'B: 2\n\ny\n'],
      from,
    );
  }
});

test('a file that is none has no message, and one that ends early has what is there', () => {
  assert.deepEqual(messagesOf(''), []);
  assert.deepEqual(messagesOf('Subject: 1\n\nx\n'), []);
  assert.deepEqual(messagesOf(`Subject: 1\n\n${FROM}\nA: 1\n`), ['A: 1\n']);
  assert.deepEqual(messagesOf(`${FROM}\nA: 1`), ['A: 1']);
});

test('messages larger and smaller than a piece are found whole, however they fall', () => {
  const body = (octets: number) => `A: 1\n\n${'abcdefg \n'.repeat(octets / 9)}end\n`;
  const messages = [900_000, 9, 140_000, 1_048_000, 18, 2_500_000].map(body);
  const text = messages.map((message) => `${FROM}\n${message}\n`).join('');
  assert.deepEqual(
    messagesOf(text).map(({ length }) => length),
    messages.map(({ length }) => length),
  );
  assert.deepEqual(messagesOf(text), messages);
});

test('whatever is written as an mbox is read again', () => {
  const line = fc.constantFrom('', 'text', '>From x', 'From here', '\tfolded', '.', 'A: b');
  const message = fc
    .array(line, { maxLength: 12 })
    .map((lines) => `Subject: x\n\n${lines.join('\n')}\nend\n`);
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 40 }),
      (messages, atOnce) => {
        const text = messages.map((one) => `${FROM}\n${one}\n`).join('');
        assert.deepEqual(messagesOf(text, atOnce), messages);
      },
    ),
  );
});
