import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BehaviourError } from '#src/errors.js';
import { ReplaceableJudge } from '#src/sink/behaviours/replaceable-judge.js';
import { eventOf, judged, judgeOfOne, outcomeOf } from './behave.js';

test('each event is judged by the judge in place when it comes', () => {
  const judge = new ReplaceableJudge(judgeOfOne('{ when: { verb: RCPT }, reject: 550 }'));
  assert.equal(outcomeOf(judged(judge, eventOf('RCPT'))), '550 5.7.1');
  assert.deepEqual(
    [judge.watches('RCPT'), judge.watches('MAIL'), judge.usesSocketFaults],
    [true, false, false],
  );

  judge.replace(judgeOfOne('{ when: { verb: MAIL }, defer: 451, read: 1KiB/s }'));
  assert.equal(judged(judge, eventOf('RCPT')), null);
  assert.equal(outcomeOf(judged(judge, eventOf('MAIL'))), '451 4.3.0');
  assert.deepEqual(
    [judge.watches('RCPT'), judge.watches('MAIL'), judge.usesSocketFaults],
    [false, true, true],
  );
});

test('a file that is refused leaves the running one in place', () => {
  const judge = new ReplaceableJudge(judgeOfOne('{ when: { verb: RCPT }, reject: 550 }'));
  assert.throws(() => judge.replace(judgeOfOne('{ when: { verb: RCPT }, rejct: 550 }')), BehaviourError);
  assert.equal(outcomeOf(judged(judge, eventOf('RCPT'))), '550 5.7.1');
});
