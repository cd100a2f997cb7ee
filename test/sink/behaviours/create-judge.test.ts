import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VERBS } from '#src/sink/event.js';
import { eventOf, judged, judgeOf, judgeOfOne, outcomeOf } from './behave.js';

test('a recipient is rejected with code, enhanced code and text, and another one is not', () => {
  const judge = judgeOf(`
behaviours:
  - name: full
    when: { verb: RCPT, recipient: "user7@*" }
    reject: { code: 552, enhanced: 5.2.2, text: "Mailbox full" }
`);
  const treatment = judged(judge, eventOf('RCPT', { recipient: 'User7@a.example.test' }));
  assert.deepEqual(treatment, {
    behaviour: 'full',
    delayMs: 0,
    reply: { code: 552, enhanced: '5.2.2', lines: ['Mailbox full'] },
    drop: null,
    isReset: false,
    readBytesPerSec: null,
    fate: null,
    socket: null,
  });
  assert.equal(judged(judge, eventOf('RCPT', { recipient: 'user70@a.example.test' })), null);
  assert.equal(judged(judge, eventOf('MAIL')), null);
});

test('only the verbs of some behaviour are watched', () => {
  const judge = judgeOfOne('{ when: { verb: [MAIL, CONTENT] }, delay: 1s }');
  assert.deepEqual(
    VERBS.filter((verb) => judge.watches(verb)),
    ['MAIL', 'CONTENT'],
  );
});

test('the first that decides wins; delays add up wherever they stand, and the slowest reading counts', () => {
  const judge = judgeOf(`
behaviours:
  - { when: { verb: RCPT }, delay: 200ms, read: 10KiB/s }
  - { name: first, when: { verb: RCPT }, defer: 450, delay: 1s }
  - { name: second, when: { verb: RCPT }, reject: 550 }
  - { when: { verb: RCPT }, delay: 30ms, read: 1KiB/s }
`);
  const treatment = judged(judge, eventOf('RCPT'));
  assert.equal(outcomeOf(treatment), '450 4.0.0');
  assert.deepEqual(
    [treatment?.behaviour, treatment?.delayMs, treatment?.readBytesPerSec],
    ['first', 1230, 1024],
  );
});
