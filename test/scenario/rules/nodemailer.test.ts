import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, problem, problems } from '../load.js';

const text = (client: string, more = '') => `client: { kind: nodemailer${client} }\n${more}`;

test('each key that nodemailer cannot follow is refused by its name', () => {
  const client = [
    ['pipelining', 'coalesced'],
    ['chunking', 'true'],
    ['limits', 'ignore'],
    ['messagesPerSession', '{ min: 1, max: 2 }'],
    ['messagesPerSession', '{ 1: 5, 2: 1 }'],
    ['xclient', '{ NAME: a }'],
    ['xforward', '{ NAME: a }'],
    ['proxy', '{ version: 1 }'],
    ['thinkTime', '1s'],
    ['rset', 'true'],
    ['steps', '[NOOP]'],
    ['bodyRate', '1KiB'],
    ['abandon', '{ phase: MAIL }'],
    ['idle', '{ sessions: 1 }'],
    ['retries', '{}'],
  ];
  for (const [key, value] of client) {
    const found = problem(text(`, ${key}: ${value}`));
    assert.deepEqual([found.code, found.path], ['SCENARIO_NODEMAILER', `client.${key}`]);
  }
  const envelope = [
    ['body', '8bitmime'],
    ['smtputf8', 'force'],
    ['dsn', '{ ret: full }'],
    ['deliverBy', '{ seconds: 5 }'],
    ['priority', '3'],
    ['prdr', 'true'],
    ['mailParameters', '[X=1]'],
    ['rcptParameters', '[X=1]'],
  ];
  for (const [key, value] of envelope) {
    const found = problem(text('', `envelope: { ${key}: ${value} }`));
    assert.deepEqual([found.code, found.path], ['SCENARIO_NODEMAILER', `envelope.${key}`]);
  }
});

test('mechanisms it does not speak are refused, and iterations that are sessions', () => {
  const auth = (words: string) => text('', `target: { url: "smtps://localhost", auth: { ${words} } }`);
  for (const method of ['scram-sha-256', 'digest-md5', 'cram-sha1', 'ntlm']) {
    assert.equal(problem(auth(`user: u, pass: p, method: ${method}`)).path, 'target.auth.method');
  }
  assert.equal(problem(auth('user: u, pass: p, authzid: z')).path, 'target.auth.authzid');
  assert.equal(problem(auth('user: u, pass: p, initialResponse: false')).path, 'target.auth.initialResponse');
  const session = 'scenarios: { a: { executor: shared-iterations, iteration: session } }';
  assert.equal(problem(text(', messagesPerSession: 2', session)).path, 'scenarios.a.iteration');
});

test('all of them are listed at once', () => {
  assert.equal(problems(text(', chunking: true, window: 2, rset: true')).length, 3);
});

test('what it can do is not refused', () => {
  const { kind } = load(
    text(
      ', pipelining: off, messagesPerSession: 5, timeouts: rfc5321, sourceAddresses: [127.0.0.2]',
      'target: { url: "lmtp+unix:///run/x" }',
    ),
  ).scenario.client;
  assert.equal(kind, 'nodemailer');
});
