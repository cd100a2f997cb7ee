import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSecretKey } from '#src/yaml/secret-key.js';

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
