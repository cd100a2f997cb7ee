import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '#src/sink/socket/pace.js';

/** Lets so many bytes pass, in slices, with timers that are late by so much; returns when the last one passed. */
function passAll(pace: Pace, bytes: number, lateMs = 0): number {
  let nowMs = 0;
  for (let left = bytes; left > 0; ) {
    const waitMs = pace.waitMs(nowMs);
    if (waitMs > 0) nowMs += waitMs + lateMs;
    const slice = Math.min(left, pace.sliceBytes);
    pace.spend(slice, nowMs);
    left -= slice;
  }
  return nowMs;
}

test('a thousand bytes at a hundred a second take ten seconds', () => {
  assert.ok(Math.abs(passAll(new Pace(100), 1000) - 9950) < 1);
});

test('timers that are late do not slow the stream down', () => {
  assert.ok(passAll(new Pace(100), 1000, 20) < 10_000);
});

test('a stream of less than a byte a slice passes byte by byte', () => {
  const pace = new Pace(2);
  assert.equal(pace.sliceBytes, 1);
  assert.equal(passAll(pace, 5), 2000);
});

test('silence earns no more than a tenth of a second of bytes', () => {
  const pace = new Pace(1000);
  pace.spend(1, 0);
  pace.spend(100, 60_000);
  assert.equal(pace.waitMs(60_000), 0);
  pace.spend(50, 60_000);
  assert.equal(pace.waitMs(60_000), 50);
});
