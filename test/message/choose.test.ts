import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileChoice, type Population, turnsAmong } from '#src/message/choose.js';
import { createDraw } from '#src/shard/random.js';

const draw = createDraw(11, 0);

function population(keys: Partial<Population>): Population {
  return { size: 10, choose: 'uniform', exponent: 1, weights: null, what: 'them', ...keys };
}

/** How often each comes in 20,000 messages of one recipient. */
function counts(keys: Partial<Population>): number[] {
  const { positions } = compileChoice(population(keys));
  const seen = Array.from({ length: keys.size ?? 10 }, () => 0);
  for (let number = 0; number < 20_000; number++) seen[positions(number, 1, draw)[0] as number]!++;
  return seen;
}

/** Within four standard errors of the shares. */
function assertShares(seen: readonly number[], shares: readonly number[]): void {
  const total = shares.reduce((a, b) => a + b, 0);
  for (const [position, share] of shares.entries()) {
    const p = share / total;
    const error = Math.sqrt(20_000 * p * (1 - p));
    assert.ok(Math.abs(seen[position]! - 20_000 * p) <= 4 * error, `${position}: ${seen[position]}`);
  }
}

test('uniform: all alike', () => {
  assertShares(counts({}), Array(10).fill(1));
});

test('weighted: as often as the weights say, and never with weight 0', () => {
  const weights = [5, 0, 1, 1, 3, 0, 0, 0, 0, 10];
  assertShares(counts({ choose: 'weighted', weights }), weights);
});

for (const exponent of [0.5, 1, 2]) {
  test(`zipf with exponent ${exponent}: rank r comes r^${exponent} times less often than the first`, () => {
    const shares = Array.from({ length: 50 }, (_, rank) => 1 / (rank + 1) ** exponent);
    assertShares(counts({ size: 50, choose: 'zipf', exponent }), shares);
  });
}

test('round-robin: in turn, and from the start again', () => {
  const { positions } = compileChoice(population({ size: 5, choose: 'round-robin' }));
  assert.deepEqual(
    [0, 1, 2, 3].map((number) => positions(number, 2, draw)),
    [
      [0, 1],
      [2, 3],
      [4, 0],
      [1, 2],
    ],
  );
  assert.deepEqual(positions(9_999_999_999, 1, draw), [4]);
});

test('those of one message are distinct, as many as are wanted, up to all of them', () => {
  const choose = fc.constantFrom('uniform', 'weighted', 'zipf', 'round-robin' as const);
  fc.assert(
    fc.property(choose, fc.integer({ min: 1, max: 30 }), fc.nat(1_000_000), (how, size, number) => {
      const weights = Array.from({ length: size }, (_, i) => (i === 0 ? 1_000 : 0.001));
      const { positions } = compileChoice(population({ size, choose: how, exponent: 6, weights }));
      for (const count of [1, Math.ceil(size / 2), size]) {
        const chosen = positions(number, count, draw);
        assert.equal(new Set(chosen).size, count);
        assert.ok(chosen.every((position) => position >= 0 && position < size));
        assert.deepEqual(positions(number, count, draw), chosen);
      }
    }),
  );
});

test('further ones follow the weights as well', () => {
  const weights = [4, 4, 1, 1];
  const { positions } = compileChoice(population({ size: 4, choose: 'weighted', weights }));
  const second = [0, 0, 0, 0];
  for (let number = 0; number < 10_000; number++) second[positions(number, 2, draw)[1] as number]!++;
  // Drawn without replacement: P(2nd is 0) = P(1st is 1)·4/6 + 2·P(1st is 2)·4/9.
  const expected = 0.4 * (4 / 6) + 0.2 * (4 / 9);
  assert.ok(Math.abs(second[0]! / 10_000 - expected) < 0.02, `${second[0]}`);
});

test('one of weight 0 is not taken for want of another either', () => {
  const weights = [100_000_000, 0, 1, 0];
  const { positions } = compileChoice(population({ size: 4, choose: 'weighted', weights }));
  for (let number = 0; number < 200; number++) {
    assert.deepEqual([...positions(number, 2, draw)].sort(), [0, 2]);
  }
});

test('in turn, nothing is skipped for the numbers of other executors', () => {
  const { positions } = compileChoice(population({ size: 3, choose: 'round-robin', turnOf: turnsAmong(4) }));
  const own = Array.from({ length: 6 }, (_, turn) => positions(turn * 4 + 2, 1, draw)[0]);
  assert.deepEqual(own, [0, 1, 2, 0, 1, 2]);
});
