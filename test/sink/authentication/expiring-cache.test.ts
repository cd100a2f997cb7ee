import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExpiringCache } from '#src/sink/authentication/expiring-cache.js';

test('a value is made once while it is kept, and again when it is not', () => {
  const cache = new ExpiringCache<number>(10, 100);
  let made = 0;
  const make = () => ++made;
  assert.deepEqual(
    [0, 99, 100, 150].map((nowMs) => cache.get('a', nowMs, make)),
    [1, 1, 2, 2],
  );
});

test('the oldest is forgotten when there are too many', () => {
  const cache = new ExpiringCache<number>(2, 100);
  let made = 0;
  const make = () => ++made;
  for (const key of ['a', 'b', 'c']) cache.get(key, 0, make);
  assert.equal(cache.get('c', 0, make), 3);
  assert.equal(cache.get('b', 0, make), 2);
  assert.equal(cache.get('a', 0, make), 4);
});
