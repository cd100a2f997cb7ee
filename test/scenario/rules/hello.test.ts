import { test } from 'node:test';
import { assertRules } from '../load.js';

const CODE = 'SCENARIO_CLIENT_CONTRADICTION';
const client = (words: string, more = '') => `client: { ${words} }\n${more}`;

test('with HELO nothing may be asked for that needs an extension', () => {
  const target = (words: string) => `target: { url: "smtp://localhost", ${words} }`;
  const signIn = 'auth: { user: u, pass: p, allowPlaintext: true }';
  assertRules([
    [
      CODE,
      'target.tls.mode',
      client('hello: helo', target('tls: { mode: starttls }')),
      client('hello: helo'),
    ],
    [CODE, 'target.auth', client('hello: helo', target(signIn)), client('hello: ehlo', target(signIn))],
    [
      CODE,
      'client.pipelining',
      client('hello: helo, pipelining: coalesced'),
      client('hello: helo, pipelining: auto'),
    ],
    [CODE, 'client.chunking', client('hello: helo, chunking: true'), client('hello: helo, chunking: false')],
    [CODE, 'client.xclient', client('hello: helo, xclient: { NAME: a }'), client('xclient: { NAME: a }')],
    [CODE, 'client.xforward', client('hello: helo, xforward: { NAME: a }'), client('xforward: { NAME: a }')],
    ...[
      ['body', '8bitmime', '7bit'],
      ['smtputf8', 'force', 'auto'],
      ['dsn', '{ notify: never }', ''],
      ['deliverBy', '{ seconds: 60 }', ''],
      ['priority', '1', ''],
      ['prdr', 'true', 'false'],
      ['mailParameters', '["X=1"]', '[]'],
      ['rcptParameters', '["X=1"]', '[]'],
    ].map(([key = '', wrong = '', right = '']) => {
      const envelope = (value: string) => (value === '' ? '' : `envelope: { ${key}: ${value} }`);
      const hello = 'hello: helo';
      return [
        CODE,
        `envelope.${key}`,
        client(hello, envelope(wrong)),
        client(hello, envelope(right)),
      ] as const;
    }),
  ]);
});

test('LMTP knows no HELO, and TLS from the first byte needs no EHLO', () => {
  assertRules([
    [
      CODE,
      'client.hello',
      client('hello: helo', 'target: { url: "lmtp://localhost" }'),
      client('hello: helo', 'target: { url: "smtps://localhost" }'),
    ],
  ]);
});
