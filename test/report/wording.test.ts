import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  healthFacts,
  loadOf,
  numbersOf,
  outcomeTitle,
  targetOf,
  thresholdNote,
  thresholdValue,
} from '#src/report/wording.js';
import { failedResult, passedResult, trend } from './fixture.js';

describe('wording', () => {
  it('names the target and the load', () => {
    assert.equal(targetOf(failedResult()), 'smtp://127.0.0.1:2525');
    assert.equal(targetOf({ ...failedResult(), scenario: {} }), '–');
    const urls = { 'smtp://127.0.0.1:2525': 3, 'smtp://[::1]:2525': 1 };
    const several = { ...failedResult(), scenario: { target: { urls } } };
    assert.equal(targetOf(several), 'smtp://127.0.0.1:2525, smtp://[::1]:2525');
    const load =
      'peak: constant-arrival-rate, rate 500, timeUnit 1s, duration 1m, warmup 10s, preAllocatedVUs 50, maxVUs 400';
    assert.deepEqual(loadOf(failedResult()), [load]);
    const stages = [
      { duration: '5s', target: 100 },
      { duration: '1m', target: 0 },
    ];
    const ramp = { executor: 'ramping-arrival-rate', startRate: 2, stages };
    assert.deepEqual(loadOf({ ...failedResult(), scenario: { scenarios: { ramp } } }), [
      'ramp: ramping-arrival-rate, startRate 2, stages 5s to 100 then 1m to 0',
    ]);
  });

  it('calls an outcome by its phase and reply, or by its cause', () => {
    assert.deepEqual(failedResult().outcomes.map(outcomeTitle), [
      'accepted 250 2.0.0',
      'rejected RCPT 550 5.1.1',
      'rejected RCPT 451 4.3.2',
      'failed CONTENT timeout',
    ]);
  });

  it('shows a threshold’s value in the unit of its bound', () => {
    const result = failedResult();
    assert.deepEqual(
      result.thresholds.map((row) => thresholdValue(row, result)),
      ['p(95)=89.20ms', 'p(99)=126.4ms', 'rate=0.00048', 'no samples'],
    );
  });

  it('notes a threshold that rests on few samples', () => {
    const row = { metric: 'smtp_connecting', threshold: 'p(99)<5', ok: true, value: 2, abortOnFail: false };
    const withSamples = (n: number) => ({ ...passedResult(), metrics: { smtp_connecting: trend(n, 1) } });
    assert.equal(thresholdNote(row, withSamples(999)), 'rests on few samples, n=999');
    assert.equal(thresholdNote(row, withSamples(1000)), '');
    assert.equal(thresholdNote({ ...row, threshold: 'max<5' }, withSamples(2)), '');
    assert.equal(thresholdNote({ ...row, threshold: 'med<5' }, withSamples(2)), 'rests on few samples, n=2');
    const tenth = { ...row, windowMs: passedResult().run.durationMs / 10 };
    assert.match(thresholdNote(tenth, withSamples(9_990)), /; rests on few samples, about 999 in a window$/);
    assert.doesNotMatch(thresholdNote(tenth, withSamples(10_000)), /few samples/);
  });

  it('says of a threshold that was not judged what was missing', () => {
    const row = {
      metric: 'smtp_connecting',
      threshold: 'p(99)<5',
      ok: false,
      value: null,
      abortOnFail: false,
    };
    const result = { ...passedResult(), metrics: { smtp_connecting: trend(1999, 1) } };
    assert.equal(thresholdValue({ ...row, minSamples: 2000 }, result), 'too few samples, n=1,999 of 2,000');
    assert.equal(thresholdValue(row, { ...result, metrics: {} }), 'no samples');
    assert.equal(thresholdNote(row, result), '');
    assert.equal(thresholdNote({ ...row, ok: true }, result), 'not judged: onNoData is pass');
  });

  it('says over what a threshold was judged, and when it first failed', () => {
    const row = { metric: 'checks', threshold: 'rate>0.9', ok: false, value: 0.5, abortOnFail: false };
    const note = (changes: object) => thresholdNote({ ...row, ...changes }, passedResult());
    assert.equal(note({ windowMs: 10_000, crossedAtMs: 14_000 }), 'worst of every 10s; first failed at 14s');
    assert.equal(note({ crossedAtMs: 14_000 }), 'first failed at 14s');
    assert.equal(note({ windowMs: 10_000, value: null }), 'in every 10s');
    const unjudged = { ...row, value: null, windowMs: 10_000, minSamples: 5 };
    assert.equal(thresholdValue(unjudged, passedResult()), 'nowhere 5 samples');
  });

  it('writes bytes as bytes, counts as counts and shares with what they are of', () => {
    const { metrics } = passedResult();
    assert.deepEqual(numbersOf('data_sent', metrics.data_sent!), ['310MB', '6.21MB/s']);
    assert.deepEqual(numbersOf('smtp_messages', metrics.smtp_messages!), ['24,986', '500/s']);
    assert.deepEqual(numbersOf('smtp_message_failed', metrics.smtp_message_failed!), [
      '0.05%',
      '12 of 24,986',
    ]);
    assert.deepEqual(numbersOf('vus', metrics.vus!), ['42', 'min 18, max 50']);
  });

  it('lists the faults of the generator by cause', () => {
    const { health } = passedResult();
    const faults = healthFacts({ ...health, faults: { EMFILE: 1200, ENOBUFS: 0 } }).find(
      ([label]) => label === 'faults',
    );
    assert.equal(faults?.[1], 'EMFILE ×1,200');
  });
});
