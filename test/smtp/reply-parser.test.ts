import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  enhancedText,
  MAX_REPLY_BYTES,
  MAX_REPLY_LINES,
  ReplyParser,
  type ReplyView,
} from '#src/smtp/reply-parser.js';

type Seen =
  | { readonly code: number; readonly enhanced: string; readonly lines: number; readonly text: string }
  | { readonly malformed: string };

/** Feeds the chunks in a buffer that is overwritten after each, as the transport's is. */
function parse(...chunks: readonly (string | Buffer)[]): Seen[] {
  const seen: Seen[] = [];
  const parser = new ReplyParser({
    onReply: (reply) => seen.push(snapshot(reply)),
    onMalformed: (malformed) => seen.push({ malformed }),
  });
  for (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk;
    const shared = Buffer.concat([bytes, Buffer.from('250 not part of the chunk\r\n')]);
    parser.push(shared, bytes.length);
    shared.fill('?');
  }
  return seen;
}

function snapshot(reply: ReplyView): Seen {
  const { code, enhanced, lineCount } = reply;
  return { code, enhanced: enhancedText(enhanced), lines: lineCount, text: reply.text() };
}

const ok = (text: string, code = 250): Seen => ({ code, enhanced: '', lines: 1, text });

describe('a reply', () => {
  test('of one line', () => assert.deepEqual(parse('250 ok then\r\n'), [ok('ok then')]));

  test('without text', () => {
    assert.deepEqual(parse('250\r\n354 \r\n'), [ok(''), ok('', 354)]);
  });

  test('of several lines', () => {
    const expected = [{ code: 250, enhanced: '', lines: 3, text: 'mx.example.test\nPIPELINING\nSIZE 1000' }];
    assert.deepEqual(parse('250-mx.example.test\r\n250-PIPELINING\r\n250 SIZE 1000\r\n'), expected);
  });

  test('of several lines that ends in a bare code', () => {
    assert.deepEqual(parse('250-a\r\n250\r\n'), [{ code: 250, enhanced: '', lines: 2, text: 'a\n' }]);
  });

  test('whose lines end in LF alone', () => {
    assert.deepEqual(parse('250-a\n250 b\n'), [{ code: 250, enhanced: '', lines: 2, text: 'a\nb' }]);
  });

  test('behind another keeps nothing of it', () => {
    assert.deepEqual(parse('250-a\r\n250 b\r\n550 5.1.1 c\r\n250 d\r\n').slice(1), [
      { code: 550, enhanced: '5.1.1', lines: 1, text: '5.1.1 c' },
      ok('d'),
    ]);
  });

  test('with NUL, CR in the middle, and bytes over 127, as Latin-1', () => {
    assert.deepEqual(parse(Buffer.from([50, 53, 48, 32, 0, 13, 0xe9, 0xff, 13, 10])), [ok('\0\r\xe9\xff')]);
  });

  test('of exactly the greatest length, in one line and in many', () => {
    const line = `250 ${'x'.repeat(MAX_REPLY_BYTES - 6)}\r\n`;
    assert.deepEqual(parse(line), [ok('x'.repeat(MAX_REPLY_BYTES - 6))]);
    const many = `${`250-${'x'.repeat(58)}\r\n`.repeat(999)}250 end\r\n`;
    assert.deepEqual(
      parse(many).map((reply) => 'lines' in reply && reply.lines),
      [MAX_REPLY_LINES],
    );
  });
});

describe('malformed:', () => {
  const cases: [string, string, string][] = [
    ['no digits', 'hello\r\n', 'malformed-reply'],
    ['an empty line', '\r\n', 'malformed-reply'],
    ['two digits', '25\r\n', 'malformed-reply'],
    ['four digits', '2500 ok\r\n', 'malformed-reply'],
    ['a code below 200', '199 ok\r\n', 'malformed-reply'],
    ['a code above 599', '600 ok\r\n', 'malformed-reply'],
    ['a letter in the code', '2x0 ok\r\n', 'malformed-reply'],
    ['a tab behind the code', '250\tok\r\n', 'malformed-reply'],
    ['a space before the code', ' 250 ok\r\n', 'malformed-reply'],
    ['codes that differ', '250-a\r\n251 b\r\n', 'reply-codes-differ'],
    ['codes that differ in the middle', '250-a\r\n550-b\r\n250 c\r\n', 'reply-codes-differ'],
    ['a line without a code in a reply', '250-a\r\nb\r\n', 'malformed-reply'],
    ['one line too long', `250 ${'x'.repeat(MAX_REPLY_BYTES - 5)}\r\n`, 'reply-too-long'],
    ['many lines too long together', `250-${'x'.repeat(994)}\r\n`.repeat(66), 'reply-too-long'],
    ['too many lines', '250-\r\n'.repeat(MAX_REPLY_LINES + 1), 'reply-too-long'],
    ['no line end in sight', 'x'.repeat(MAX_REPLY_BYTES + 1), 'reply-too-long'],
  ];
  for (const [title, stream, malformed] of cases) {
    test(title, () => {
      assert.deepEqual(parse(`220 hi\r\n${stream}250 unheard\r\n`), [ok('hi', 220), { malformed }]);
    });
  }

  test('as many bytes in many replies are fine', () => {
    assert.equal(parse('250 abcdefghijklmn\r\n'.repeat(5_000)).length, 5_000);
  });

  test('nothing is heard after it, in this chunk or the next', () => {
    assert.deepEqual(parse('x\r\n250 a\r\n', '250 b\r\n'), [{ malformed: 'malformed-reply' }]);
  });
});

describe('the enhanced status code', () => {
  const cases: [string, string][] = [
    ['5.1.1 unknown', '5.1.1'],
    ['5.7.515 Access denied', '5.7.515'],
    ['2.0.0', '2.0.0'],
    ['4.999.999 x', '4.999.999'],
    ['4.0.1 x', '4.0.1'],
    ['5.1.1234 too long', ''],
    ['5.1.1. dot', ''],
    ['5.1.1: colon', ''],
    ['5.1.1.1 four parts', ''],
    ['5.1 two parts', ''],
    ['5..1 empty part', ''],
    ['5.1. x', ''],
    ['1.1.1 no such class', ''],
    ['3.1.1 no such class', ''],
    ['9.1.1 no such class', ''],
    ['55.1.1 two digits of class', ''],
    ['#5.1.1 as some write it', ''],
    ['[5.1.1] as others do', ''],
    ['5.1.1\tx', ''],
    [' 5.1.1 behind a space', ''],
    ['127.0.0.1 is an address', ''],
  ];
  for (const [text, enhanced] of cases) {
    test(`of "${text}" is "${enhanced}"`, () => {
      assert.deepEqual(parse(`550 ${text}\r\n`), [{ code: 550, enhanced, lines: 1, text }]);
    });
  }

  test('is that of the first line', () => {
    const [reply] = parse('550-5.7.1 a\r\n550 5.1.1 b\r\n');
    assert.equal(reply !== undefined && 'enhanced' in reply && reply.enhanced, '5.7.1');
  });

  test('is forgotten with its reply', () => {
    assert.deepEqual(parse('550 5.1.1 a\r\n250 b\r\n').at(-1), ok('b'));
  });
});

describe('any chunking', () => {
  const line = fc.string({ unit: 'binary-ascii', maxLength: 30 }).map((text) => text.replaceAll('\n', '.'));
  const reply = fc
    .tuple(fc.integer({ min: 200, max: 599 }), fc.array(line, { minLength: 1, maxLength: 4 }))
    .map(([code, lines]) =>
      lines.map((text, i) => `${code}${i < lines.length - 1 ? '-' : ' '}${text}\r\n`).join(''),
    );
  const stream = fc
    .array(fc.oneof({ weight: 9, arbitrary: reply }, { weight: 1, arbitrary: fc.string({ maxLength: 8 }) }), {
      maxLength: 8,
    })
    .map((parts) => Buffer.from(parts.join(''), 'latin1'));

  test('parses the same', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 12 }), (bytes, cuts) => {
        assert.deepEqual(parse(...cut(bytes, cuts)), parse(bytes));
      }),
      { numRuns: 2_000 },
    );
  });

  test('down to single bytes', () => {
    fc.assert(
      fc.property(stream, (bytes) => {
        assert.deepEqual(parse(...cut(bytes, [...bytes.keys()])), parse(bytes));
      }),
    );
  });

  test('finds the same fault, at the bounds too', () => {
    const long = fc
      .tuple(
        fc.integer({ min: MAX_REPLY_BYTES - 20, max: MAX_REPLY_BYTES + 20 }),
        fc.constantFrom('250 ', 'abc '),
      )
      .map(([length, start]) => Buffer.from(`${start.padEnd(length - 2, 'x')}\r\n250 next\r\n`));
    fc.assert(
      fc.property(long, fc.array(fc.nat(), { maxLength: 4 }), (bytes, cuts) => {
        assert.deepEqual(parse(...cut(bytes, cuts)), parse(bytes));
      }),
      { numRuns: 200 },
    );
  });
});

describe('unreadBytes', () => {
  function unread(...chunks: readonly string[]): number[] {
    const counts: number[] = [];
    const parser: ReplyParser = new ReplyParser({
      onReply: () => counts.push(parser.unreadBytes),
      onMalformed: () => {},
    });
    for (const chunk of chunks) parser.push(Buffer.from(chunk), chunk.length);
    return counts;
  }

  test('is 0 for a reply that ends its chunk', () =>
    assert.deepEqual(unread('220 go\r\n', '250 x\r\n'), [0, 0]));

  test('counts what came behind the reply, whole or not', () => {
    assert.deepEqual(unread('220 go\r\n250 x\r\n2'), [8, 1]);
    assert.deepEqual(unread('220 g', 'o\r\n\x16\x03'), [2]);
  });
});

test('a parser that is told to stop within a reply stops there', () => {
  const codes: number[] = [];
  const parser: ReplyParser = new ReplyParser({
    onReply: ({ code }) => {
      codes.push(code);
      parser.stop();
    },
    onMalformed: () => assert.fail('malformed'),
  });
  const bytes = Buffer.from('421 bye\r\n250 a\r\nx');
  parser.push(bytes, bytes.length);
  parser.push(bytes, bytes.length);
  assert.deepEqual(codes, [421]);
});

/** Cuts at these places, taken modulo the length. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  if (bytes.length === 0) return [];
  const sorted = places.map((place) => place % bytes.length).sort((a, b) => a - b);
  return [0, ...sorted].map((from, i) => bytes.subarray(from, sorted[i] ?? bytes.length));
}
