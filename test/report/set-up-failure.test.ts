import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setUpFailureOf } from '#src/report/set-up-failure.js';
import { verdictOf } from '#src/report/verdict.js';
import type { Result } from '#src/result/result.js';
import { passedResult } from './fixture.js';

type Outcome = Result['outcomes'][number];

const REFUSED: Outcome = {
  outcome: 'rejected',
  expected: false,
  phase: 'AUTH',
  scope: 'session',
  cause: '',
  code: 535,
  enhanced: '5.7.8',
  class: 'smtp_auth',
  permanence: '5yz',
  count: 9,
  sample: '5.7.8 authentication failed',
};
const UNREACHED: Outcome = {
  ...REFUSED,
  outcome: 'failed',
  phase: 'connect',
  cause: 'refused',
  code: 0,
  enhanced: '',
  class: 'network',
  permanence: 'none',
  sample: 'connect ECONNREFUSED 127.0.0.1:25',
};

function result(...outcomes: Outcome[]): Result {
  const base = passedResult();
  return { ...base, counts: { ...base.counts, accepted: 0 }, outcomes, thresholds: [] };
}

describe('a run in which no session came up', () => {
  it('is told with the phase and the reply', () => {
    assert.equal(
      setUpFailureOf(result(REFUSED)),
      'Every session was refused at AUTH: 535 5.7.8 authentication failed.',
    );
    assert.equal(
      setUpFailureOf(result(UNREACHED)),
      'Every session failed at connect: refused, connect ECONNREFUSED 127.0.0.1:25.',
    );
  });

  it('is told of what the server does not offer, also where that is said in the name of BDAT', () => {
    const sample = 'the server does not offer CHUNKING';
    const unoffered: Outcome = {
      ...UNREACHED,
      phase: 'BDAT',
      cause: 'not-offered',
      class: 'protocol',
      sample,
    };
    assert.equal(setUpFailureOf(result(unoffered)), `Every session failed at BDAT: not-offered, ${sample}.`);
    assert.equal(setUpFailureOf(result({ ...unoffered, cause: 'timeout' })), '');
    assert.equal(setUpFailureOf(result({ ...unoffered, phase: 'MAIL', scope: 'message' })), '');
  });

  it('is told by what came most often', () => {
    const sentence = setUpFailureOf(result(REFUSED, UNREACHED));
    assert.match(sentence, /^No session was set up; most often it was refused at AUTH: 535/);
  });

  it('is none when a message was accepted, was refused later, or was to fail', () => {
    const accepted = result(REFUSED);
    assert.equal(setUpFailureOf({ ...accepted, counts: { ...accepted.counts, accepted: 1 } }), '');
    assert.equal(setUpFailureOf(result(REFUSED, { ...REFUSED, phase: 'MAIL', scope: 'message' })), '');
    assert.equal(setUpFailureOf(result({ ...REFUSED, expected: true })), '');
    assert.equal(setUpFailureOf(result()), '');
  });

  it('is told though some were cut off while they waited', () => {
    const cutOff: Outcome = { ...UNREACHED, outcome: 'interrupted', cause: 'stopped', scope: '' };
    assert.match(setUpFailureOf(result(cutOff, REFUSED)), /^Every session was refused at AUTH/);
  });

  it('is told in one line of bounded length, whatever the server said', () => {
    const sentence = setUpFailureOf(result({ ...REFUSED, sample: `${'x'.repeat(400)}\nsecond` }));
    assert.ok(sentence.length < 250 && !sentence.includes('second'), sentence);
  });

  it('is part of the verdict, also of a run that was stopped or missed its thresholds', () => {
    const refused = result(REFUSED);
    const row = { metric: 'checks', threshold: 'rate>0.9', value: 0, abortOnFail: false, ok: false };
    for (const one of [
      refused,
      { ...refused, thresholds: [row] },
      { ...refused, run: { ...refused.run, status: 'aborted' as const } },
    ]) {
      assert.match(verdictOf(one).sentence, /Every session was refused at AUTH: 535/);
    }
  });
});
