import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countMaillog } from './maillog.js';

const QUEUED = [
  'postfix/smtpd[11]: 4gA1: client=unknown[127.0.0.1]',
  'postfix/smtpd[11]: 4gAAAA1111zABC: client=unknown[127.0.0.1]',
  'postfix/cleanup[12]: 4gAAAA1111zABC: message-id=<1@example.test>',
  'postfix/qmgr[13]: 4gAAAA1111zABC: from=<a@example.test>, size=320, nrcpt=2 (queue active)',
];
const SENT_TWICE = [
  'postfix/discard[14]: 4gAAAA1111zABC: to=<b@example.test>, relay=none, delay=0.01, delays=0/0/0/0, dsn=2.0.0, status=sent (discarded)',
  'postfix/relay/smtp[15]: 4gAAAA1111zABC: to=<c@example.test>, relay=127.0.0.1[127.0.0.1]:2600, delay=0.01, delays=0/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 Ok)',
];
const REMOVED = ['postfix/qmgr[13]: 4gAAAA1111zABC: removed'];

test('a message with two recipients is one accepted message and two copies sent', () => {
  assert.deepEqual(count(QUEUED, SENT_TWICE, REMOVED), {
    accepted: 1,
    sent: 2,
    deferred: 0,
    bounced: 0,
    unfinished: 0,
  });
});

test('a message in the queue is accepted and unfinished', () => {
  assert.deepEqual(count(QUEUED), { accepted: 1, sent: 0, deferred: 0, bounced: 0, unfinished: 1 });
});

test('a transaction that was broken off before its content is not accepted', () => {
  assert.equal(count(['postfix/smtpd[11]: 4gBBBB2222zABC: client=unknown[127.0.0.1]']).accepted, 0);
});

test('a copy that was deferred first and sent later is sent, and its message is accepted once', () => {
  const deferred = [
    'postfix/smtp[15]: 4gAAAA1111zABC: to=<b@example.test>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, status=deferred (connect to 127.0.0.1[127.0.0.1]:9: Connection refused)',
  ];
  const again = [...QUEUED.slice(3), ...SENT_TWICE];
  assert.equal(count(QUEUED, deferred).deferred, 1);
  assert.deepEqual(count(QUEUED, deferred, again, REMOVED), {
    accepted: 1,
    sent: 2,
    deferred: 0,
    bounced: 0,
    unfinished: 0,
  });
});

test('the bounce that Postfix writes is no message of a client, though it is sent', () => {
  const bounce = [
    'postfix/smtp[15]: 4gAAAA1111zABC: to=<b@example.test>, relay=none, delay=1, delays=0/0/1/0, dsn=5.1.1, status=bounced (host said: 550 no)',
    'postfix/bounce[16]: 4gAAAA1111zABC: sender non-delivery notification: 4gCCCC3333zABC',
    'postfix/qmgr[13]: 4gCCCC3333zABC: from=<>, size=2300, nrcpt=1 (queue active)',
    'postfix/discard[14]: 4gCCCC3333zABC: to=<a@example.test>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (discarded)',
    'postfix/qmgr[13]: 4gCCCC3333zABC: removed',
  ];
  assert.deepEqual(count(QUEUED, bounce, REMOVED), {
    accepted: 1,
    sent: 0,
    deferred: 0,
    bounced: 1,
    unfinished: 0,
  });
});

function count(...groups: string[][]): ReturnType<typeof countMaillog> {
  return countMaillog(
    groups
      .flat()
      .map((line) => `Nov 22 16:00:00 mx ${line}\n`)
      .join(''),
  );
}
