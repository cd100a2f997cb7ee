import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DigestMd5 } from '#src/smtp/sasl/digest-md5.js';

// RFC 2831 §4.
const CHALLENGE =
  'realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",qop="auth",algorithm=md5-sess,charset=utf-8';
const ANSWER =
  'charset=utf-8,username="chris",realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",nc=00000001,' +
  'cnonce="OA6MHXh6VqTrRk",digest-uri="imap/elwood.innosoft.com",response=d388dad90d4bbd760a152321f2143af7,qop=auth';
const PROOF = 'rspauth=ea40f60335c427b5527b84dbabcdfffd';
const chris = { user: 'chris', pass: 'secret', authzid: '' };
const options = { cnonce: 'OA6MHXh6VqTrRk', uri: 'imap/elwood.innosoft.com' };

const digest = (credentials = chris) => new DigestMd5(credentials, options);
const say = (mechanism: DigestMd5, text: string) => mechanism.respond(Buffer.from(text));

test('the example of RFC 2831 is held to its end', () => {
  const mechanism = digest();
  assert.equal(mechanism.first, null);
  assert.equal(say(mechanism, CHALLENGE), ANSWER);
  assert.equal(mechanism.serverProof, 'missing');
  assert.equal(say(mechanism, PROOF), '');
  assert.equal(mechanism.serverProof, 'good');
  assert.equal(say(mechanism, PROOF), null);
});

test('a server that does not know the password proves nothing', () => {
  for (const text of ['rspauth=ea40f60335c427b5527b84dbabcdfffe', 'rspauth=', '', 'rspauth', 'x=y']) {
    const mechanism = digest();
    say(mechanism, CHALLENGE);
    assert.equal(say(mechanism, text), null, text);
    assert.equal(mechanism.serverProof, 'wrong', text);
  }
});

test('a challenge that makes no sense is not answered', () => {
  const nonsense = [
    '',
    'realm="x"',
    'nonce="abc"',
    'nonce="abc",algorithm=md5',
    'nonce="abc",algorithm=md5-sess,qop="auth-int,auth-conf"',
    'nonce="abc,algorithm=md5-sess',
    'nonce="abc",algorithm=md5-sess,"',
  ];
  for (const text of nonsense) assert.equal(say(digest(), text), null, text);
  assert.equal(digest().respond(null), null);
});

test('auth is taken out of a list, and is what no list means', () => {
  const response = (text: string) => /response=(\w+)/.exec(say(digest(), text) ?? '')?.[1];
  const least = 'nonce="OA6MG9tEQGm2hh",realm="elwood.innosoft.com",algorithm=md5-sess';
  assert.equal(response(`${least},qop="auth-int, auth"`), 'd388dad90d4bbd760a152321f2143af7');
  assert.equal(response(least), 'd388dad90d4bbd760a152321f2143af7');
  assert.equal(response(` ${least} , , maxbuf = 65536`), 'd388dad90d4bbd760a152321f2143af7');
});

test('of several realms the first is taken, and without one there is none', () => {
  assert.match(say(digest(), `${CHALLENGE},realm="other"`) ?? '', /realm="elwood\.innosoft\.com",nonce/);
  assert.doesNotMatch(say(digest(), 'nonce="abc",algorithm=md5-sess') ?? 'realm', /realm/);
});

test('quotes and backslashes are written so that they can be read', () => {
  const mechanism = digest({ ...chris, user: 'a"b\\c' });
  const answer = say(mechanism, 'nonce="x\\"y",algorithm=md5-sess') ?? '';
  assert.ok(answer.includes('username="a\\"b\\\\c"'), answer);
  assert.ok(answer.includes('nonce="x\\"y"'), answer);
});

test('whom to act as is said and signed', () => {
  const [own, other] = ['', 'boss'].map((authzid) => say(digest({ ...chris, authzid }), CHALLENGE) ?? '');
  assert.match(other ?? '', /,authzid="boss"$/);
  assert.notEqual(/response=\w+/.exec(own ?? '')?.[0], /response=\w+/.exec(other ?? '')?.[0]);
});
