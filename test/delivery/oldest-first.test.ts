import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OldestFirst } from '#src/delivery/oldest-first.js';

test('entries are forgotten in the order in which they came, whatever else is deleted and added', () => {
  const kept = new Map(Array.from({ length: 10 }, (_, key) => [key, key]));
  const oldest = new OldestFirst(kept);
  oldest.forget();
  kept.delete(1);
  kept.delete(5);
  kept.set(1, 1);
  kept.set(2, 22);
  oldest.forget();
  assert.deepEqual([...kept.keys()], [3, 4, 6, 7, 8, 9, 1]);
  for (let left = kept.size; left > 1; left--) oldest.forget();
  assert.deepEqual([...kept.keys()], [1]);
});

/** What it is for shows in time alone, which is not asserted: walking over what was deleted, this takes minutes. */
test('a million entries of which the last quarter million is kept', () => {
  const kept = new Set<number>();
  const oldest = new OldestFirst(kept);
  for (let key = 0; key < 1_000_000; key++) {
    if (kept.size >= 250_000) oldest.forget();
    kept.add(key);
  }
  assert.deepEqual([kept.size, kept.has(749_999), kept.has(750_000)], [250_000, false, true]);
});
