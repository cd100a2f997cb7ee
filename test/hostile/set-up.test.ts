/** Servers that refuse, or offer what they do not mean, before a message can be sent. */
import assert from 'node:assert/strict';
import { tlsOptions } from '#test/smtp/options.js';
import type { Act } from './good-dialog.js';
import { type HostileCase, hostile } from './hostile-run.js';
import { WITH_AUTH, WITH_STARTTLS } from './phases.js';

const GOOD = { messages: ['accepted', 'accepted'], sessions: 1 } as const;
const NEW_SESSION = (words: string) => ({ messages: [words, 'accepted'], sessions: 2 });

hostile('a server that refuses to begin', [
  {
    title: 'greets with 554',
    once: { CONNECT: '554 5.7.1 go away\r\n' },
    ...NEW_SESSION('rejected GREETING 554 connection_limit'),
  },
  {
    title: 'greets with 421 and closes',
    once: { CONNECT: '421 4.7.0 too busy\r\n' },
    ...NEW_SESSION('rejected GREETING 421 connection_limit'),
  },
  {
    title: 'greets with 550',
    once: { CONNECT: '550 no\r\n' },
    ...NEW_SESSION('rejected GREETING 550 unclassified'),
  },
  {
    title: 'greets with 450',
    once: { CONNECT: '450 later\r\n' },
    ...NEW_SESSION('rejected GREETING 450 unclassified'),
  },
  {
    title: 'greets with 220 over many lines, one by one',
    once: {
      CONNECT: (peer) => {
        peer.say('220-mailbench is\r\n220-not welcome\r\n');
        return '220 or is it\r\n';
      },
    },
    ...GOOD,
  },
  {
    title: 'closes right after accept, ten times',
    always: {
      CONNECT: (peer, good) => {
        if (peer.index >= 10) return good;
        peer.fin();
        return peer.silence();
      },
    },
    messages: [...Array(10).fill('failed GREETING closed network'), 'accepted'],
    sessions: 11,
  },
  ...['500 5.5.1 what?\r\n', '502 5.5.1 no\r\n', '550 5.7.1 no\r\n', '504 no\r\n'].map(
    (reply): HostileCase => ({
      title: `${JSON.stringify(reply)} to EHLO, and HELO is taken`,
      once: { EHLO: reply },
      ...GOOD,
      also: ({ server }) => assert.match(server.commands[1] ?? '', /^0 HELO /),
    }),
  ),
  {
    title: 'EHLO and HELO are refused',
    once: { EHLO: '502 no\r\n', HELO: '550 5.7.1 nor that\r\n' },
    ...NEW_SESSION('rejected HELO 550 policy'),
  },
  {
    title: '450 to EHLO is no reason for HELO',
    once: { EHLO: '450 4.3.2 later\r\n' },
    ...NEW_SESSION('rejected EHLO 450 throttled'),
  },
  {
    title: 'EHLO is refused to a client that needs STARTTLS',
    ...WITH_STARTTLS,
    once: { EHLO: '502 no\r\n' },
    ...NEW_SESSION('rejected EHLO 502 protocol'),
  },
  {
    title: 'EHLO is refused to a client that needs AUTH',
    ...WITH_AUTH,
    once: { EHLO: '502 no\r\n' },
    ...NEW_SESSION('rejected EHLO 502 protocol'),
  },
]);

const lines = (count: number) => Array.from({ length: count }, (_, i) => `250-X-${i}\r\n`).join('');

hostile('offers that nobody can believe', [
  { title: '900 lines', once: { EHLO: `250-hi\r\n${lines(900)}250 SIZE\r\n` }, ...GOOD },
  {
    title: '10,000 lines',
    once: { EHLO: `250-hi\r\n${lines(10_000)}250 SIZE\r\n` },
    ...NEW_SESSION('failed EHLO reply-too-long protocol'),
  },
  {
    title: 'over 64 KiB in few lines',
    once: { EHLO: `250-hi\r\n250-${'A'.repeat(40_000)}\r\n250-${'B'.repeat(40_000)}\r\n250 SIZE\r\n` },
    ...NEW_SESSION('failed EHLO reply-too-long protocol'),
  },
  {
    title: 'every word twice',
    once: {
      EHLO: '250-hi\r\n250-PIPELINING\r\n250-PIPELINING\r\n250-SIZE 9\r\n250-SIZE 999999\r\n250-AUTH PLAIN\r\n250 AUTH LOGIN\r\n',
    },
    ...GOOD,
  },
  {
    title: 'words with control characters, 8-bit and no word at all',
    once: {
      EHLO: '250-hi\r\n250-\x00\x01\x1b[2J\r\n250-\xff\xfe=\x7f\r\n250-\r\n250-   \r\n250-=\r\n250 PIPELINING\x00\r\n',
    },
    ...GOOD,
  },
  {
    title: 'numbers that are none',
    once: {
      EHLO: '250-hi\r\n250-SIZE -1\r\n250-SIZE 99999999999999999999\r\n250-LIMITS MAILMAX=0 RCPTMAX=x RCPTDOMAINMAX=-5\r\n250 LIMITS\r\n',
    },
    ...GOOD,
  },
  {
    title: 'names of what every object has',
    once: {
      EHLO: '250-hi\r\n250-__proto__\r\n250-constructor\r\n250-AUTH toString\r\n250 hasOwnProperty\r\n',
    },
    ...GOOD,
  },
]);

/** As a server does that reads a line and empties its buffer. */
const forgetful: Act = (peer, good) => {
  peer.forget();
  return good;
};

hostile('offers that are not kept', [
  {
    title: 'PIPELINING, and what follows the first command is thrown away',
    client: { pipelining: 'auto' },
    once: { MAIL: forgetful },
    ...NEW_SESSION('failed RCPT timeout network'),
  },
  {
    title: 'SIZE, and the message is too large for MAIL',
    once: { MAIL: '552 5.3.4 message size exceeds fixed limit\r\n' },
    messages: ['rejected MAIL 552 size', 'accepted'],
    sessions: 1,
    also: ({ server }) =>
      assert.match(server.commands.find((line) => line.includes('MAIL')) ?? '', / SIZE=2000$/),
  },
  {
    title: 'AUTH, and the mechanism is refused',
    ...WITH_AUTH,
    once: { AUTH: '504 5.5.4 unrecognized\r\n' },
    ...NEW_SESSION('rejected AUTH 504 smtp_auth'),
  },
  {
    title: 'AUTH, and the command is unknown',
    ...WITH_AUTH,
    once: { AUTH: '502 5.5.1 no\r\n' },
    ...NEW_SESSION('rejected AUTH 502 smtp_auth'),
  },
  {
    title: 'AUTH, and the password is wrong',
    ...WITH_AUTH,
    once: { AUTH: '535 5.7.8 no\r\n' },
    ...NEW_SESSION('rejected AUTH 535 smtp_auth'),
  },
  {
    title: 'AUTH, and is done with a 250',
    ...WITH_AUTH,
    once: { AUTH: '250 ok\r\n' },
    ...NEW_SESSION('failed AUTH unexpected-reply protocol'),
  },
  {
    title: 'STARTTLS, and says 454',
    ...WITH_STARTTLS,
    once: { STARTTLS: '454 4.7.0 not now\r\n' },
    ...NEW_SESSION('rejected STARTTLS 454 tls'),
  },
  {
    title: 'STARTTLS, and says 250',
    ...WITH_STARTTLS,
    once: { STARTTLS: '250 ok\r\n' },
    ...NEW_SESSION('failed STARTTLS unexpected-reply protocol'),
  },
  {
    title: 'STARTTLS, and says 454 to a client that may go on without',
    ...WITH_STARTTLS,
    target: { tls: tlsOptions({ mode: 'opportunistic', fallback: true, verify: false }) },
    once: { STARTTLS: '454 4.7.0 not now\r\n' },
    ...GOOD,
  },
  {
    title: 'not STARTTLS, though it is wanted',
    target: { tls: tlsOptions({ mode: 'starttls' }) },
    messages: ['failed STARTTLS not-offered tls', 'failed STARTTLS not-offered tls'],
    sessions: 2,
    neverBetter: true,
    also: ({ server }) =>
      assert.equal(
        server.commands.some((line) => line.includes('MAIL')),
        false,
      ),
  },
  {
    title: 'not AUTH, though it is wanted',
    target: WITH_AUTH.target ?? {},
    messages: ['failed AUTH not-offered smtp_auth', 'failed AUTH not-offered smtp_auth'],
    sessions: 2,
    neverBetter: true,
  },
  ...(['8BITMIME', 'SMTPUTF8', 'DSN'] as const).map(
    (word): HostileCase => ({
      title: `${word}, and its parameter is 555`,
      capabilities: ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'DSN'],
      envelope: {
        parameters: {
          body: word === '8BITMIME' ? '8bitmime' : 'auto',
          smtputf8: word === 'SMTPUTF8' ? 'force' : 'auto',
          dsn: word === 'DSN' ? { notify: [], ret: 'hdrs', envid: null, orcpt: false } : null,
          requireTls: false,
          deliverBy: null,
          priority: null,
          prdr: false,
          mail: [],
          rcpt: [],
        },
      },
      once: { MAIL: '555 5.5.4 unsupported\r\n' },
      messages: ['rejected MAIL 555 protocol', 'accepted'],
      sessions: 1,
      also: ({ server }) => {
        const parameter = { '8BITMIME': / BODY=8BITMIME/, SMTPUTF8: / SMTPUTF8/, DSN: / RET=HDRS/ }[word];
        assert.match(server.commands.find((line) => line.includes('MAIL')) ?? '', parameter);
      },
    }),
  ),
]);
