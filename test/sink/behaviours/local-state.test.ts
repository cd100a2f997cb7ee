import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LocalState } from '#src/sink/behaviours/local-state.js';

const WINDOW_MS = 100;

test('no window ever holds more than the limit, and nothing is refused that would have fitted', () => {
  const hits = fc.array(fc.record({ gapMs: fc.nat(60), weight: fc.integer({ min: 1, max: 4 }) }), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), hits, (limit, sequence) => {
      const state = new LocalState();
      const admitted: { at: number; weight: number }[] = [];
      let nowMs = 0;
      for (const { gapMs, weight } of sequence) {
        nowMs += gapMs;
        const inWindow = admitted.filter(({ at }) => at > nowMs - WINDOW_MS);
        const before = inWindow.reduce((sum, one) => sum + one.weight, 0);
        const count = state.hit('k', { nowMs, windowMs: WINDOW_MS, weight, limit });
        assert.equal(count, before + weight);
        if (count <= limit) admitted.push({ at: nowMs, weight });
      }
    }),
  );
});

test('keys are counted apart', () => {
  const state = new LocalState();
  const hit = { nowMs: 0, windowMs: WINDOW_MS, weight: 1, limit: 5 };
  assert.deepEqual([state.hit('a', hit), state.hit('a', hit), state.hit('b', hit)], [1, 2, 1]);
});

test('a hit whose time runs back stays as long as the one before it', () => {
  const state = new LocalState();
  const hit = (nowMs: number) => state.hit('k', { nowMs, windowMs: WINDOW_MS, weight: 1, limit: 2 });
  assert.deepEqual([hit(1000), hit(990), hit(1099), hit(1100)], [1, 2, 3, 1]);
});

test('a long time of hits at the limit keeps the window right', () => {
  const state = new LocalState();
  // More than are kept before the lists are shortened, several times over.
  for (let nowMs = 0; nowMs < 20_000; nowMs++) {
    const count = state.hit('k', { nowMs, windowMs: WINDOW_MS, weight: 1, limit: 1000 });
    assert.equal(count, Math.min(nowMs + 1, WINDOW_MS));
  }
});

test('what was seen first is remembered until it was not seen for too long', () => {
  const state = new LocalState();
  const seen = (nowMs: number) => state.firstSeen('k', nowMs, 1000);
  assert.deepEqual([seen(5), seen(900), seen(1900), seen(2901), seen(2902)], [5, 5, 5, 2901, 2901]);
});

test('attempts are counted from none', () => {
  const state = new LocalState();
  assert.deepEqual([state.attempt('a'), state.attempt('a'), state.attempt('b')], [0, 1, 0]);
});

test('of each kind only so many keys are kept, and what was not used for longest goes first', () => {
  const state = new LocalState(2);
  const hit = (key: string) => state.hit(key, { nowMs: 0, windowMs: 10, weight: 1, limit: 9 });
  const seen = (key: string, nowMs: number) => state.firstSeen(key, nowMs, 1000);
  for (const count of [hit, (key: string) => state.attempt(key)]) {
    count('a');
    count('b');
    count('a');
    count('c');
    const again = count('a');
    assert.equal(count('b'), again - 2, 'b was forgotten, a was not');
  }
  seen('a', 1);
  seen('b', 2);
  seen('a', 3);
  seen('c', 4);
  assert.deepEqual([seen('a', 5), seen('b', 6)], [1, 6]);
});

test('of more than a million hits those of the key that was not used for longest go', () => {
  const state = new LocalState();
  const hit = (key: string, nowMs: number) =>
    state.hit(key, { nowMs, windowMs: 10_000_000, weight: 1, limit: 10_000_000 });
  for (let nowMs = 0; nowMs < 500_000; nowMs++) hit('a', nowMs);
  for (let nowMs = 0; nowMs < 500_000; nowMs++) hit('b', nowMs);
  assert.deepEqual([hit('b', 500_000), hit('c', 1), hit('b', 500_001)], [500_001, 1, 500_002]);
  assert.equal(hit('a', 500_002), 1);
});

test('a reset forgets everything', () => {
  const state = new LocalState();
  const hit = { nowMs: 0, windowMs: 10, weight: 1, limit: 9 };
  state.hit('k', hit);
  state.firstSeen('k', 1, 1000);
  state.attempt('k');
  state.reset();
  assert.deepEqual([state.hit('k', hit), state.firstSeen('k', 9, 1000), state.attempt('k')], [1, 9, 0]);
});
