/** Servers that get TLS wrong: in the handshake, before it and in the middle of the talk. */
import assert from 'node:assert/strict';
import { tlsOptions } from '#test/smtp/options.js';
import type { Act } from './good-dialog.js';
import { type HostileCase, hostile } from './hostile-run.js';
import { SELF_SIGNED, WITH_STARTTLS } from './phases.js';
import { turns } from './raw-server.js';

const IMPLICIT: Partial<HostileCase> = {
  tls: { ...SELF_SIGNED, implicit: true },
  target: { tls: tlsOptions({ mode: 'implicit', verify: false }) },
};
const BOTH = { STARTTLS: WITH_STARTTLS, implicit: IMPLICIT } as const;
const inBoth = (make: (needs: Partial<HostileCase>) => HostileCase): HostileCase[] =>
  Object.entries(BOTH).map(([name, needs]) => {
    const one = make(needs);
    return { ...needs, ...one, title: `${one.title}, ${name}` };
  });
const FAILS = { messages: ['failed tls tls tls', 'accepted'], sessions: 2 } as const;

const instead =
  (bytes: string | Buffer): Act =>
  async (peer) => {
    // Behind the ClientHello: what came with the 220 to STARTTLS would be another story.
    await peer.more();
    peer.say(bytes);
    await peer.silence();
  };

/** Content type 21, TLS 1.2, fatal handshake_failure. */
const ALERT = Buffer.from([21, 3, 3, 0, 2, 2, 40]);
const GARBAGE: Readonly<Record<string, string | Buffer>> = {
  'plain SMTP': '220 hello, who wants TLS?\r\n',
  HTTP: 'HTTP/1.1 400 Bad Request\r\n\r\n',
  zeros: Buffer.alloc(4_096),
  noise: Buffer.from(Array.from({ length: 2_000 }, (_, i) => (i * 197 + 31) & 255)),
  'a record of the greatest length': Buffer.concat([Buffer.from([22, 3, 3, 255, 255]), Buffer.alloc(70_000)]),
  'an alert': ALERT,
};

hostile('instead of a handshake', [
  ...Object.entries(GARBAGE).flatMap(([what, bytes]) =>
    inBoth(() => ({ title: `${what}`, once: { TLS: instead(bytes) }, ...FAILS })),
  ),
  ...inBoth(() => ({
    title: 'a ServerHello that never ends',
    once: { TLS: instead(Buffer.from([22, 3, 3, 64, 0, 2, 0, 63, 250, 3, 3])) },
    messages: ['failed tls timeout network', 'accepted'],
    sessions: 2,
  })),
  ...inBoth(() => ({
    title: 'a close',
    once: {
      TLS: (peer) => {
        peer.fin();
        return peer.silence();
      },
    },
    messages: ['failed tls closed network', 'accepted'],
    sessions: 2,
  })),
]);

hostile('no version or cipher in common', [
  ...inBoth((needs) => ({
    title: 'an old server',
    once: {
      TLS: (peer) => peer.secure({ ...SELF_SIGNED, maxVersion: 'TLSv1.2' }).then(() => peer.silence()),
    },
    target: { tls: tlsOptions({ ...needs.target?.tls, minVersion: 'TLSv1.3' }) },
    ...FAILS,
  })),
  ...inBoth((needs) => ({
    title: 'a server that wants other ciphers',
    once: {
      TLS: (peer) =>
        peer
          .secure({ ...SELF_SIGNED, maxVersion: 'TLSv1.2', ciphers: 'AES256-GCM-SHA384' })
          .then(() => peer.silence()),
    },
    target: {
      tls: tlsOptions({
        ...needs.target?.tls,
        maxVersion: 'TLSv1.2',
        ciphers: 'ECDHE-RSA-AES128-GCM-SHA256',
      }),
    },
    messages: ['failed tls tls tls', 'accepted'],
    sessions: 2,
  })),
]);

hostile('bytes behind the 220 to STARTTLS', [
  ...['250 ok\r\n', '250-injected\r\n250 AUTH PLAIN\r\n', 'x', '\x16\x03\x03'].map(
    (bytes): HostileCase => ({
      title: `${JSON.stringify(bytes)} in the same segment: refused`,
      ...WITH_STARTTLS,
      once: {
        STARTTLS: async (peer) => {
          peer.say(`220 go\r\n${bytes}`);
          await peer.silence();
        },
      },
      messages: ['failed STARTTLS bytes-after-starttls tls', 'accepted'],
      sessions: 2,
    }),
  ),
  {
    title: 'in a segment of their own, before the handshake: refused by TLS',
    ...WITH_STARTTLS,
    once: {
      STARTTLS: async (peer) => {
        peer.say('220 go\r\n');
        await turns(3);
        peer.say('250-injected\r\n250 AUTH PLAIN\r\n');
        await peer.silence();
      },
    },
    ...FAILS,
    also: ({ server }) =>
      assert.equal(
        server.commands.some((line) => /^0 (MAIL|AUTH)/.test(line)),
        false,
      ),
  },
  {
    title: 'what was offered before TLS is forgotten',
    ...WITH_STARTTLS,
    capabilities: [],
    once: { EHLO: '250-hi\r\n250-SIZE\r\n250-PIPELINING\r\n250 STARTTLS\r\n' },
    messages: ['accepted'],
    sessions: 1,
    also: ({ server }) =>
      assert.equal(server.commands.find((line) => line.includes('MAIL'))?.includes('SIZE'), false),
  },
]);

const PHASES = ['EHLO', 'MAIL', 'RCPT', 'DATA', 'CONTENT'] as const;
const words = (phase: string, cause: string, klass: string) =>
  `failed ${phase} ${cause} ${klass}${phase === 'CONTENT' ? ' in doubt' : ''}`;

hostile('in the middle of the talk', [
  ...PHASES.flatMap(
    (step) =>
      [
        {
          ...IMPLICIT,
          title: `close_notify at ${step}`,
          once: {
            [step]: ((peer) => {
              peer.fin();
              return peer.silence();
            }) satisfies Act,
          },
          messages: [words(step, 'closed', 'network'), 'accepted'],
          sessions: 2,
        },
        {
          ...IMPLICIT,
          title: `FIN without close_notify at ${step}`,
          once: {
            [step]: (async (peer) => {
              await turns(5);
              peer.finBelowTls();
              return peer.silence();
            }) satisfies Act,
          },
          messages: [words(step, 'closed', 'network'), 'accepted'],
          sessions: 2,
        },
        {
          ...IMPLICIT,
          title: `a reset at ${step}`,
          once: {
            [step]: (async (peer) => {
              await turns(5);
              peer.reset();
              await peer.silence();
            }) satisfies Act,
          },
          messages: [words(step, 'reset', 'network'), 'accepted'],
          sessions: 2,
        },
        {
          ...IMPLICIT,
          title: `plain text below TLS at ${step}`,
          once: {
            [step]: (async (peer) => {
              await turns(5);
              await turns(5);
              peer.sayBelowTls('250 ok\r\n'.repeat(10));
              await peer.silence();
            }) satisfies Act,
          },
          messages: [words(step, 'tls', 'tls'), 'accepted'],
          sessions: 2,
        },
      ] as HostileCase[],
  ),
  {
    ...IMPLICIT,
    title: 'an alert in mid-content',
    messageBytes: 8_000_000,
    once: {
      DATA: async (peer) => {
        peer.say('354 go on\r\n');
        await peer.more();
        peer.sayBelowTls(ALERT);
        await peer.silence();
      },
    },
    messages: ['failed CONTENT tls tls', 'accepted'],
    sessions: 2,
  },
]);
