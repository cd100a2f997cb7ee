import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TailPool } from '#src/message/tail-pool.js';

test('whatever is split is whole again, and the head holds what it must', () => {
  const bytes = fc.uint8Array({ min: 97, max: 98, maxLength: 40 });
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 10 }), fc.nat(10), (wires, headBytes) => {
      const pool = new TailPool();
      for (const wire of wires) {
        const { head, tail } = pool.split(Buffer.from(wire), headBytes);
        assert.deepEqual(Buffer.concat([head, tail]), Buffer.from(wire));
        assert.ok(head.length >= Math.min(headBytes, wire.length));
      }
    }),
  );
});

test('an end that is kept already is not kept again', () => {
  const pool = new TailPool();
  const long = Buffer.concat([Buffer.from('A long head. '), Buffer.alloc(200_000, 'text ')]);
  const { tail } = pool.split(long, 5);
  const short = Buffer.concat([Buffer.from('Another head, '), Buffer.alloc(100_000, 'text ')]);
  const shared = pool.split(short, 5);
  assert.equal(shared.head.toString(), 'Another head,');
  assert.equal(shared.tail.buffer, tail.buffer);
  assert.equal(shared.tail.byteOffset + shared.tail.length, tail.byteOffset + tail.length);
  assert.notEqual(shared.head.buffer, short.buffer);
});

test('an end is not shared where the head, which is copied for each message, would be long', () => {
  const pool = new TailPool();
  pool.split(Buffer.alloc(200_000, 'a'), 0);
  const wire = Buffer.concat([Buffer.alloc(5_000, 'b'), Buffer.alloc(100_000, 'a')]);
  assert.equal(pool.split(wire, 10).head.length, 10);
});
