import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { verdictOf } from '#src/report/verdict.js';
import { abortedResult, failedResult, invalidResult, passedResult } from './fixture.js';

describe('verdict', () => {
  it('is passed when every threshold was met', () => {
    assert.deepEqual(verdictOf(passedResult()), { kind: 'passed', sentence: '2 of 2 thresholds were met.' });
  });

  it('counts the thresholds that failed', () => {
    assert.deepEqual(verdictOf(failedResult()), { kind: 'failed', sentence: '2 of 4 thresholds failed.' });
  });

  it('is invalid when the generator was, whatever the thresholds say', () => {
    assert.equal(verdictOf(invalidResult()).kind, 'invalid');
    assert.equal(verdictOf({ ...invalidResult(), thresholds: [] }).kind, 'invalid');
  });

  it('is aborted before it is invalid', () => {
    const aborted = abortedResult();
    const health = { ...aborted.health, verdict: 'invalid' as const };
    assert.equal(verdictOf({ ...aborted, health }).kind, 'aborted');
  });

  it('says why the run was aborted as the run did, whichever thresholds fail in the end', () => {
    const aborted = abortedResult();
    const row = { metric: 'checks', threshold: 'rate>0.9', value: 0.5, abortOnFail: true };
    const bySignal = { ...aborted, thresholds: [{ ...row, ok: false }] };
    assert.equal(verdictOf(bySignal).sentence, 'The run was aborted: stopped by SIGINT.');
    const reasons = ['The run was aborted: checks rate>0.9 failed with 0.5.', 'Messages were begun late.'];
    const byThreshold = { ...bySignal, thresholds: [{ ...row, ok: true }] };
    const health = { ...aborted.health, reasons };
    assert.equal(verdictOf({ ...byThreshold, health }).sentence, reasons[0]);
  });

  it('is failed when nothing was accepted and no threshold on smtp_message_failed decides', () => {
    const base = passedResult();
    const nothing = { ...base, counts: { ...base.counts, accepted: 0 } };
    const other = base.thresholds.filter((row) => row.metric !== 'smtp_message_failed');
    assert.equal(verdictOf(nothing).kind, 'passed');
    assert.deepEqual(verdictOf({ ...nothing, thresholds: other }), {
      kind: 'failed',
      sentence: 'No message was accepted.',
    });
    const unjudged = base.thresholds.map((row) => ({ ...row, ok: true, value: null }));
    assert.equal(verdictOf({ ...nothing, thresholds: unjudged }).kind, 'failed');
  });

  it('is failed when the run itself broke', () => {
    const base = passedResult();
    assert.equal(verdictOf({ ...base, run: { ...base.run, status: 'failed' } }).kind, 'failed');
  });

  it('warns of a degraded generator when it passes', () => {
    assert.match(verdictOf({ ...failedResult(), thresholds: [] }).sentence, /not at its best/);
  });
});
