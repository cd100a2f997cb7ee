import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createDraw } from '#src/shard/random.js';

const DRAWS = 65_536;
const BINS = 64;
/** χ² of so many bins has mean 63 and deviation √126; four deviations are passed once in 10⁴ seeds. These are fixed. */
const CHI_SQUARE_MAX = 63 + 4 * Math.sqrt(126);
/** Correlation of independent draws has deviation 1/√n. */
const CORRELATION_MAX = 4 / Math.sqrt(DRAWS);

function chiSquare(values: readonly number[]): number {
  const counts = new Array<number>(BINS).fill(0);
  for (const value of values) counts[Math.floor(value * BINS)]!++;
  const expected = values.length / BINS;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, squareA, squareB] = [0, 0, 0];
  for (const [i, value] of a.entries()) {
    const [da, db] = [value - meanA, b[i]! - meanB];
    both += da * db;
    squareA += da * da;
    squareB += db * db;
  }
  return both / Math.sqrt(squareA * squareB);
}

function draws(seed: number, scenario: number, purpose: number, from = 0, step = 1): number[] {
  const draw = createDraw(seed, scenario);
  return Array.from({ length: DRAWS }, (_, i) => draw(from + i * step, purpose));
}

/** Each pair falls into one of 8 × 8 cells: finds dependence that a correlation of 0 hides. */
function pairs(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => (Math.floor(value * 8) * 8 + Math.floor(b[i]! * 8)) / 64);
}

describe('createDraw', () => {
  for (const seed of [0, 1, 42, 2 ** 32 - 1, 2 ** 40 + 7]) {
    test(`spreads evenly over [0, 1) with seed ${seed}`, () => {
      const values = draws(seed, 0, 1100);
      assert.ok(values.every((value) => value >= 0 && value < 1));
      assert.ok(chiSquare(values) < CHI_SQUARE_MAX, `χ² ${chiSquare(values)}`);
    });
  }

  for (const [what, from, step] of [
    ['every third number, as one of three shards draws', 1, 3],
    ['every 1,024th number', 0, 1024],
    ['numbers beyond 32 bits', 2 ** 32, 1],
  ] as const) {
    test(`spreads evenly for ${what}`, () => {
      assert.ok(chiSquare(draws(7, 0, 100, from, step)) < CHI_SQUARE_MAX);
    });
  }

  test('spreads evenly over the purposes of one number', () => {
    const draw = createDraw(7, 0);
    assert.ok(chiSquare(Array.from({ length: DRAWS }, (_, purpose) => draw(3, purpose))) < CHI_SQUARE_MAX);
  });

  const base = draws(42, 0, 1100);
  for (const [what, other] of [
    ['neighbouring numbers', draws(42, 0, 1100, 1)],
    ['numbers 2³² apart', draws(42, 0, 1100, 2 ** 32)],
    ['neighbouring purposes', draws(42, 0, 1101)],
    ['purposes of different rooms', draws(42, 0, 100)],
    ['neighbouring scenarios', draws(42, 1, 1100)],
    ['neighbouring seeds', draws(43, 0, 1100)],
    ['seeds 2³² apart', draws(42 + 2 ** 32, 0, 1100)],
  ] as const) {
    test(`is independent for ${what}`, () => {
      assert.ok(Math.abs(correlation(base, other)) < CORRELATION_MAX, `r ${correlation(base, other)}`);
      assert.ok(chiSquare(pairs(base, other)) < CHI_SQUARE_MAX, `χ² ${chiSquare(pairs(base, other))}`);
    });
  }

  test('is a pure function: the order of drawing changes nothing', () => {
    const draw = createDraw(9, 2);
    const forwards = Array.from({ length: 100 }, (_, i) => draw(i, 5));
    const backwards = Array.from({ length: 100 }, (_, i) => draw(99 - i, 5)).reverse();
    assert.deepEqual(backwards, forwards);
    assert.deepEqual(
      Array.from({ length: 100 }, (_, i) => createDraw(9, 2)(i, 5)),
      forwards,
    );
  });
});
