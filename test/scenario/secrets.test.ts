import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formsOfPassword, isSecretKey, maskSecrets, maskSecretsInCut } from '#src/scenario/secrets.js';

test('the last word of a key says whether it holds a secret', () => {
  for (const key of [
    'pass',
    'password',
    'smtpPassword',
    'SMTP_PASS',
    'X-Api-Key',
    'token',
    'client_secret',
  ]) {
    assert.equal(isSecretKey(key), true, key);
  }
  for (const key of ['user', 'keyboard', 'compass', 'passage', 'tokens-per-sec', '', '---']) {
    assert.equal(isSecretKey(key), false, key);
  }
});

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

test('a password is known in the forms in which AUTH sends it', () => {
  const forms = formsOfPassword('alice', 'p w');
  assert.ok(forms.includes('p w'));
  assert.ok(forms.includes('p%20w'));
  assert.ok(forms.includes(Buffer.from('p w').toString('base64')));
  assert.ok(forms.includes(Buffer.from('\0alice\0p w').toString('base64')));
  assert.deepEqual(formsOfPassword('alice', ''), []);
});
