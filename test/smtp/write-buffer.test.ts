import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WRITE_BUFFER_BYTES, WriteBuffer } from '#src/smtp/write-buffer.js';

test('a buffer that went out whole is used again', () => {
  const buffer = new WriteBuffer();
  const { bytes } = buffer;
  assert.equal(bytes.length, WRITE_BUFFER_BYTES);
  assert.equal(buffer.bytes, bytes);
});

test('a buffer that is still being sent is nobody else’s until it is given back', () => {
  const buffer = new WriteBuffer();
  const first = buffer.bytes;
  assert.equal(buffer.lend(), first);
  const second = buffer.lend();
  const third = buffer.bytes;
  assert.equal(new Set([first.buffer, second.buffer, third.buffer]).size, 3);
  buffer.giveBack(first);
  assert.equal(buffer.bytes, third);
  buffer.lend();
  assert.equal(buffer.bytes, first);
});

test('of a thousand stalled sessions not every buffer is kept', () => {
  const buffer = new WriteBuffer();
  const lent = Array.from({ length: 200 }, () => buffer.lend());
  for (const bytes of lent) buffer.giveBack(bytes);
  const again = Array.from({ length: 200 }, () => buffer.lend());
  const kept = again.filter((bytes) => lent.includes(bytes)).length;
  assert.ok(kept > 0 && kept < 200);
});
