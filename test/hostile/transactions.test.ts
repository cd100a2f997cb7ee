/** Servers that get a transaction wrong, and those that are right where a client is not: the session must stay in step. */
import assert from 'node:assert/strict';
import type { Act } from './good-dialog.js';
import { type HostileCase, hostile } from './hostile-run.js';
import { turns } from './raw-server.js';

const PIPELINING = ['off', 'auto', 'coalesced'] as const;
type Pipelining = (typeof PIPELINING)[number];
const inEachMode = (
  make: (pipelining: Pipelining) => HostileCase,
  modes: readonly Pipelining[] = PIPELINING,
) =>
  modes.map((pipelining): HostileCase => {
    const one = make(pipelining);
    return { ...one, title: `${one.title}, pipelining ${pipelining}`, client: { pipelining, ...one.client } };
  });

const NOBODY = '550 5.1.1 nobody\r\n';

hostile('nobody is accepted', [
  ...inEachMode(() => ({
    title: 'and DATA is 554: the transaction is still open',
    // DATA, where it is said, is 554 as in Postfix.
    once: { RCPT: NOBODY },
    messages: ['rejected RCPT 550 mailbox_invalid', 'accepted', 'accepted'],
    sessions: 1,
    also: ({ server }) => assert.ok(server.commands.includes('0 RSET'), 'no RSET'),
  })),
  ...(['auto', 'coalesced'] as const).map(
    (pipelining): HostileCase => ({
      title: `and DATA is 354 all the same: a lone dot, no content, pipelining ${pipelining}`,
      client: { pipelining },
      once: { RCPT: NOBODY, DATA: '354 go on\r\n', CONTENT: '554 5.5.1 nobody\r\n' },
      messages: ['rejected RCPT 550 mailbox_invalid', 'accepted', 'accepted'],
      sessions: 1,
    }),
  ),
  {
    title: 'and DATA is 354, and the lone dot is 250',
    once: { RCPT: NOBODY, DATA: '354 go on\r\n', CONTENT: '250 taken, whatever it was\r\n' },
    messages: ['rejected RCPT 550 mailbox_invalid', 'accepted'],
    sessions: 1,
    also: ({ server }) => assert.equal(server.taken.length, 1),
  },
  {
    title: 'and DATA is 250',
    client: { pipelining: 'auto' },
    once: { RCPT: NOBODY, DATA: '250 fine\r\n' },
    messages: ['rejected RCPT 550 mailbox_invalid', 'accepted'],
    sessions: 2,
  },
  ...inEachMode((pipelining) => ({
    title: 'and MAIL was refused too',
    once: { MAIL: '451 4.3.0 later\r\n' },
    messages: ['rejected MAIL 451 system', 'accepted'],
    sessions: 1,
    also: ({ server }) => {
      // Where everything was said at once, everything was answered, and nothing was left open.
      assert.equal(server.commands.includes('0 RSET'), false);
      assert.equal(server.commands.filter((line) => line === '0 DATA').length, pipelining === 'off' ? 1 : 2);
    },
  })),
]);

hostile('some are accepted', [
  ...inEachMode(() => ({
    title: 'the first of three is refused',
    recipients: 3,
    once: { RCPT: NOBODY },
    messages: ['accepted', 'accepted'],
    sessions: 1,
    also: ({ server }) =>
      assert.deepEqual(
        server.taken.map(({ recipients }) => recipients),
        [2, 3],
      ),
  })),
  ...inEachMode(() => ({
    title: 'the second of three is answered with 421',
    recipients: 3,
    always: (() => {
      let count = 0;
      return { RCPT: ((_, good) => (++count === 2 ? '421 4.3.2 going\r\n' : good)) as Act };
    })(),
    messages: ['rejected RCPT 421 throttled', 'accepted'],
    sessions: 2,
  })),
]);

/** More than the kernel takes when nobody reads. */
const LONG_BYTES = 8_000_000;

/** Says it when part of the content was read and the kernel takes no more. */
const inTheMiddle =
  (reply: string): Act =>
  async (peer) => {
    peer.say('354 go on\r\n');
    await peer.more();
    peer.pause();
    await turns(5);
    peer.say(reply);
    await turns(10);
    // Who reads nothing does not see the client go.
    peer.resume();
    await peer.silence();
  };

hostile('the content', [
  ...inEachMode(
    (pipelining) => ({
      title: 'is refused in the middle',
      messageBytes: LONG_BYTES,
      once: { DATA: inTheMiddle('552 5.3.4 enough\r\n') },
      messages: [
        'rejected CONTENT 552 size',
        ...(pipelining === 'coalesced' ? ['failed CONTENT unexpected-reply protocol'] : []),
        'accepted',
      ],
      sessions: 2,
    }),
    ['auto', 'coalesced'],
  ),
  ...inEachMode(
    () => ({
      title: 'is accepted in the middle, which cannot be',
      messageBytes: LONG_BYTES,
      once: { DATA: inTheMiddle('250 2.0.0 enough\r\n') },
      messages: ['failed CONTENT unexpected-reply protocol', 'accepted'],
      sessions: 2,
    }),
    ['off'],
  ),
  {
    title: 'is answered twice',
    once: { CONTENT: '250 one\r\n250 two\r\n' },
    messages: ['accepted', 'failed MAIL unexpected-reply protocol', 'accepted'],
    sessions: 2,
  },
  {
    title: 'is answered twice, at the end of the session',
    client: { messagesPerSession: { min: 1, max: 1 } },
    once: { CONTENT: '250 one\r\n250 two\r\n' },
    messages: ['accepted', 'accepted'],
    sessions: 2,
  },
  ...inEachMode(
    () => ({
      title: 'is answered with 354 again',
      once: { CONTENT: '354 more\r\n' },
      messages: ['failed CONTENT unexpected-reply protocol in doubt', 'accepted'],
      sessions: 2,
    }),
    ['off', 'auto'],
  ),
]);

hostile('the order', [
  {
    title: 'a server that forgets the transaction after RCPT',
    client: { pipelining: 'off' },
    once: { DATA: '503 5.5.1 MAIL first\r\n' },
    messages: ['rejected DATA 503 protocol', 'accepted'],
    sessions: 1,
    also: ({ server }) => assert.ok(server.commands.includes('0 RSET')),
  },
  {
    title: 'RSET is refused',
    once: { RCPT: NOBODY, RSET: '502 5.5.1 no such thing\r\n' },
    messages: ['rejected RCPT 550 mailbox_invalid', 'accepted'],
    sessions: 2,
  },
  {
    title: 'RSET is answered with 220',
    once: { RCPT: NOBODY, RSET: '220 ok\r\n' },
    messages: ['rejected RCPT 550 mailbox_invalid', 'accepted'],
    sessions: 2,
  },
  {
    title: 'QUIT is refused',
    client: { messagesPerSession: { min: 1, max: 1 } },
    once: { QUIT: '500 stay\r\n' },
    messages: ['accepted', 'accepted'],
    sessions: 2,
  },
]);
