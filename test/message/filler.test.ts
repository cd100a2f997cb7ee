import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { byteFiller, htmlFiller, textFiller } from '#src/message/filler.js';

test('everything has exactly the size asked for', () => {
  for (let size = 64; size < 400; size++) {
    assert.equal(htmlFiller(size, 72).length, size);
    assert.equal(textFiller(size, 998).length, size);
    assert.equal(byteFiller(size, 1).length, size);
  }
});

test('bytes do not compress, and are the same for the same seed only', () => {
  for (const seed of [0, 1, 2, 5]) assert.ok(gzipSync(byteFiller(200_000, seed)).length > 199_000);
  assert.deepEqual(byteFiller(1_000, 3), byteFiller(1_000, 3));
  assert.notDeepEqual(byteFiller(1_000, 3), byteFiller(1_000, 4));
});
