import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReceiptIds } from '#src/delivery/receipt-ids.js';

test('ids of any form are told apart as a set does', () => {
  const part = fc.constantFrom(
    'boot',
    'a-',
    '#',
    '=',
    '0',
    '00',
    '1',
    '12',
    '1024',
    '1025',
    '999999999999',
    '1.5',
    'é',
  );
  const id = fc.array(part, { maxLength: 5 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(id), (ids) => {
      const kept = new ReceiptIds();
      const set = new Set<string>();
      for (const one of ids) {
        assert.equal(kept.has(one), set.has(one), one);
        assert.equal(kept.add(one), !set.has(one), one);
        set.add(one);
      }
    }),
    { numRuns: 300 },
  );
});

for (const base of [10, 36]) {
  test(`a million ids that are counted up in base ${base} take little memory`, () => {
    const before = process.memoryUsage().arrayBuffers;
    const ids = new ReceiptIds();
    for (let count = 0; count < 1_000_000; count++) ids.add(`boot-${count.toString(base)}`);
    assert.equal(ids.add(`boot-${(500_000).toString(base)}`), false);
    assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
  });
}

test('ids that are not counted are forgotten oldest first, and not before 100,000', () => {
  const ids = new ReceiptIds();
  for (let count = 0; count < 100_001; count++) ids.add(`${count}X`);
  assert.equal(ids.has('0X'), false);
  assert.equal(ids.has('1X'), true);
});
