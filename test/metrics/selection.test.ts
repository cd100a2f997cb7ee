import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GaugeSeries } from '#src/metrics/gauge-series.js';
import { Histogram } from '#src/metrics/histogram.js';
import { CounterSelection, GaugeSelection, RateSelection, TrendSelection } from '#src/metrics/selection.js';

function histogramOf(...values: number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

test('a trend is shown in ms, its label sets added up', () => {
  const selection = new TrendSelection([histogramOf(1000, 2000), histogramOf(500), histogramOf(0)]);
  assert.equal(selection.n, 4);
  const { histogram, ...shown } = selection.values();
  assert.deepEqual(shown, {
    type: 'trend',
    n: 4,
    values: { avg: 0.875, min: 0, med: 0.5, max: 2, 'p(90)': 2, 'p(95)': 2, 'p(99)': 2, 'p(99.9)': 2 },
  });
  assert.equal(histogram, histogramOf(0, 500, 1000, 2000).encode());
});

test('any percentile of a trend can be asked for', () => {
  const selection = new TrendSelection([
    histogramOf(...Array.from({ length: 100 }, (_, index) => (index + 1) * 10)),
  ]);
  assert.equal(selection.value({ kind: 'percentile', percentile: 37 }), 0.37);
  assert.equal(selection.value({ kind: 'med' }), 0.5);
  assert.equal(selection.value({ kind: 'avg' }), 0.505);
});

test('asking does not change what is asked', () => {
  const part = histogramOf(1, 2, 3);
  const selection = new TrendSelection([part, part]);
  assert.equal(selection.values().n, 6);
  assert.equal(selection.values().n, 6);
  assert.equal(part.count, 3);
});

test("a counter's rate is per second of the steady state", () => {
  const selection = new CounterSelection([30, 12], 20);
  assert.deepEqual(selection.values(), { type: 'counter', n: 42, values: { count: 42, rate: 2.1 } });
  assert.equal(new CounterSelection([5], 0).value({ kind: 'rate' }), 0);
});

test('a rate is passes by all', () => {
  const selection = new RateSelection([
    { passes: 1, fails: 5 },
    { passes: 1, fails: 1 },
  ]);
  assert.deepEqual(selection.values(), { type: 'rate', n: 8, values: { rate: 0.25, passes: 2, fails: 6 } });
});

test('a gauge has its latest value and its extremes', () => {
  const series = new GaugeSeries();
  for (const [second, value] of [4, 9, 2, 3].entries()) series.add(second * 1e6, (second + 1) * 1e6, value);
  const selection = new GaugeSelection([series]);
  assert.deepEqual(selection.values(), { type: 'gauge', n: 4, values: { value: 3, min: 2, max: 9 } });
  const value = (kind: 'value' | 'min' | 'max') => selection.value({ kind });
  assert.deepEqual([value('value'), value('min'), value('max')], [3, 2, 9]);
});

test('without samples all are empty but a counter, which is 0', () => {
  assert.ok(new TrendSelection([]).isEmpty);
  assert.ok(new RateSelection([]).isEmpty);
  assert.ok(new GaugeSelection([]).isEmpty);
  assert.ok(!new CounterSelection([], 10).isEmpty);
  const shown = [
    new TrendSelection([]),
    new RateSelection([]),
    new GaugeSelection([]),
    new CounterSelection([], 1),
  ];
  for (const selection of shown) {
    const { n, values } = selection.values();
    assert.equal(n, 0);
    assert.ok(Object.values(values).every((value) => value === 0));
  }
});
