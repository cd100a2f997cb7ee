import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Ring } from '#src/smtp/ring.js';

test('a ring hands out in the order it was given, however it grew', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (pushes) => {
      const ring = new Ring<number>();
      const model: number[] = [];
      for (const [number, isPush] of pushes.entries()) {
        if (isPush) {
          ring.push(number);
          model.push(number);
        } else if (model.length > 0) assert.equal(ring.shift(), model.shift());
        assert.deepEqual(
          Array.from({ length: ring.length }, (_, i) => ring.at(i)),
          model,
        );
      }
    }),
  );
});
