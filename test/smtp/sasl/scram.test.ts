import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_ITERATIONS, ScramSha256 } from '#src/smtp/sasl/scram.js';
import { ScramKeyCache } from '#src/smtp/sasl/scram-keys.js';

// RFC 7677 §3.
const NONCE = 'rOprNGfwEbeRWgbNEkqO';
const SERVER_NONCE = `${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0`;
const SERVER_FIRST = `r=${SERVER_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
const CLIENT_FINAL = `c=biws,r=${SERVER_NONCE},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`;
const SERVER_FINAL = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';
const user = { user: 'user', pass: 'pencil', authzid: '' };

const scram = (credentials = user, cache?: ScramKeyCache) => new ScramSha256(credentials, NONCE, cache);
const say = (mechanism: ScramSha256, text: string) => mechanism.respond(Buffer.from(text));

test('the example of RFC 7677 is held to its end', () => {
  const mechanism = scram();
  assert.equal(mechanism.first, 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO');
  assert.equal(say(mechanism, SERVER_FIRST), CLIENT_FINAL);
  assert.equal(mechanism.serverProof, 'missing');
  assert.equal(say(mechanism, SERVER_FINAL), '');
  assert.equal(mechanism.serverProof, 'good');
  assert.equal(say(mechanism, SERVER_FINAL), null);
});

test('a signature of one who does not know the password is no proof', () => {
  const wrong = ['v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=', 'v=', 'v=AAAA', 'x=1', '', 'v=6rriTRBi23'];
  for (const serverFinal of wrong) {
    const mechanism = scram();
    say(mechanism, SERVER_FIRST);
    assert.equal(say(mechanism, serverFinal), null, serverFinal);
    assert.equal(mechanism.serverProof, 'wrong', serverFinal);
  }
});

test('an extension behind the signature does no harm', () => {
  const mechanism = scram();
  say(mechanism, SERVER_FIRST);
  assert.equal(say(mechanism, `${SERVER_FINAL},x=1`), '');
  assert.equal(mechanism.serverProof, 'good');
});

test('an error in place of the signature is acknowledged, for the reply says the rest', () => {
  const mechanism = scram();
  say(mechanism, SERVER_FIRST);
  assert.equal(say(mechanism, 'e=invalid-proof'), '');
  assert.equal(mechanism.serverProof, 'missing');
  assert.equal(say(mechanism, SERVER_FINAL), null);
});

test('a first message of the server that makes no sense is not answered', () => {
  const nonsense = [
    '',
    'r=other%hv,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    `r=${NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`,
    `r=${SERVER_NONCE},i=4096`,
    `r=${SERVER_NONCE},s=?,i=4096`,
    `r=${SERVER_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==`,
    `r=${SERVER_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0`,
    `r=${SERVER_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-1`,
    `r=${SERVER_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096x`,
    `m=x,r=${SERVER_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`,
    'e=unknown-user',
  ];
  for (const text of nonsense) assert.equal(say(scram(), text), null, text);
  assert.equal(scram().respond(null), null);
});

test('a server cannot make the client count for ever', () => {
  for (const iterations of [MAX_ITERATIONS + 1, 9_999_999, 1e15, Infinity])
    assert.equal(say(scram(), `r=${SERVER_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=${iterations}`), null);
});

test('names are quoted, and whom to act as stands in the GS2 header, which is signed too', () => {
  const mechanism = scram({ user: 'a,b=c', pass: 'pencil', authzid: 'x,y' });
  assert.equal(mechanism.first, `n,a=x=2Cy,n=a=2Cb=3Dc,r=${NONCE}`);
  const header = Buffer.from('n,a=x=2Cy,').toString('base64');
  assert.ok(say(mechanism, SERVER_FIRST)?.startsWith(`c=${header},r=`));
});

test('passwords that are written differently and mean the same give the same proof', () => {
  const proof = (pass: string) => say(scram({ ...user, pass }), SERVER_FIRST);
  assert.equal(proof('\u2168\u00ad'), proof('IX'));
  assert.notEqual(proof('ix'), proof('IX'));
});

test('keys are derived once for a password, salt and count', () => {
  const cache = new ScramKeyCache();
  const salt = Buffer.from('salt');
  const keys = cache.keysOf('pencil', { salt, iterations: 2 });
  assert.equal(cache.keysOf('pencil', { salt: Buffer.from('salt'), iterations: 2 }), keys);
  assert.notEqual(cache.keysOf('pencil', { salt, iterations: 3 }), keys);
  assert.notEqual(cache.keysOf('Pencil', { salt, iterations: 2 }), keys);
  assert.notEqual(cache.keysOf('pencil', { salt: Buffer.from('other'), iterations: 2 }), keys);
  assert.equal(cache.size, 4);
});

test('the cache of keys is bounded, and forgets the oldest', () => {
  const cache = new ScramKeyCache(3);
  const salt = Buffer.from('salt');
  const keysOf = (password: string) => cache.keysOf(password, { salt, iterations: 1 });
  const [a, , c, d] = ['a', 'b', 'c', 'd'].map(keysOf);
  assert.equal(cache.size, 3);
  assert.equal(keysOf('d'), d);
  assert.equal(keysOf('c'), c);
  assert.notEqual(keysOf('a'), a);
});

test('an exchange takes its keys from the cache it is given', () => {
  const cache = new ScramKeyCache();
  say(scram(user, cache), SERVER_FIRST);
  say(scram(user, cache), SERVER_FIRST);
  assert.equal(cache.size, 1);
});
