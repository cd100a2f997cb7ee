import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { prose } from '#src/message/prose.js';

test('a text has exactly the length asked for, in lines that mail allows', () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 20_000 }), fc.nat(), (length, seed) => {
      const text = prose(length, seed).toString('latin1');
      assert.equal(text.length, length);
      assert.ok(text.endsWith('\r\n'));
      const lines = text.slice(0, -2).split('\r\n');
      for (const line of lines) {
        assert.match(line, /^[A-Z][A-Za-z ]*$/);
        assert.ok(line.length <= 76 && !line.endsWith(' '), line);
      }
      if (lines.length > 1) assert.ok(lines.every((line) => line.length >= 35));
    }),
  );
});

test('every short length works', () => {
  for (let length = 3; length < 1000; length++) {
    const text = prose(length, length);
    assert.equal(text.length, length);
    assert.doesNotMatch(text.toString('latin1'), / {2}|\r\n\r\n| \r\n/);
  }
});

test('the same length and seed give the same text, another seed another one', () => {
  assert.deepEqual(prose(1000, 5), prose(1000, 5));
  assert.notDeepEqual(prose(1000, 5), prose(1000, 6));
});

test('a text compresses like text: neither to nothing nor not at all', () => {
  const ratio = gzipSync(prose(50_000, 1)).length / 50_000;
  assert.ok(ratio > 0.15 && ratio < 0.6, `${ratio}`);
});
