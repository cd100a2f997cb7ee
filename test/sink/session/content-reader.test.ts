import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BoundedContent } from '#src/sink/session/bounded-content.js';
import { ContentReader } from '#src/sink/session/content-reader.js';

/** Content, and what is left behind it; null while it has not ended. */
function read(wire: string, cuts: readonly number[] = [], limitBytes = 1000) {
  const kept = new BoundedContent(limitBytes);
  const reader = new ContentReader(kept);
  const bytes = Buffer.from(wire, 'latin1');
  const ends = [...cuts.filter((cut) => cut > 0 && cut < bytes.length), bytes.length].sort((a, b) => a - b);
  let from = 0;
  for (const to of ends) {
    const used = reader.feed(bytes.subarray(from, to));
    if (used >= 0) {
      const content = kept.take()?.toString('latin1') ?? null;
      return { content, rest: wire.slice(from + used), sizeBytes: kept.sizeBytes };
    }
    from = to;
  }
  return null;
}

test('only a dot alone between CRLFs ends the content', () => {
  const cases: [wire: string, content: string | null, rest: string][] = [
    ['.\r\n', '', ''],
    ['.\r\nMAIL', '', 'MAIL'],
    ['a\r\n.\r\nQUIT\r\n', 'a\r\n', 'QUIT\r\n'],
    ['\r\n.\r\n', '\r\n', ''],
    ['\r\r\n.\r\n', '\r\r\n', ''],
    ['a\n.\r\nb\r\n.\r\n', 'a\n.\r\nb\r\n', ''],
    ['a\r\n.\nb\r\n.\r\n', 'a\r\n\nb\r\n', ''],
    ['a\n.\nb\r\n.\r\n', 'a\n.\nb\r\n', ''],
    ['a\r.\r\nb\r\n.\r\n', 'a\r.\r\nb\r\n', ''],
    ['a\r\n.\r\r\n.\r\n', 'a\r\n\r\r\n', ''],
  ];
  for (const [wire, content, rest] of cases) {
    assert.deepEqual([read(wire)?.content, read(wire)?.rest], [content, rest], JSON.stringify(wire));
  }
  for (const wire of [
    '',
    'a',
    'a\r\n',
    'a\r\n.',
    'a\r\n.\r',
    'a.\r\n',
    'a\n.\r\n',
    '.\n',
    '\n.\n',
    '\r.\r',
  ]) {
    assert.equal(read(wire), null, JSON.stringify(wire));
  }
});

test('the dot that begins a line is taken away, after a bare LF only where another one follows', () => {
  const cases: [wire: string, content: string][] = [
    ['..\r\n.\r\n', '.\r\n'],
    ['...\r\n.\r\n', '..\r\n'],
    ['a\r\n..b\r\n.\r\n', 'a\r\n.b\r\n'],
    ['a\r\n.b\r\n.\r\n', 'a\r\nb\r\n'],
    ['a\n..b\r\n.\r\n', 'a\n.b\r\n'],
    ['a\n.b\r\n.\r\n', 'a\n.b\r\n'],
    ['a.b..c\r\n.\r\n', 'a.b..c\r\n'],
  ];
  for (const [wire, content] of cases) assert.equal(read(wire)?.content, content, JSON.stringify(wire));
});

test('content over the limit is counted to its end and not kept', () => {
  assert.deepEqual(read('12345\r\n.\r\n', [], 7), { content: '12345\r\n', rest: '', sizeBytes: 7 });
  assert.deepEqual(read('123456\r\n.\r\nQUIT', [], 7), { content: null, rest: 'QUIT', sizeBytes: 8 });
});

test('any chunking reads the same', () => {
  const piece = fc.constantFrom('\r', '\n', '.', '\r\n', '\r\n.', '\r\n.\r\n', '\n.', 'a', 'text', '..');
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }),
      fc.array(fc.nat(40), { maxLength: 8 }),
      (pieces, cuts) => {
        const wire = `${pieces.join('')}\r\n.\r\n`;
        assert.deepEqual(read(wire, [...new Set(cuts)]), read(wire));
      },
    ),
    { numRuns: 2000, seed: 7 },
  );
});

test('what was stuffed comes out as it was', () => {
  const line = fc.stringMatching(/^[.a]{0,5}$/);
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const content = lines.map((text) => `${text}\r\n`).join('');
      const stuffed = lines.map((text) => `${text.startsWith('.') ? '.' : ''}${text}\r\n`).join('');
      assert.equal(read(`${stuffed}.\r\n`)?.content, content);
    }),
    { numRuns: 500, seed: 7 },
  );
});
