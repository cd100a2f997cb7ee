import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SinkEvent } from '#src/sink/event.js';
import { contentOf, eventOf, judged, judgeOfOne } from './behave.js';

/** Whether a behaviour with this `when` minds the event. */
function minds(when: string, event: SinkEvent): boolean {
  return judged(judgeOfOne(`{ when: { verb: ${event.verb}, ${when} }, delay: 1s }`), event) !== null;
}

test('every condition holds for what it names and for nothing else', () => {
  const rcpt = (recipient: string) => eventOf('RCPT', { recipient });
  const cases: readonly [when: string, holds: SinkEvent, not: SinkEvent][] = [
    ['recipient: "vip*@*"', rcpt('VIP1@x.test'), rcpt('xvip1@x.test')],
    ['recipient: ["a@*", "b@*"]', rcpt('b@x.test'), rcpt('c@x.test')],
    ['domain: b.example.test', rcpt('x@B.example.test'), rcpt('x@a.b.example.test')],
    ['domain: "*.example.test"', rcpt('x@a.b.example.test'), rcpt('x@example.test')],
    ['from: "bounce-*@*"', eventOf('MAIL', { from: 'bounce-7@x' }), eventOf('MAIL', { from: '' })],
    ['from: ""', eventOf('MAIL', { from: '' }), eventOf('MAIL', { from: 'a@x' })],
    ['helo: "*.bad.test"', eventOf('EHLO', { helo: 'x.Bad.test' }), eventOf('EHLO', { helo: 'bad.test' })],
    ['user: alice', eventOf('MAIL', { user: 'alice' }), eventOf('MAIL')],
    ['user: ""', eventOf('MAIL'), eventOf('MAIL', { user: 'alice' })],
    ['client: 127.0.0.2', eventOf('CONNECT', { peer: '127.0.0.2' }), eventOf('CONNECT')],
    [
      'client: 127.0.0.0/30',
      eventOf('CONNECT', { peer: '127.0.0.3' }),
      eventOf('CONNECT', { peer: '127.0.0.4' }),
    ],
    ['tls: true', eventOf('MAIL', { isTls: true }), eventOf('MAIL')],
    ['tls: false', eventOf('MAIL'), eventOf('MAIL', { isTls: true })],
    [
      'contains: ["two words", GTUBE]',
      eventOf('CONTENT', { message: Buffer.from('Subject: x\r\n\r\nsome GTUBE\r\n') }),
      eventOf('CONTENT', { message: Buffer.from('Subject: x\r\n\r\nsome gtube, two\r\nwords\r\n') }),
    ],
    ['largerThan: 1KiB', eventOf('MAIL', { sizeBytes: 1025 }), eventOf('MAIL', { sizeBytes: 1024 })],
    ['recipientsOver: 1', eventOf('RCPT', { recipients: ['a@x'] }), eventOf('RCPT')],
    ['recipientsOver: 1', eventOf('DATA', { recipients: ['a@x', 'b@x'] }), eventOf('DATA')],
    ['numbers: [17, 4711]', contentOf(4711), contentOf(18)],
    ['numbers: [17]', contentOf(17), eventOf('CONTENT')],
    ['every: 100', contentOf(300), contentOf(301)],
    ['first: 10', contentOf(9), contentOf(10)],
    ['every: 2, domain: a.example.test', contentOf(2), contentOf(2, { recipients: ['x@b.test'] })],
  ];
  for (const [when, holds, not] of cases) {
    assert.equal(minds(when, holds), true, when);
    assert.equal(minds(when, not), false, `not ${when}`);
  }
});

test('over SMTP the content matches when any recipient does, over LMTP only that whose reply is due', () => {
  const recipients = ['x@a.test', 'y@b.test'];
  assert.equal(minds('domain: b.test', eventOf('CONTENT', { recipients })), true);
  assert.equal(minds('domain: b.test', eventOf('CONTENT', { recipients, recipient: 'x@a.test' })), false);
  assert.equal(minds('domain: b.test', eventOf('CONTENT', { recipients, recipient: 'y@b.test' })), true);
});

test('address and domain must fit in the same recipient', () => {
  const recipients = ['x@a.test', 'y@b.test'];
  assert.equal(minds('recipient: "x@*", domain: b.test', eventOf('CONTENT', { recipients })), false);
  assert.equal(minds('recipient: "x@*", domain: a.test', eventOf('CONTENT', { recipients })), true);
});
