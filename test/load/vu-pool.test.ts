import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { VuPool } from '#src/load/vu-pool.js';

test('the VU that has been free for longest is taken first', () => {
  const pool = new VuPool(3);
  for (const vu of [4, 7, 10]) pool.give(vu);
  assert.equal(pool.take(), 4);
  pool.give(4);
  assert.deepEqual([pool.take(), pool.take(), pool.take()], [7, 10, 4]);
});

test('an empty pool gives -1, one without room too', () => {
  assert.equal(new VuPool(2).take(), -1);
  assert.equal(new VuPool(0).take(), -1);
});

test('the pool behaves like a queue, however gives, takes and removals are mixed', () => {
  const action = fc.constantFrom('give', 'take', 'remove');
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(action), (capacity, actions) => {
      const pool = new VuPool(capacity);
      let model: number[] = [];
      actions.forEach((what, i) => {
        if (what === 'take') assert.equal(pool.take(), model.shift() ?? -1);
        else if (what === 'remove') {
          const vu = model[i % capacity] ?? -7;
          pool.remove(vu);
          model = model.filter((other) => other !== vu);
        } else if (model.length < capacity) {
          pool.give(i);
          model.push(i);
        }
        assert.equal(pool.size, model.length);
      });
    }),
  );
});
