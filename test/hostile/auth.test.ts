/** Servers that get AUTH wrong, and XCLIENT: endless, unreadable, unproven and expensive challenges. */
import assert from 'node:assert/strict';
import type { AuthMethod } from '#src/scenario/scenario.js';
import { credentials } from '#test/smtp/options.js';
import type { Act } from './good-dialog.js';
import { type HostileCase, hostile } from './hostile-run.js';

const METHODS: readonly AuthMethod[] = [
  'plain',
  'login',
  'cram-md5',
  'cram-sha1',
  'digest-md5',
  'ntlm',
  'scram-sha-256',
  'xoauth2',
  'oauthbearer',
  'external',
];
const USER = 'alice';
const PASS = 'correct horse battery';

function signIn(method: AuthMethod, initialResponse = true): Partial<HostileCase> {
  const users = [credentials(USER, PASS)];
  return {
    capabilities: [`AUTH ${METHODS.join(' ').toUpperCase()}`],
    target: { auth: { method, users, initialResponse, allowPlaintext: true } },
  };
}

const encoded = (text: string) => `334 ${Buffer.from(text).toString('base64')}\r\n`;

/** Says each in answer to a line of the client, the first to AUTH itself; then waits for it to go. */
const exchange =
  (...replies: readonly string[]): Act =>
  async (peer) => {
    for (const reply of replies) {
      peer.say(reply);
      // RFC 4954 §4.
      if ((await peer.line()) === '*') return '501 5.5.2 cancelled\r\n';
    }
    await peer.silence();
    return;
  };

const endless: Act = async (peer) => {
  for (let rounds = 0; rounds < 50; rounds++) {
    peer.say('334 bW9yZQ==\r\n');
    if ((await peer.line()) === '*') return '501 5.5.2 cancelled\r\n';
  }
  throw new Error('the client answered fifty challenges');
};
/** SCRAM has no second chance here: the good server knows no SCRAM, so nothing gets better. */
const scram = (title: string, act: Act, words: string): HostileCase => ({
  ...signIn('scram-sha-256'),
  title,
  always: { AUTH: act },
  messages: [words, words],
  sessions: 2,
  neverBetter: true,
});

/** Reads the client's nonce and answers with what `make` says. */
const challenge =
  (make: (nonce: string) => string, then: readonly string[] = []): Act =>
  async (peer, _, line) => {
    const first = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString('latin1');
    const nonce = /r=([^,]*)/.exec(first)?.[1] ?? '';
    peer.say(encoded(make(nonce)));
    for (const reply of then) {
      if ((await peer.line()) === '*') return '501 5.5.2 cancelled\r\n';
      peer.say(reply);
    }
    if ((await peer.line()) === '*') return '501 5.5.2 cancelled\r\n';
    await peer.silence();
    return;
  };
const SALT = Buffer.from('salt').toString('base64');
const CANCELLED = 'rejected AUTH 501 smtp_auth';

hostile('challenges that make no sense', [
  ...METHODS.filter((method) => !['digest-md5', 'scram-sha-256'].includes(method)).flatMap(
    (method): HostileCase[] => [
      {
        ...signIn(method, false),
        title: `endless ones, ${method}`,
        once: { AUTH: endless },
        messages: [CANCELLED, 'accepted'],
        sessions: 2,
      },
      {
        ...signIn(method),
        title: `not base64, ${method}`,
        once: { AUTH: exchange('334 \xff\x00 this is not base64!\r\n', '334 nor this!\r\n', '334 !\r\n') },
        messages: [CANCELLED, 'accepted'],
        sessions: 2,
      },
    ],
  ),
  {
    ...signIn('cram-md5'),
    title: 'a challenge of 60 KiB',
    once: { AUTH: exchange(`334 ${'QUFB'.repeat(15_000)}\r\n`, '535 5.7.8 no\r\n') },
    messages: ['rejected AUTH 535 smtp_auth', 'accepted'],
    sessions: 2,
  },
  {
    ...signIn('plain'),
    title: '334 to the `*` that cancelled',
    once: {
      AUTH: async (peer) => {
        peer.say('334 !\r\n');
        await peer.line();
        peer.say('334 !\r\n');
        await peer.silence();
      },
    },
    messages: ['failed AUTH unexpected-reply protocol', 'accepted'],
    sessions: 2,
  },
  {
    ...signIn('login'),
    title: '235 before the password was said is a welcome all the same',
    once: { AUTH: '235 2.7.0 whoever you are\r\n' },
    messages: ['accepted', 'accepted'],
    sessions: 1,
  },
]);

const DIGEST = encoded('nonce="abc",algorithm=md5-sess,qop="auth"');
const digest = (title: string, act: Act, words: string): HostileCase => ({
  ...scram(title, act, words),
  ...signIn('digest-md5'),
});

hostile('DIGEST-MD5 servers that do not know the password', [
  digest('235 to AUTH', () => '235 2.7.0 welcome\r\n', 'failed AUTH server-unproven smtp_auth'),
  digest(
    '235 to the response, without a proof',
    exchange(DIGEST, '235 2.7.0 welcome\r\n'),
    'failed AUTH server-unproven smtp_auth',
  ),
  digest(
    'a wrong proof',
    exchange(DIGEST, encoded('rspauth=00000000000000000000000000000000')),
    'failed AUTH server-unproven smtp_auth',
  ),
  digest('a challenge without a nonce', exchange(encoded('algorithm=md5-sess')), CANCELLED),
]);

hostile('SCRAM servers that do not know the password', [
  scram('235 without a signature', () => '235 2.7.0 welcome\r\n', 'failed AUTH server-unproven smtp_auth'),
  scram(
    'a wrong signature',
    challenge((nonce) => `r=${nonce}x,s=${SALT},i=4096`, [encoded(`v=${SALT}`)]),
    'failed AUTH server-unproven smtp_auth',
  ),
  scram(
    '235 instead of the signature',
    challenge((nonce) => `r=${nonce}x,s=${SALT},i=4096`, ['235 2.7.0 welcome\r\n']),
    'failed AUTH server-unproven smtp_auth',
  ),
  scram(
    '2^31 iterations',
    challenge((nonce) => `r=${nonce}x,s=${SALT},i=2147483648`),
    CANCELLED,
  ),
  scram(
    'no iterations',
    challenge((nonce) => `r=${nonce}x,s=${SALT},i=0`),
    CANCELLED,
  ),
  scram(
    'another nonce',
    challenge(() => `r=mine,s=${SALT},i=4096`),
    CANCELLED,
  ),
  scram(
    'our nonce and nothing more',
    challenge((nonce) => `r=${nonce},s=${SALT},i=4096`),
    CANCELLED,
  ),
  scram(
    'a salt that is not base64',
    challenge((nonce) => `r=${nonce}x,s=!!!,i=4096`),
    CANCELLED,
  ),
  scram(
    'nonsense',
    challenge(() => 'nonsense'),
    CANCELLED,
  ),
]);

const XCLIENT = { client: { xclient: [{ NAME: 'x.example.test' }] }, capabilities: ['XCLIENT NAME ADDR'] };

hostile('XCLIENT', [
  {
    ...XCLIENT,
    title: 'is not answered',
    once: { XCLIENT: (peer) => peer.silence() },
    messages: ['failed XCLIENT timeout network', 'accepted'],
    sessions: 2,
  },
  {
    ...XCLIENT,
    title: 'is answered with 250, not with a greeting',
    once: { XCLIENT: '250 ok\r\n' },
    messages: ['failed XCLIENT unexpected-reply protocol', 'accepted'],
    sessions: 2,
  },
  {
    ...XCLIENT,
    title: 'is refused',
    once: { XCLIENT: '550 5.7.0 insufficient authorization\r\n' },
    messages: ['rejected XCLIENT 550 policy', 'accepted'],
    sessions: 2,
  },
  {
    title: 'is not offered',
    client: XCLIENT.client,
    messages: ['failed XCLIENT not-offered protocol', 'failed XCLIENT not-offered protocol'],
    sessions: 2,
    neverBetter: true,
    also: ({ server }) =>
      assert.equal(
        server.commands.some((line) => line.includes('XCLIENT')),
        false,
      ),
  },
]);

hostile('a password', [
  {
    title: 'is not shown in plain text unless allowed',
    capabilities: ['AUTH PLAIN'],
    target: {
      auth: {
        method: 'plain',
        users: [credentials(USER, PASS)],
        initialResponse: true,
        allowPlaintext: false,
      },
    },
    messages: Array(2).fill('failed AUTH plaintext-refused smtp_auth'),
    sessions: 2,
    neverBetter: true,
    also: ({ server }) =>
      assert.equal(
        server.commands.some((line) => line.includes('AUTH')),
        false,
      ),
  },
]);
