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
    const aborted = { ...abortedResult(), health: invalidResult().health };
    assert.equal(verdictOf(aborted).kind, 'aborted');
  });

  it('names the threshold that stopped the run, and a signal when none did', () => {
    const thresholds = [
      { metric: 'checks', threshold: 'rate>0.9', ok: false, value: 0.5, abortOnFail: true },
    ];
    assert.match(verdictOf({ ...abortedResult(), thresholds }).sentence, /checks did not keep rate>0\.9/);
    assert.match(verdictOf(abortedResult()).sentence, /by a signal/);
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
  });

  it('is failed when the run itself broke', () => {
    const base = passedResult();
    assert.equal(verdictOf({ ...base, run: { ...base.run, status: 'failed' } }).kind, 'failed');
  });

  it('warns of a degraded generator when it passes', () => {
    assert.match(verdictOf({ ...failedResult(), thresholds: [] }).sentence, /not at its best/);
  });
});
