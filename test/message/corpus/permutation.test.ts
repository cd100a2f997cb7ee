import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { permuted } from '#src/message/corpus/permutation.js';

const keys = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 4, maxLength: 4 });

test('each of so many things comes exactly once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 700 }), keys, (count, four) => {
      const seen = new Set(Array.from({ length: count }, (_, at) => permuted(at, count, four)));
      assert.equal(seen.size, count);
      assert.ok([...seen].every((one) => Number.isInteger(one) && one >= 0 && one < count));
    }),
  );
});

test('a million things have an order too, and each place is as likely as any other', () => {
  const count = 1_000_003;
  assert.ok(permuted(count - 1, count, [1, 2, 3, 4]) < count);
  // 4,000 orders of 10 things: the first is each with a share of 1/10, within four standard errors.
  const first = new Map<number, number>();
  for (let seed = 0; seed < 4_000; seed++) {
    const at = permuted(0, 10, [seed * 7919, seed ^ 0x5555, seed * 104_729, seed + 17]);
    first.set(at, (first.get(at) ?? 0) + 1);
  }
  for (const times of first.values())
    assert.ok(Math.abs(times - 400) < 4 * Math.sqrt(4_000 * 0.09), `${times}`);
  assert.equal(first.size, 10);
});

test('another key is another order', () => {
  const order = (key: number) =>
    Array.from({ length: 50 }, (_, at) => permuted(at, 50, [key, 2, 3, 4])).join();
  assert.notEqual(order(1), order(9));
});
