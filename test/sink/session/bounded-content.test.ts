import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BoundedContent } from '#src/sink/session/bounded-content.js';
import { usedBytes } from '#test/memory.js';

const MIB = 1024 * 1024;

test('content that came as one piece is that piece', () => {
  const content = new BoundedContent(100);
  const piece = Buffer.from('whole');
  content.add(piece);
  assert.equal(content.take(), piece);
  assert.equal(new BoundedContent(0).take()?.length, 0);
});

test('pieces of any size come out as they went in', () => {
  const sizes = fc.array(fc.nat(1500), { maxLength: 4000, size: 'max' });
  fc.assert(
    fc.property(sizes, (lengths) => {
      const pieces = lengths.map((length, index) => Buffer.alloc(length, index));
      const content = new BoundedContent(100 * MIB);
      for (const piece of pieces) content.add(piece);
      assert.ok(content.take()?.equals(Buffer.concat(pieces)));
    }),
    { numRuns: 20, seed: 7, endOnFailure: true },
  );
});

test('a million octets that come one by one take the memory of a few', async () => {
  const before = await usedBytes();
  const content = new BoundedContent(10 * MIB);
  const chunk = Buffer.alloc(1000, 'x');
  for (let i = 0; i < 1_000_000; i++) content.add(chunk.subarray(i % 1000, (i % 1000) + 1));
  const usedMib = ((await usedBytes()) - before) / MIB;
  assert.ok(usedMib < 8, `${usedMib.toFixed(1)} MiB`);
  assert.equal(content.take()?.length, 1_000_000);
});

test('empty pieces take nothing, however many', async () => {
  const before = await usedBytes();
  const content = new BoundedContent(10);
  for (let i = 0; i < 1_000_000; i++) content.add(chunkOf(0));
  assert.ok(((await usedBytes()) - before) / MIB < 8);
  assert.equal(content.take()?.length, 0);
});

test('what is over the limit is forgotten at once, and what follows is counted only', async () => {
  const before = await usedBytes();
  const content = new BoundedContent(40 * MIB);
  for (let i = 0; i < 40; i++) content.add(chunkOf(MIB));
  const fullMib = ((await usedBytes()) - before) / MIB;
  assert.ok(fullMib > 39, `${fullMib.toFixed(1)} MiB`);
  content.add(chunkOf(1));
  for (let i = 0; i < 40; i++) content.add(chunkOf(MIB));
  const leftMib = ((await usedBytes()) - before) / MIB;
  assert.ok(leftMib < 8, `${leftMib.toFixed(1)} MiB`);
  assert.equal(content.take(), null);
  assert.equal(content.sizeBytes, 80 * MIB + 1);
});

function chunkOf(bytes: number): Buffer {
  return Buffer.alloc(bytes, 'x');
}
