import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MetricWindow } from '#src/metrics/metric-window.js';
import { parseThreshold, type Threshold } from '#src/metrics/threshold.js';
import { sampleSnapshot } from '#test/result/sample-journal.js';

function threshold(metric: string, source: string): Threshold {
  const parsed = parseThreshold(metric, source);
  return 'problem' in parsed ? assert.fail(parsed.problem) : parsed;
}

function windowOf(expression: string, seconds: number): MetricWindow {
  return MetricWindow.of(expression, seconds) ?? assert.fail('it has no window');
}

test('a window holds its seconds and forgets those before', () => {
  const window = windowOf('smtp_message_duration', 2);
  const highest = () => window.evaluate(threshold('smtp_message_duration', 'max<1'));
  window.add([sampleSnapshot({ acceptedUs: [9000] })]);
  assert.deepEqual([window.isFull, highest().ok], [false, false]);
  window.add([sampleSnapshot({ acceptedUs: [200] })]);
  assert.deepEqual([window.isFull, highest().ok], [true, false]);
  window.add([sampleSnapshot({ acceptedUs: [100] })]);
  assert.deepEqual([window.isFull, highest()], [true, { ok: true, value: 0.2 }]);
});

test('a window of 0 holds everything', () => {
  const window = windowOf('smtp_message_duration', 0);
  for (const us of [900, 100, 100]) window.add([sampleSnapshot({ acceptedUs: [us] })]);
  assert.deepEqual(window.evaluate(threshold('smtp_message_duration', 'max<1')), { ok: true, value: 0.9 });
});

test('sources and label sets are added up, and tags select', () => {
  const seen = [sampleSnapshot({ rejected: 1 }), sampleSnapshot({ source: 'shard-1', rejected: 2 })];
  const all = windowOf('smtp_messages', 1);
  const rejected = windowOf('smtp_messages{outcome:rejected}', 1);
  const failed = windowOf('smtp_message_failed', 1);
  for (const window of [all, rejected, failed]) window.add(seen);
  const count = threshold('smtp_messages', 'count>0');
  assert.deepEqual([all.evaluate(count).value, rejected.evaluate(count).value], [7, 3]);
  assert.equal(failed.evaluate(threshold('smtp_message_failed', 'rate<1')).value, 3 / 7);
});

test('the rate of a counter is per the time that its sources cover together', () => {
  const window = windowOf('iterations', 2);
  window.add([sampleSnapshot(), sampleSnapshot({ source: 'shard-1' })]);
  window.add([sampleSnapshot({ seq: 1 }), sampleSnapshot({ source: 'shard-1', seq: 1 })]);
  assert.equal(window.evaluate(threshold('iterations', 'rate>1')).value, 4);
});

test('a gauge has no window, nor has what is no metric', () => {
  assert.equal(MetricWindow.of('vus', 10), null);
  assert.equal(MetricWindow.of('smtp_nothing', 10), null);
});
