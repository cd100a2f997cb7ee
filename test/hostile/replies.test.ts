/** Replies that are no SMTP, or SMTP in a strange shape: what can be read is read, the rest ends the session. */

import type { Act } from './good-dialog.js';
import { type HostileCase, hostile } from './hostile-run.js';
import { failedIn, type HostilePhase, inEachPhase } from './phases.js';
import { turn } from './raw-server.js';

const accepted: Pick<HostileCase, 'messages' | 'sessions'> = {
  messages: ['accepted', 'accepted'],
  sessions: 1,
};

/** Says the good reply in another shape; the code is what it was. */
const shaped =
  (shape: (good: string) => readonly (string | Buffer)[]): Act =>
  async (peer, good) => {
    for (const part of shape(good)) {
      peer.say(part);
      await turn();
    }
    return Number(good.slice(0, 3));
  };

hostile('replies in a strange shape', [
  { ...accepted, title: 'split at every byte', everywhere: shaped((good) => [...good]) },
  { ...accepted, title: 'ended by a bare LF', everywhere: shaped((good) => [good.replaceAll('\r\n', '\n')]) },
  {
    ...accepted,
    title: 'of many lines',
    everywhere: shaped((good) => [`${good.slice(0, 3)}-x\r\n`.repeat(900) + good]),
  },
  {
    ...accepted,
    title: 'without a text',
    everywhere: shaped((good) => (good.startsWith('250-') ? [good] : [`${good.slice(0, 3)}\r\n`])),
  },
  {
    ...accepted,
    title: 'with 8-bit text and NUL',
    everywhere: shaped((good) => [good.replace(/ .*\r\n$/, ' \x00\xff\xfe\x80\u00fc\x1b[31m\r\n')]),
  },
  {
    ...accepted,
    title: 'with a bare CR in the text',
    everywhere: shaped((good) => [good.replace(/ (.*)\r\n$/, ' a\rb $1\r\n')]),
  },
  {
    ...accepted,
    title: 'with lines far over 512 octets',
    receivedBound: 12 * 60_100,
    everywhere: shaped((good) => [good.replace(/\r\n$/, `${'x'.repeat(60_000)}\r\n`)]),
  },
]);

const fails = (cause: string) => (phase: HostilePhase) =>
  phase.phase === 'tls' ? null : failedIn(phase, cause, 'protocol');
const endless =
  (line: string): Act =>
  async (peer) => {
    while (!peer.isClosed) {
      peer.say(line);
      await peer.drained();
    }
    await peer.silence();
  };
const NUMBERLESS = [
  'hello\r\n',
  '\r\n',
  '25\r\n',
  '2x0 ok\r\n',
  ' 250 ok\r\n',
  '000 ok\r\n',
  '120 wait\r\n',
  '250x ok\r\n',
  '999 ok\r\n',
  '\x00\x00\x00\x00\r\n',
  '250\tok\r\n',
  '-250 ok\r\n',
  '２５０ ok\r\n',
];

hostile('replies that are no SMTP', [
  ...inEachPhase('no number', 'hello\r\n', fails('malformed-reply')),
  ...inEachPhase(
    'codes that differ between the lines',
    (_, good) => `${good.slice(0, 3)}-x\r\n451 x\r\n`,
    fails('reply-codes-differ'),
  ),
  ...inEachPhase(
    'a line without end',
    (peer) => {
      peer.say('250 '.padEnd(1_048_576, 'x'));
      return peer.silence();
    },
    fails('reply-too-long'),
  ),
  ...inEachPhase('lines without end', endless('250-and\r\n'.repeat(100)), fails('reply-too-long')),
  ...NUMBERLESS.map(
    (reply): HostileCase => ({
      title: `${JSON.stringify(reply)} to MAIL`,
      once: { MAIL: reply },
      messages: ['failed MAIL malformed-reply protocol', 'accepted'],
      sessions: 2,
    }),
  ),
  {
    title: 'a line ended by a bare CR is no line',
    once: {
      MAIL: async (peer) => {
        peer.say('250 ok\r');
        await peer.silence();
      },
    },
    messages: ['failed MAIL timeout network', 'accepted'],
    sessions: 2,
  },
  {
    title: 'lines ended by bare CRs are one line, and of its text',
    once: { MAIL: '250 one\r250 two\r\n' },
    ...accepted,
  },
]);

hostile('codes that nobody knows', [
  {
    title: '299 counts as good',
    once: { MAIL: '299 strange\r\n', RCPT: '299 x\r\n', CONTENT: '299 x\r\n' },
    ...accepted,
  },
  ...(['MAIL', 'RCPT', 'DATA', 'CONTENT'] as const).flatMap((step): HostileCase[] => [
    {
      title: `399 to ${step} fits nothing`,
      once: { [step]: '399 strange\r\n' },
      messages: [
        `failed ${step} unexpected-reply protocol${step === 'CONTENT' ? ' in doubt' : ''}`,
        'accepted',
      ],
      sessions: 2,
    },
    {
      title: `499 to ${step} is a refusal`,
      once: { [step]: '499 strange\r\n' },
      messages: [`rejected ${step} 499 unclassified`, 'accepted'],
      sessions: 1,
    },
    {
      title: `599 to ${step} is a refusal`,
      once: { [step]: '599 strange\r\n' },
      messages: [`rejected ${step} 599 unclassified`, 'accepted'],
      sessions: 1,
    },
  ]),
  ...(['CONNECT', 'EHLO'] as const).map(
    (step): HostileCase => ({
      title: `354 to ${step} fits nothing`,
      once: { [step]: '354 go\r\n' },
      messages: [`failed ${step === 'CONNECT' ? 'GREETING' : step} unexpected-reply protocol`, 'accepted'],
      sessions: 2,
    }),
  ),
  {
    title: '354 to MAIL fits nothing',
    once: { MAIL: '354 go\r\n' },
    messages: ['failed MAIL unexpected-reply protocol', 'accepted'],
    sessions: 2,
  },
  {
    title: '250 instead of the greeting fits nothing',
    once: { CONNECT: '250 hi\r\n' },
    messages: ['failed GREETING unexpected-reply protocol', 'accepted'],
    sessions: 2,
  },
  {
    title: '220 instead of 250 counts as good in a transaction',
    once: { MAIL: '220 ok\r\n', RCPT: '220 ok\r\n', CONTENT: '220 ok\r\n' },
    ...accepted,
  },
  {
    title: '220 to EHLO offers nothing that can be trusted',
    once: { EHLO: '220 hi\r\n' },
    messages: ['failed EHLO unexpected-reply protocol', 'accepted'],
    sessions: 2,
  },
  {
    title: '2yz to DATA ends the session: nobody knows whether a content is wanted',
    once: { DATA: '250 ok\r\n' },
    messages: ['failed DATA unexpected-reply protocol', 'accepted'],
    sessions: 2,
  },
]);

hostile('replies at the wrong time', [
  ...(['CONNECT', 'EHLO', 'MAIL', 'RCPT'] as const).map(
    (step): HostileCase => ({
      title: `two replies at once at ${step}, the second before its command`,
      client: { pipelining: 'off' },
      once: { [step]: ((_, good) => `${good}250 ok\r\n`) satisfies Act },
      messages: [
        `failed ${{ CONNECT: 'EHLO', EHLO: 'MAIL', MAIL: 'RCPT', RCPT: 'DATA' }[step]} unexpected-reply protocol`,
        'accepted',
      ],
      sessions: 2,
    }),
  ),
  {
    title: 'the whole dialog before any command',
    once: { CONNECT: '220 hi\r\n250 hi\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n221 bye\r\n' },
    messages: ['failed EHLO unexpected-reply protocol', 'accepted'],
    sessions: 2,
  },
  {
    title: 'a final reply with the 354, before the content',
    once: { DATA: '354 go\r\n250 taken already\r\n' },
    client: { pipelining: 'off' },
    messages: ['failed CONTENT unexpected-reply protocol in doubt', 'accepted'],
    sessions: 2,
  },
  ...(
    [
      '421 4.4.2 idle\r\n',
      '250 ok\r\n',
      '550 no\r\n',
      'junk\r\n',
      '\r\n',
      '451 later\r\n',
      '354 go\r\n',
    ] as const
  ).map(
    (reply): HostileCase => ({
      title: `${JSON.stringify(reply)} that nobody asked for, while idle`,
      client: { thinkTimeMs: { min: 15_000, max: 15_000 } },
      once: {
        CONTENT: async (peer) => {
          peer.say('250 2.0.0 taken\r\n');
          await turn();
          await turn();
          peer.say(reply);
          return 250;
        },
      },
      messages: ['accepted', 'accepted'],
      sessions: 2,
    }),
  ),
]);
