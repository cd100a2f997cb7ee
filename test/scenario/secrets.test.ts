import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formsOfPassword, maskSecrets, maskSecretsInCut } from '#src/scenario/secrets.js';

test('a secret is masked wherever it stands, the longest first', () => {
  assert.equal(maskSecrets('a hunter22 b hunter2 c', ['hunter2', 'hunter22']), 'a *** b *** c');
  assert.equal(maskSecrets('535 bad xhunter2x', ['hunter2']), '535 bad x***x');
  assert.equal(maskSecrets('nothing here', ['']), 'nothing here');
});

test('a secret with the signs of a regular expression or a replacement is masked literally', () => {
  assert.equal(maskSecrets('x $& y', ['$&']), 'x *** y');
  assert.equal(maskSecrets('aXb a.b', ['a.b']), 'aXb ***');
  assert.equal(maskSecrets('(((( x', ['((((']), '*** x');
});

test('a very short secret is masked only where it stands alone', () => {
  assert.equal(maskSecrets('The letter e is in every word', ['e']), 'The letter *** is in every word');
});

test('what a cut left of a secret at the end is masked, from its fourth character on', () => {
  assert.equal(maskSecretsInCut('535 bad hunter2', ['hunter2']), '535 bad ***');
  assert.equal(maskSecretsInCut('535 bad hunter', ['hunter2']), '535 bad ***');
  assert.equal(maskSecretsInCut('535 bad hunt', ['hunter2', 'unthinkable']), '535 bad ***');
  assert.equal(maskSecretsInCut('535 bad hun', ['hunter2']), '535 bad hun');
  assert.equal(maskSecretsInCut('hunter and others', ['hunter2', '']), 'hunter and others');
});

test('a password is masked percent-encoded, and in base64 as each mechanism sends it', () => {
  const secrets = formsOfPassword('p w-Ü/x9');
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const sent = [
    'p w-Ü/x9',
    'p%20w-%C3%9C%2Fx9',
    base64('p w-Ü/x9'),
    base64('\0alice\0p w-Ü/x9'),
    base64('bob\0alice\0p w-Ü/x9'),
    base64('user=alice\x01auth=Bearer p w-Ü/x9\x01\x01'),
    base64('n,a=alice,\x01host=h\x01port=25\x01auth=Bearer p w-Ü/x9\x01\x01'),
  ];
  for (const form of sent) {
    assert.equal(maskSecrets(`500 <${form}> is no command`, secrets), '500 <***> is no command', form);
    // Letters in front look like base64 too.
    for (const before of ['x', 'xy', 'xyz']) {
      assert.ok(!maskSecrets(`500 ${before}${form}`, secrets).includes(form), form);
    }
  }
  assert.deepEqual(formsOfPassword(''), []);
});

test('ordinary words are left alone, however short the password is', () => {
  const text = '250 2.0.0 Ok: queued as 4BxT2f0Y1Mz9rw; Message delivered to sink for recipient';
  for (const secret of ['e', 'Yk', 'abc', 'hunter2']) assert.equal(maskSecrets(text, [secret]), text, secret);
  assert.equal(maskSecrets(`501 ${Buffer.from('abc').toString('base64')}`, ['abc']), '501 ***');
  assert.equal(maskSecrets(`501 ${Buffer.from('\0al\0e').toString('base64')}`, ['e']), '501 ***');
});

test('secrets that overlap are masked as one', () => {
  assert.equal(maskSecrets('x abcdef y', ['abcd', 'cdef']), 'x *** y');
  assert.equal(maskSecrets('x abcdef y', ['abcdef', 'bcde']), 'x *** y');
});

test('what a cut left of base64 at the end is masked', () => {
  const encoded = Buffer.from('\0alice\0correct horse').toString('base64');
  for (let length = 18; length < encoded.length; length++) {
    assert.equal(
      maskSecretsInCut(`500 ${encoded.slice(0, length)}`, ['correct horse']),
      '500 ***',
      String(length),
    );
  }
});

test('of any number of secrets every one is masked, and nothing else', () => {
  const secrets = Array.from({ length: 50_000 }, (_, n) => `pass-${n}-${(n * 7919) % 1000}`);
  const plain = (n: number) => Buffer.from(`\0user${n}\0${secrets[n]}`).toString('base64');
  for (const n of [0, 1, 777, 49_999]) {
    assert.equal(maskSecrets(`a ${secrets[n]} b ${plain(n)} c pass-x`, secrets), 'a *** b *** c pass-x');
  }
});
