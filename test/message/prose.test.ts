import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { PROSE_LINE_LENGTH, prose } from '#src/message/prose.js';

const length = fc.integer({ min: 3, max: 20_000 });
const lineLength = fc.oneof(fc.constantFrom(PROSE_LINE_LENGTH, 76, 998), fc.integer({ min: 10, max: 998 }));

test('a text has exactly the length asked for, in lines of the length asked for but for the first ones', () => {
  fc.assert(
    fc.property(length, lineLength, (bytes, longest) => {
      const text = prose(bytes, longest).toString('latin1');
      assert.equal(text.length, bytes);
      assert.ok(text.endsWith('\r\n'));
      const lines = text.slice(0, -2).split('\r\n');
      for (const line of lines) {
        assert.match(line, /^[A-Z][A-Za-z ]*$/);
        assert.ok(line.length <= longest && !line.endsWith(' '), line);
      }
      assert.ok(lines.slice(2).every((line) => line.length === longest));
    }),
  );
});

test('every short length works', () => {
  for (let bytes = 3; bytes < 1000; bytes++) {
    const text = prose(bytes);
    assert.equal(text.length, bytes);
    assert.doesNotMatch(text.toString('latin1'), / {2}|\r\n\r\n| \r\n/);
  }
});

test('texts of all lengths end alike but for their first two lines, over the period too', () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 700_000 }), lineLength, (bytes, longest) => {
      const long = prose(700_001, longest);
      const short = prose(bytes, longest);
      const shared = bytes - (bytes % (longest + 2)) - (longest + 2);
      if (shared > 0) assert.ok(short.subarray(-shared).equals(long.subarray(-shared)));
    }),
    { numRuns: 50 },
  );
});

test('a text compresses like text: neither to nothing nor not at all, a long one too', () => {
  for (const bytes of [50_000, 2_000_000]) {
    const ratio = gzipSync(prose(bytes)).length / bytes;
    assert.ok(ratio > 0.15 && ratio < 0.6, `${ratio}`);
  }
});
