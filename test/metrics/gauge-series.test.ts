import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GaugeSeries } from '#src/metrics/gauge-series.js';

const SECOND = 1e6;

test('a gauge is summed over sources second by second', () => {
  const series = new GaugeSeries();
  for (const [second, [a, b]] of [
    [10, 20],
    [15, 20],
    [5, 5],
  ].entries()) {
    series.add(second * SECOND, (second + 1) * SECOND, a as number);
    series.add(second * SECOND, (second + 1) * SECOND, b as number);
  }
  assert.deepEqual(series.read(), { n: 3, value: 10, min: 10, max: 35 });
});

test('windows that end beside the full second neither double a source nor lose it', () => {
  const series = new GaugeSeries();
  for (const edgesMs of [
    [0, 1001, 1999, 3002, 4000],
    [0, 998, 2003, 2999, 4001],
  ]) {
    for (const [index, toMs] of edgesMs.slice(1).entries())
      series.add((edgesMs[index] ?? 0) * 1000, toMs * 1000, 20);
  }
  assert.deepEqual(series.read(), { n: 4, value: 40, min: 40, max: 40 });
});

test('a short last window does not count its source twice', () => {
  const series = new GaugeSeries();
  series.add(0, 1.0 * SECOND, 50);
  series.add(1.0 * SECOND, 1.3 * SECOND, 50);
  assert.deepEqual(series.read(), { n: 1, value: 50, min: 50, max: 50 });
});

test('a window of ten seconds holds for each of them', () => {
  const series = new GaugeSeries();
  series.add(0, 10 * SECOND, 7);
  for (let second = 0; second < 10; second++) series.add(second * SECOND, (second + 1) * SECOND, second);
  assert.deepEqual(series.read(), { n: 10, value: 16, min: 7, max: 16 });
});

test('a gauge that was never sampled over a full second is 0', () => {
  const series = new GaugeSeries();
  series.add(0.2 * SECOND, 0.7 * SECOND, 9);
  assert.deepEqual(series.read(), { n: 0, value: 0, min: 0, max: 0 });
});

test('seconds beyond an hour are folded and keep their extremes, at the clock of today', () => {
  const series = new GaugeSeries();
  const start = 1_795_000_000 * SECOND;
  const add = (second: number, value: number) =>
    series.add(start + second * SECOND, start + (second + 1) * SECOND, value);
  add(0, 1);
  add(1, 99);
  for (let second = 2; second < 10_000; second++) add(second, 50);
  assert.deepEqual(series.read(), { n: 10_000, value: 50, min: 1, max: 99 });
  add(5, 1000);
  assert.equal(series.read().max, 99, 'a second that old is final');
});

test('the order of windows makes no difference', () => {
  const windows = [0, 1, 2].flatMap((source) =>
    Array.from({ length: 20 }, (_, second) => ({ second, value: (source + 1) * second })),
  );
  const readOf = (order: typeof windows) => {
    const series = new GaugeSeries();
    for (const { second, value } of order) series.add(second * SECOND, (second + 1) * SECOND, value);
    return series.read();
  };
  const expected = readOf(windows);
  fc.assert(
    fc.property(fc.shuffledSubarray(windows, { minLength: windows.length }), (shuffled) => {
      assert.deepEqual(readOf(shuffled), expected);
    }),
    { numRuns: 20 },
  );
});
