/** BDAT and windows of transactions (RFC 3030) against servers that offer them and do not mean it. */
import assert from 'node:assert/strict';
import type { Act } from './good-dialog.js';
import { type HostileCase, hostile } from './hostile-run.js';

const CAPABILITIES = ['PIPELINING', 'CHUNKING', 'SIZE'];
const CHUNKED = { capabilities: CAPABILITIES, client: { chunkBytes: 700, pipelining: 'auto' } } as const;
const LOCKSTEP = { capabilities: CAPABILITIES, client: { chunkBytes: 700, pipelining: 'off' } } as const;
const WINDOW = {
  capabilities: CAPABILITIES,
  client: { chunkBytes: 700, pipelining: 'auto', window: 3 },
} as const;
const MODES = { lockstep: LOCKSTEP, pipelined: CHUNKED } as const;
/** Pipelined, the last chunk is out before the first is answered: what comes of it is not known. */
const inBoth = (make: (doubt: string) => HostileCase): HostileCase[] =>
  Object.entries(MODES).map(([name, mode]) => {
    const one = make(name === 'pipelined' ? ' in doubt' : '');
    return { ...mode, ...one, title: `${one.title}, ${name}` };
  });

hostile('CHUNKING is offered', [
  ...['500 5.5.1 what?\r\n', '502 5.5.1 no\r\n', '503 5.5.1 not now\r\n', '552 5.2.2 full\r\n'].flatMap(
    (reply) =>
      inBoth(() => ({
        title: `and a chunk is answered with ${reply.slice(0, 3)}: no other follows`,
        once: { BDAT: reply },
        messages: [
          `rejected BDAT ${reply.slice(0, 3)} ${reply.startsWith('552') ? 'quota' : 'protocol'}`,
          'accepted',
        ],
        sessions: 1,
      })),
  ),
  ...inBoth((doubt) => ({
    title: 'and a chunk is not answered',
    once: { BDAT: ((peer) => peer.silence()) as Act },
    messages: [`failed BDAT timeout network${doubt}`, 'accepted'],
    sessions: 2,
  })),
  ...inBoth(() => ({
    title: 'and the last chunk is not answered',
    once: { CONTENT: ((peer) => peer.silence()) as Act },
    messages: ['failed CONTENT timeout network in doubt', 'accepted'],
    sessions: 2,
  })),
  ...inBoth((doubt) => ({
    title: 'and a chunk is answered with 354',
    once: { BDAT: '354 go on\r\n' },
    messages: [`failed BDAT unexpected-reply protocol${doubt}`, 'accepted'],
    sessions: 2,
  })),
  ...inBoth(() => ({
    title: 'and nothing comes after LAST',
    messages: ['accepted', 'accepted', 'accepted'],
    sessions: 1,
    also: ({ server }) => {
      const last = server.commands.flatMap((line, i) => (line.endsWith(' LAST') ? [i] : []));
      assert.equal(last.length, 3);
      for (const at of last) assert.doesNotMatch(server.commands[at + 1] ?? '', /BDAT/);
    },
  })),
  ...inBoth(() => ({
    title: 'and everybody is refused: no content is counted',
    once: { RCPT: '550 5.1.1 nobody\r\n' },
    messages: ['rejected RCPT 550 mailbox_invalid', 'accepted'],
    sessions: 1,
  })),
  {
    title: 'no more: who asked for it is told so',
    client: CHUNKED.client,
    messages: Array(2).fill('failed BDAT not-offered protocol'),
    sessions: 2,
    neverBetter: true,
  },
]);

function firstRecipientsRefused(count: number): NonNullable<HostileCase['always']> {
  let seen = 0;
  return { RCPT: (_, good) => (++seen <= count ? '550 5.1.1 nobody\r\n' : good) };
}

const ACCEPTED = (count: number): string[] => Array<string>(count).fill('accepted');

hostile('a window of transactions', [
  { ...WINDOW, title: 'goes well', messages: ACCEPTED(9), sessions: 1 },
  {
    ...WINDOW,
    title: 'whose first MAIL is refused',
    once: { MAIL: '451 4.3.0 later\r\n' },
    messages: ['rejected MAIL 451 system', ...ACCEPTED(8)],
    sessions: 1,
  },
  {
    ...WINDOW,
    title: 'is spoilt by its first one, which stays open: the others fail, then RSET, then all is well',
    always: firstRecipientsRefused(3),
    messages: [
      'rejected RCPT 550 mailbox_invalid',
      'failed MAIL sequence protocol',
      'failed MAIL sequence protocol',
      ...ACCEPTED(3),
    ],
    sessions: 1,
    also: ({ server }) => assert.equal(server.commands.filter((line) => line === '0 RSET').length, 1),
  },
  {
    ...WINDOW,
    title: 'is spoilt by its first one, and the second goes out under the reverse-path of the first',
    always: firstRecipientsRefused(1),
    messages: ['rejected RCPT 550 mailbox_invalid', 'failed MAIL sequence protocol in doubt', ...ACCEPTED(4)],
    sessions: 1,
  },
  {
    ...WINDOW,
    title: 'is cut by a 421',
    once: { CONTENT: '421 4.3.2 going\r\n' },
    messages: [
      'rejected CONTENT 421 throttled',
      'failed MAIL closed throttled in doubt',
      'failed MAIL closed throttled in doubt',
      ...ACCEPTED(3),
    ],
    sessions: 2,
  },
  {
    ...WINDOW,
    title: 'is never answered',
    once: { MAIL: (peer) => peer.silence() },
    messages: [...Array<string>(3).fill('failed MAIL timeout network in doubt'), ...ACCEPTED(3)],
    sessions: 2,
  },
]);
