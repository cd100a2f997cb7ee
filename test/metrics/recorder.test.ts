import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from '#src/metrics/histogram.js';
import { MAX_LABEL_SETS, type Measurements, Recorder } from '#src/metrics/recorder.js';
import { encoded } from './sample-snapshot.js';

/** A whole window at once. */
function take(recorder: Recorder): Measurements {
  const { instant, trends } = recorder.swap();
  return { ...instant, trends: Object.fromEntries(rest(trends)) };
}

function rest<T>(iterator: Iterator<T>): T[] {
  const all: T[] = [];
  for (let next = iterator.next(); next.done !== true; next = iterator.next()) all.push(next.value);
  return all;
}

function countIn(trends: Iterable<readonly [string, string]>): number {
  return [...trends].reduce((sum, [, text]) => sum + Histogram.decode(text).count, 0);
}

test('a window holds what was recorded in it, by metric and label set', () => {
  const recorder = new Recorder();
  recorder.trend('smtp_message_duration', { outcome: 'accepted' }).record(1500);
  recorder.trend('smtp_connecting').record(20);
  recorder.counter('iterations').add(3);
  recorder.rate('checks').add(true);
  recorder.rate('checks').add(false);
  recorder.rate('checks').add(true);
  recorder.gauge('vus', () => 7);
  assert.deepEqual(take(recorder), {
    trends: {
      'smtp_message_duration{outcome:accepted}': encoded([1500]),
      smtp_connecting: encoded([20]),
    },
    counters: { iterations: 3 },
    rates: { checks: [2, 1] },
    gauges: { vus: 7 },
  });
});

test('a window begins empty, and what has no samples is left out; a gauge is sampled again', () => {
  const recorder = new Recorder();
  let vus = 3;
  recorder.gauge('vus', () => vus);
  const trend = recorder.trend('smtp_connecting');
  trend.record(5);
  recorder.counter('iterations').add(1);
  recorder.rate('checks').add(true);
  take(recorder);
  vus = 0;
  assert.deepEqual(take(recorder), { trends: {}, counters: {}, rates: {}, gauges: { vus: 0 } });
  trend.record(6);
  assert.deepEqual(take(recorder).trends, { smtp_connecting: encoded([6]) });
});

test('the same label set has the same handle, whatever order its tags come in', () => {
  const recorder = new Recorder();
  const handle = recorder.counter('smtp_replies', { code: '250', command: 'MAIL' });
  assert.equal(recorder.counter('smtp_replies', { command: 'MAIL', code: '250' }), handle);
  assert.notEqual(recorder.counter('smtp_replies', { command: 'RCPT', code: '250' }), handle);
});

test('what is recorded while a window is encoded belongs to the next one', () => {
  const recorder = new Recorder();
  const trend = recorder.trend('smtp_connecting');
  trend.record(1);
  const { trends } = recorder.swap();
  trend.record(2);
  assert.deepEqual(rest(trends), [['smtp_connecting', encoded([1])]]);
  assert.deepEqual(take(recorder).trends, { smtp_connecting: encoded([2]) });
});

test('a window that was not encoded in time is in the next one', () => {
  const recorder = new Recorder();
  const trend = recorder.trend('smtp_connecting');
  trend.record(1);
  recorder.swap();
  trend.record(2);
  recorder.swap();
  trend.record(3);
  assert.deepEqual(take(recorder).trends, { smtp_connecting: encoded([1, 2, 3]) });
  assert.deepEqual(take(recorder).trends, {});
});

test('no sample is lost or doubled, however far encoding lags behind', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('record' as const), trend: fc.nat({ max: 3 }) }),
      fc.record({ kind: fc.constantFrom('swap' as const, 'encode' as const), trend: fc.constant(0) }),
    ),
    { maxLength: 80 },
  );
  fc.assert(
    fc.property(steps, (run) => {
      const recorder = new Recorder();
      const handles = ['EHLO', 'MAIL', 'RCPT', 'DATA'].map((command) =>
        recorder.trend('smtp_command_waiting', { command }),
      );
      const iterators: Iterator<readonly [string, string]>[] = [];
      const taken: (readonly [string, string])[] = [];
      for (const { kind, trend } of run) {
        if (kind === 'record') handles[trend]?.record(trend);
        if (kind === 'swap') iterators.push(recorder.swap().trends);
        const next = kind === 'encode' ? iterators[0]?.next() : undefined;
        if (next?.done === false) taken.push(next.value);
        if (next?.done === true) iterators.shift();
      }
      iterators.push(recorder.swap().trends);
      for (const iterator of iterators) taken.push(...rest(iterator));
      assert.equal(countIn(taken), run.filter(({ kind }) => kind === 'record').length);
    }),
    { numRuns: 50 },
  );
});

test('a metric has at most 500 label sets; the rest is counted together', () => {
  const recorder = new Recorder();
  for (let code = 0; code < 2000; code++) {
    recorder.counter('smtp_replies', { command: 'RCPT', code: `${code}` }).add(1);
  }
  recorder.counter('smtp_replies', { command: 'RCPT', code: '7' }).add(1);
  const { counters } = take(recorder);
  assert.equal(Object.keys(counters).length, MAX_LABEL_SETS + 1);
  assert.equal(counters['smtp_replies{code:other,command:other}'], 2000 - MAX_LABEL_SETS);
  assert.equal(counters['smtp_replies{code:7,command:RCPT}'], 2, 'a set known before goes on');
  assert.equal(
    Object.values(counters).reduce((a, b) => a + b),
    2001,
  );
});

test("the bound is each metric's own", () => {
  const recorder = new Recorder();
  for (let code = 0; code < 600; code++) recorder.counter('smtp_replies', { code: `${code}` }).add(1);
  recorder.counter('smtp_messages', { outcome: 'accepted' }).add(1);
  assert.equal(take(recorder).counters['smtp_messages{outcome:accepted}'], 1);
});

test('samples out of range are recorded at the border and counted by metric', () => {
  const recorder = new Recorder();
  const trend = recorder.trend('smtp_message_duration', { outcome: 'failed' });
  for (const value of [Number.NaN, -1, 1e12, 10]) trend.record(value);
  const window = take(recorder);
  assert.equal(window.counters['samples_clamped{metric:smtp_message_duration}'], 3);
  assert.equal(countIn(Object.entries(window.trends)), 4);
  trend.record(10);
  assert.deepEqual(take(recorder).counters, {}, 'counted once');
});

test('a tagged recorder records into the one it came from, under its tags as well', () => {
  const recorder = new Recorder();
  const tagged = recorder.tagged({ scenario: 'a' }).tagged({ team: 'red' });
  recorder.counter('smtp_sessions').add(1);
  tagged.counter('smtp_sessions').add(2);
  tagged.counter('smtp_messages', { outcome: 'accepted' }).add(3);
  assert.equal(tagged.counter('smtp_sessions'), tagged.counter('smtp_sessions'));
  assert.deepEqual(recorder.swap().instant.counters, {
    smtp_sessions: 1,
    'smtp_sessions{scenario:a,team:red}': 2,
    'smtp_messages{outcome:accepted,scenario:a,team:red}': 3,
  });
});
