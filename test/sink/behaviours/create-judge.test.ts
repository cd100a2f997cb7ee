import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuthenticationResults } from '#src/sink/authentication/results.js';
import { VERBS } from '#src/sink/event.js';
import { contentOf, eventOf, judged, judgeOf, judgeOfOne, outcomeOf } from './behave.js';
import { judgesOf } from './sharing.js';

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

test('a socket that can be meddled with is wanted where any behaviour meddles or reads slowly', () => {
  const wants = (...items: string[]) =>
    judgeOf(`behaviours:\n${items.map((item) => `  - ${item}\n`).join('')}`).usesSocketFaults;
  const plain = '{ when: { verb: MAIL }, delay: 1s }';
  assert.equal(wants(plain, plain), false);
  assert.equal(wants(plain, '{ when: { verb: MAIL }, socket: { split: 1B } }', plain), true);
  assert.equal(wants(plain, '{ when: { verb: MAIL }, read: 10B/s }', plain), true);
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
  - { name: second, when: { verb: RCPT }, reject: 550, delay: 5ms }
  - { when: { verb: RCPT }, delay: 30ms, read: 1KiB/s }
`);
  const treatment = judged(judge, eventOf('RCPT'));
  assert.equal(outcomeOf(treatment), '450 4.0.0');
  assert.deepEqual(
    [treatment?.behaviour, treatment?.delayMs, treatment?.readBytesPerSec],
    ['first', 1235, 1024],
  );
});

test('what was refused is not counted by a throttle behind it', () => {
  const judge = judgeOf(`
behaviours:
  - { when: { numbers: [0, 1, 2, 3] }, lose: true }
  - { throttle: { messages: 1, per: 1h } }
`);
  const outcomes = [0, 1, 2, 3, 4, 5].map((number) => outcomeOf(judged(judge, contentOf(number))));
  assert.deepEqual(outcomes, ['lose', 'lose', 'lose', 'lose', '', '451 4.7.0']);
});

test('a behaviour holds between two times, counted from the first connection', () => {
  const judge = judgeOfOne('{ when: { verb: MAIL, after: 10s, until: 20s }, defer: 451 }');
  assert.equal(judge.watches('CONNECT'), true);
  assert.equal(judged(judge, eventOf('CONNECT', { nowMs: 1000 })), null);
  const at = (nowMs: number) => outcomeOf(judged(judge, eventOf('MAIL', { nowMs })));
  assert.deepEqual([at(10_999), at(11_000), at(20_999), at(21_000)], ['', '451 4.3.0', '451 4.3.0', '']);
});

test('processes count the time from the same moment', async () => {
  const text = 'behaviours: [{ when: { verb: MAIL, after: 10s }, defer: 451 }]';
  const [first, second] = judgesOf(text, 2, 7);
  await first?.judge(eventOf('CONNECT', { nowMs: 1000 }));
  assert.equal(outcomeOf((await second?.judge(eventOf('MAIL', { nowMs: 11_000 }))) ?? null), '451 4.3.0');
});

test('a distant state is waited for, and the rules after it are still looked at', async () => {
  const text = `
behaviours:
  - { when: { verb: RCPT }, greylist: { delay: 5s } }
  - { when: { verb: RCPT }, throttle: { recipients: 1, per: 1h } }
  - { when: { verb: RCPT }, delay: 10ms }
`;
  const [judge] = judgesOf(text, 2, 7);
  const outcomes: string[] = [];
  for (const nowMs of [0, 5000, 5001]) {
    const treatment = await judge?.judge(eventOf('RCPT', { nowMs }));
    outcomes.push(`${outcomeOf(treatment ?? null)} ${treatment?.delayMs}`);
  }
  assert.deepEqual(outcomes, ['450 4.2.0 10', ' 10', '451 4.7.0 10']);
});

test('authentication is asked for once an event, and only where the rest holds', async () => {
  let asked = 0;
  const authentication = async () => {
    asked++;
    return RESULTS;
  };
  const judge = judgeOf(
    `
behaviours:
  - { name: a, when: { verb: CONTENT, domain: other.test, authentication: { dkim: fail } }, reject: 550 }
  - { name: b, when: { verb: CONTENT, authentication: { spf: pass, dkim: fail } }, reject: 550 }
  - { name: c, when: { verb: CONTENT, authentication: { spf: not-pass } }, reject: 550 }
  - { name: d, when: { verb: CONTENT, authentication: { spf: [fail, softfail], policy: reject } }, reject: 550 }
  - { name: e, when: { verb: CONTENT }, delay: 1s }
`,
    { authentication },
  );
  const treatment = await judge.judge(contentOf(1));
  assert.deepEqual([treatment?.behaviour, asked], ['c', 1]);
  assert.equal(treatment?.delayMs, 1000);
  await judge.judge(contentOf(2));
  assert.equal(asked, 2);
});

test('where nothing looks names up, what is said of authentication never holds', () => {
  const text =
    'dns: 127.0.0.1\nbehaviours: [{ when: { verb: MAIL, authentication: { spf: none } }, defer: 450 }]';
  assert.equal(judged(judgeOf(text), eventOf('MAIL')), null);
});

const RESULTS: AuthenticationResults = {
  spf: 'softfail',
  dkim: 'fail',
  dmarc: 'fail',
  policy: 'reject',
  arc: 'none',
  ptr: 'pass',
};
