/** LMTP servers that miscount: one reply for each recipient is owed (RFC 2033 §4.2), and they say fewer, more or others. */
import assert from 'node:assert/strict';
import type { Act } from './good-dialog.js';
import { type HostileCase, hostile } from './hostile-run.js';

const LMTP = { isLmtp: true, recipients: 3 } as const;
const PIPELINING = ['off', 'auto', 'coalesced'] as const;
const inEachMode = (make: (pipelining: string) => HostileCase): HostileCase[] =>
  PIPELINING.map((pipelining) => {
    const one = make(pipelining);
    return {
      ...LMTP,
      ...one,
      title: `${one.title}, pipelining ${pipelining}`,
      client: { pipelining, ...one.client },
    };
  });
const alsoMail = (pipelining: string, words: string) => (pipelining === 'coalesced' ? [words] : []);

/** All that is said to one content: the first of its replies says it, the others nothing. */
const fewer =
  (reply: string): Act =>
  async (peer) => {
    peer.say(reply);
    await peer.closed;
    return 250;
  };

hostile('an LMTP server', [
  ...inEachMode((pipelining) => ({
    title: 'that answers one recipient of three',
    once: { CONTENT: fewer('250 2.0.0 one\r\n') },
    // Accepted for that one, and the others are undecided.
    messages: ['accepted', ...alsoMail(pipelining, 'failed MAIL timeout network'), 'accepted'],
    isImpatient: true,
    sessions: 2,
  })),
  ...inEachMode((pipelining) => ({
    title: 'that refuses one recipient and goes',
    once: {
      CONTENT: (async (peer) => {
        peer.say('550 5.1.1 no\r\n');
        peer.fin();
        await peer.silence();
      }) as Act,
    },
    messages: [
      'failed CONTENT closed network in doubt',
      ...alsoMail(pipelining, 'failed MAIL closed network'),
      'accepted',
    ],
    sessions: 2,
  })),
  ...inEachMode(() => ({
    title: 'that answers nobody',
    once: { CONTENT: ((peer) => peer.silence()) as Act },
    messages: ['failed CONTENT timeout network in doubt', 'accepted'],
    sessions: 2,
  })).slice(0, 2),
  ...inEachMode(() => ({
    title: 'that refuses everybody after the content',
    always: (() => {
      let count = 0;
      return { CONTENT: ((_, good) => (++count <= 3 ? '552 5.2.2 over quota\r\n' : good)) as Act };
    })(),
    messages: ['rejected CONTENT 552 quota', 'accepted'],
    sessions: 1,
  })),
  {
    ...LMTP,
    title: 'that answers four recipients of three, at the end of the session',
    client: { messagesPerSession: { min: 1, max: 1 } },
    once: { CONTENT: '250 2.0.0 one\r\n250 2.0.0 one more\r\n' },
    messages: ['accepted', 'accepted'],
    sessions: 2,
  },
  {
    ...LMTP,
    title: 'that answers four recipients of three, between messages',
    client: { pipelining: 'auto' },
    once: { CONTENT: '250 2.0.0 one\r\n250 2.0.0 one more\r\n' },
    // The next MAIL went out at the third, and what comes cannot be about it.
    messages: ['accepted', 'failed MAIL unexpected-reply protocol', 'accepted'],
    sessions: 2,
  },
  {
    ...LMTP,
    title: 'that says 354 although nobody was accepted: there is no dot to answer',
    client: { pipelining: 'auto' },
    recipients: 1,
    once: { RCPT: '550 5.1.1 nobody\r\n', DATA: '354 go on\r\n' },
    messages: ['rejected RCPT 550 mailbox_invalid', 'accepted'],
    sessions: 2,
  },
  {
    ...LMTP,
    title: 'that takes EHLO for LHLO',
    once: { EHLO: '500 5.5.1 what is LHLO?\r\n' },
    messages: ['rejected LHLO 500 protocol', 'accepted'],
    sessions: 2,
    also: ({ server }) =>
      assert.equal(
        server.commands.some((line) => line.includes('HELO')),
        false,
      ),
  },
]);
