import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRules, load, places, problem } from '../load.js';

const auth = (words: string, url = 'smtps://localhost', more = '') =>
  `target: { url: "${url}", auth: { ${words} }${more} }`;

test('credentials are whole, and nothing that the method has no use for', () => {
  const code = 'SCENARIO_AUTH_CONTRADICTION';
  assertRules([
    ['SCENARIO_KEY_MISSING', 'target.auth.user', auth('pass: p'), auth('user: u, pass: p')],
    [
      'SCENARIO_KEY_MISSING',
      'target.auth.pass',
      auth('user: u, method: login'),
      auth('user: u, pass: p, method: login'),
    ],
    [
      'SCENARIO_KEY_MISSING',
      'target.auth.token',
      auth('user: u, method: xoauth2'),
      auth('user: u, token: t, method: xoauth2'),
    ],
    [code, 'target.auth.token', auth('user: u, pass: p, token: t'), auth('user: u, pass: p')],
    [
      code,
      'target.auth.pass',
      auth('user: u, pass: p, token: t, method: oauthbearer'),
      auth('user: u, token: t, method: oauthbearer, authzid: z'),
    ],
    [
      code,
      'target.auth.authzid',
      auth('user: u, pass: p, authzid: z, method: cram-md5'),
      auth('user: u, pass: p, authzid: z, method: scram-sha-256'),
    ],
    [code, 'target.auth.user', auth('user: u, method: external'), auth('authzid: u, method: external')],
    [code, 'target.auth.pass', auth('pass: p, method: external'), auth('method: external')],
    [code, 'target.auth.user', auth('user: u, users: u.csv'), auth('user: u, pass: p')],
    [code, 'target.auth', auth('user: u, pass: p', 'embedded'), auth('user: u, pass: p')],
    [
      code,
      'target.auth.method',
      auth('method: external', 'smtps://u:p@localhost'),
      auth('method: scram-sha-256', 'smtps://u:p@localhost'),
    ],
    [
      'SCENARIO_CONTROL_CHARACTER',
      'target.auth.token',
      auth('user: u, token: "t\\x01", method: xoauth2'),
      auth('user: u, token: t, method: xoauth2'),
    ],
    [
      'SCENARIO_CONTROL_CHARACTER',
      'target.auth.pass',
      auth('user: u, pass: "p\\0"'),
      auth('user: u, pass: "p é"'),
    ],
    [
      'SCENARIO_CONTROL_CHARACTER',
      'target.url',
      'target: { url: "smtps://u:p%00@localhost" }',
      'target: { url: "smtps://u:p%20@localhost" }',
    ],
  ]);
});

test('a password is sent without TLS only when that is allowed', () => {
  const code = 'SCENARIO_AUTH_PLAINTEXT';
  const words = 'user: u, pass: p';
  assertRules([
    [
      code,
      'target.auth',
      auth(words, 'smtp://localhost'),
      auth(`${words}, allowPlaintext: true`, 'smtp://localhost'),
    ],
    [
      code,
      'target.auth',
      auth(words, 'smtp+unix:///run/x'),
      auth(words, 'lmtp://localhost', ', tls: { mode: implicit }'),
    ],
    [
      code,
      'target.auth',
      auth('user: u, token: t, method: oauthbearer', 'smtp://localhost'),
      auth(words, 'smtp://localhost', ', tls: { mode: opportunistic }'),
    ],
    [
      code,
      'target.auth',
      auth(words, 'smtp://localhost', ', tls: { mode: starttls, share: 0.9 }'),
      auth(words, 'smtp://localhost', ', tls: { mode: starttls, share: 1 }'),
    ],
    [
      code,
      'target.url',
      'target: { url: "smtp://u:p@localhost" }',
      'target: { url: "smtp://u:p@localhost", auth: { allowPlaintext: true } }',
    ],
  ]);
  for (const method of ['cram-md5', 'cram-sha1', 'digest-md5', 'ntlm', 'scram-sha-256']) {
    assert.deepEqual(places(auth(`${words}, method: ${method}`, 'smtp://localhost')), [], method);
  }
});

test('what a wrong URL would make of credentials is not complained about', () => {
  assert.equal(problem(auth('user: u, pass: p', 'localhost')).path, 'target.url');
});

test('EXTERNAL without a certificate is warned about', () => {
  assert.match(load(auth('method: external')).warnings[0] ?? '', /no client certificate/);
});

test('a method with its token makes one user', () => {
  const { scenario } = load(
    auth('user: u, token: t, authzid: z, method: oauthbearer, initialResponse: false'),
  );
  assert.deepEqual(scenario.target.auth, {
    method: 'oauthbearer',
    users: [{ user: 'u', pass: 't', authzid: 'z' }],
    initialResponse: false,
    allowPlaintext: false,
  });
});
