import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SinkEvent } from '#src/sink/event.js';
import { contentOf, eventOf, judged, judgeOf, judgeOfOne, outcomeOf } from './behave.js';

test('each outcome is told to the connection as it is meant', () => {
  const cases: readonly [item: string, outcome: string][] = [
    ['{ when: { verb: RCPT }, reject: true }', '550 5.7.1'],
    ['{ when: { verb: RCPT }, reject: 552 }', '552 5.0.0'],
    ['{ when: { verb: RCPT }, reject: "550 5.1.1 No such user" }', '550 5.1.1'],
    ['{ when: { verb: RCPT }, reject: "550 No such user" }', '550'],
    ['{ when: { verb: RCPT }, reject: { code: 553, enhanced: "" } }', '553'],
    ['{ when: { verb: RCPT }, reject: { text: No such user } }', '550 5.0.0'],
    ['{ when: { verb: RCPT }, defer: true }', '451 4.3.0'],
    ['{ when: { verb: RCPT }, reply: "252 Cannot verify" }', '252'],
    ['{ when: { verb: RCPT }, close: true }', '421 4.3.2, drop after'],
    ['{ when: { verb: RCPT }, close: 450 }', '450 4.0.0, drop after'],
    ['{ when: { verb: RCPT }, reject: 550, drop: { at: after, how: reset } }', '550 5.7.1, reset after'],
    ['{ when: { verb: RCPT }, drop: before }', 'drop before'],
    ['{ when: { verb: RCPT }, drop: { at: before, how: reset } }', 'reset before'],
  ];
  for (const [item, outcome] of cases) {
    assert.equal(outcomeOf(judged(judgeOfOne(item), eventOf('RCPT'))), outcome, item);
  }
});

test('greetings and replies to EHLO carry no enhanced code unless asked to', () => {
  const on = (verb: 'CONNECT' | 'EHLO', reply: string) =>
    outcomeOf(judged(judgeOfOne(`{ when: { verb: ${verb} }, close: ${reply} }`), eventOf(verb)));
  assert.equal(on('CONNECT', 'true'), '421, drop after');
  assert.equal(on('EHLO', '450'), '450, drop after');
  assert.equal(on('CONNECT', '{ enhanced: 4.7.0 }'), '421 4.7.0, drop after');
});

test('a text of several lines is a reply of several lines', () => {
  const judge = judgeOf(
    'behaviours:\n  - when: { verb: RCPT }\n    reject:\n      text: |\n        one\n        two\n',
  );
  assert.deepEqual(judged(judge, eventOf('RCPT'))?.reply?.lines, ['one', 'two']);
});

test('fates are for the content, with what a bounce needs', () => {
  const fateOf = (item: string) => judged(judgeOfOne(item), contentOf(1))?.fate;
  assert.deepEqual(fateOf('{ lose: true }'), { kind: 'lose' });
  assert.deepEqual(fateOf('{ twice: true }'), { kind: 'twice' });
  const bounce = { kind: 'bounce', afterMs: 1000, status: '5.1.1', text: 'No such user' };
  assert.deepEqual(fateOf('{ bounce: true }'), bounce);
  assert.deepEqual(fateOf('{ bounce: 5.2.2 }'), { ...bounce, status: '5.2.2' });
  assert.deepEqual(fateOf('{ bounce: { after: 2s, text: gone } }'), {
    ...bounce,
    afterMs: 2000,
    text: 'gone',
  });
});

test('socket faults are handed on, the first of each kind', () => {
  const judge = judgeOf(`
behaviours:
  - { when: { verb: CONNECT }, socket: { split: 1B, pause: 10ms, cut: { after: 0, how: reset } } }
  - { when: { verb: CONNECT }, socket: { pause: 99ms, repeat: 2, rate: 1KiB/s, stall: forever, garbage: { bytes: 8B, text: true } } }
`);
  assert.equal(judge.usesSocketFaults, true);
  assert.deepEqual(judged(judge, eventOf('CONNECT'))?.socket, {
    splitBytes: 1,
    pieceDelayMs: 10,
    cutAfterBytes: 0,
    cutHow: 'reset',
    repeat: 2,
    bytesPerSec: 1024,
    stallMs: 'forever',
    garbageBytes: 8,
    isText: true,
  });
});

test('only faults and slow reading need a socket that can be meddled with', () => {
  assert.equal(judgeOfOne('{ when: { verb: RCPT }, delay: 1s }').usesSocketFaults, false);
  assert.equal(judgeOfOne('{ when: { verb: RCPT }, read: 1KiB/s }').usesSocketFaults, true);
});

test('a triple is refused until it comes back after the delay, from a neighbour too', () => {
  const judge = judgeOfOne('{ greylist: { delay: 5s, expire: 1m } }');
  const at = (nowMs: number, fields: Partial<SinkEvent> = {}) =>
    outcomeOf(judged(judge, eventOf('RCPT', { nowMs, peer: '192.0.2.1', ...fields })));
  assert.equal(at(0), '450 4.2.0');
  assert.equal(at(4999), '450 4.2.0');
  assert.equal(at(5000, { peer: '192.0.2.99' }), '');
  assert.equal(at(5001, { from: 'other@x' }), '450 4.2.0', 'another triple');
  assert.equal(at(5002, { recipient: 'other@x' }), '450 4.2.0', 'another triple');
  assert.equal(at(5003, { peer: '198.51.100.1' }), '450 4.2.0', 'another triple');
  assert.equal(at(65_001), '450 4.2.0', 'forgotten after a minute of silence');
});

test('what greylisting takes for the same can be chosen', () => {
  const judge = judgeOfOne('{ greylist: { delay: 5s, by: [client], code: 451, text: Wait } }');
  const at = (nowMs: number, fields: Partial<SinkEvent>) =>
    judged(judge, eventOf('RCPT', { nowMs, ...fields }));
  assert.deepEqual(at(0, { from: 'a@x' })?.reply, { code: 451, enhanced: '4.0.0', lines: ['Wait'] });
  assert.equal(at(5000, { from: 'b@x', recipient: 'c@x' }), null);
});

test('a throttle lets exactly its number pass in any interval, and never refuses below it', () => {
  const judgeFor = (limit: number) => judgeOfOne(`{ throttle: { messages: ${limit}, per: 1s } }`);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10 }),
      fc.array(fc.nat(400), { maxLength: 120 }),
      (limit, gapsMs) => {
        const judge = judgeFor(limit);
        const passed: number[] = [];
        let nowMs = 0;
        for (const [number, gapMs] of gapsMs.entries()) {
          nowMs += gapMs;
          const inInterval = passed.filter((at) => at > nowMs - 1000).length;
          const outcome = outcomeOf(judged(judge, contentOf(number, { nowMs })));
          assert.equal(outcome, inInterval < limit ? '' : '451 4.7.0');
          if (outcome === '') passed.push(nowMs);
        }
      },
    ),
  );
});

test('recipients and connections are counted at their own verbs, by client where asked', () => {
  const recipients = judgeOfOne('{ throttle: { recipients: 2, per: 1s } }');
  const rcpt = () => outcomeOf(judged(recipients, eventOf('RCPT')));
  assert.deepEqual([rcpt(), rcpt(), rcpt()], ['', '', '451 4.7.0']);

  const connections = judgeOfOne('{ throttle: { connections: 1, per: 1s, by: [client] } }');
  const connect = (peer: string) => outcomeOf(judged(connections, eventOf('CONNECT', { peer })));
  assert.deepEqual([connect('127.0.0.1'), connect('127.0.0.2'), connect('127.0.0.1')], ['', '', '421']);
});

test('recipients counted at the content weigh as many as there are', () => {
  const judge = judgeOfOne('{ when: { verb: CONTENT }, throttle: { recipients: 3, per: 1s } }');
  const content = (...recipients: string[]) => outcomeOf(judged(judge, contentOf(1, { recipients })));
  assert.deepEqual([content('a@x', 'b@x'), content('a@x', 'b@x'), content('c@x')], ['', '451 4.7.0', '']);
});

test('a domain that is throttled does not hold up the others', () => {
  const judge = judgeOfOne('{ throttle: { messages: 1, per: 1s, by: [domain] } }');
  const content = (recipient: string) => outcomeOf(judged(judge, contentOf(1, { recipients: [recipient] })));
  assert.deepEqual([content('x@a.test'), content('y@A.test'), content('x@b.test')], ['', '451 4.7.0', '']);
});

test('a refusal by throttle may come with the end of the connection', () => {
  const judge = judgeOfOne('{ throttle: { recipients: 1, per: 1s, code: 421 }, drop: after }');
  const rcpt = () => outcomeOf(judged(judge, eventOf('RCPT')));
  assert.deepEqual([rcpt(), rcpt()], ['', '421 4.0.0, drop after']);
});
