import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DATE_BYTES, DateField, dateText } from '#src/message/date-field.js';

function written(field: DateField, atUs: number): string {
  const target = Buffer.alloc(DATE_BYTES + 2, '#');
  field.write(target, 1, atUs);
  assert.equal(target[0], 35);
  assert.equal(target.at(-1), 35);
  return target.toString('latin1', 1, DATE_BYTES + 1);
}

test('a date reads like RFC 5322 says and is always 31 characters', () => {
  assert.equal(written(new DateField(), 1_764_000_000_123_456), 'Mon, 24 Nov 2025 16:00:00 +0000');
  const until2100 = fc.integer({ min: 0, max: 4_102_444_800_000 });
  fc.assert(
    fc.property(until2100, (atMs) => {
      const text = dateText(atMs);
      assert.equal(text.length, DATE_BYTES);
      assert.equal(Date.parse(text), Math.floor(atMs / 1000) * 1000);
    }),
  );
});

test('one field writes any sequence of times, forwards and back', () => {
  const field = new DateField();
  for (const second of [10, 10, 11, 10, 3600, 86_400, 10]) {
    assert.equal(written(field, second * 1e6 + 999_999), dateText(second * 1000));
  }
});
