import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import type { Problem } from '#src/errors.js';
import type { DkimSigner, MessageEntry } from '#src/scenario/scenario.js';
import { load, problem } from './load.js';

const PKCS8 = { type: 'pkcs8', format: 'pem' } as const;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const files = {
  'rsa.pem': rsa.export(PKCS8).toString(),
  'old.pem': rsa.export({ type: 'pkcs1', format: 'pem' }).toString(),
  'locked.pem': rsa.export({ ...PKCS8, cipher: 'aes-256-cbc', passphrase: 'open-sesame' }).toString(),
  'ed.pem': generateKeyPairSync('ed25519').privateKey.export(PKCS8).toString(),
  'ec.pem': generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export(PKCS8).toString(),
  'short.pem': generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey.export(PKCS8).toString(),
  'text.pem': 'no key',
};

function signersOf(entry: MessageEntry | undefined): readonly DkimSigner[] {
  assert.ok(entry !== undefined && 'dkim' in entry);
  return entry.dkim;
}

function fault(dkim: string): Problem {
  const found = problem(`dkim: ${dkim}`, { files });
  assert.equal(found.code, 'SCENARIO_DKIM');
  return found;
}

test('a signer signs every entry, unless the entry has its own or none', () => {
  const text = `
dkim: { domain: a.example.test, selector: s1, key: rsa.pem }
messages:
  - { size: 2KiB }
  - { size: 3KiB, dkim: false }
  - size: 4KiB
    dkim:
      - { domain: a.example.test, selector: r, key: old.pem, per: message, headers: [X-Campaign] }
      - { domain: a.example.test, selector: e, key: ed.pem }`;
  const { scenario, secrets, display } = load(text, { files });
  const [first, second, third] = scenario.messages;
  assert.deepEqual(signersOf(first), [
    { domain: 'a.example.test', selector: 's1', key: files['rsa.pem'], per: 'variant', headers: [] },
  ]);
  assert.deepEqual(signersOf(second), []);
  assert.deepEqual(
    signersOf(third).map(({ selector, per, headers, key }) => [selector, per, headers, key]),
    [
      ['r', 'message', ['X-Campaign'], files['rsa.pem']],
      ['e', 'variant', [], files['ed.pem']],
    ],
  );
  assert.ok(secrets.includes(files['rsa.pem']) && secrets.includes(files['ed.pem']));
  assert.equal((display.dkim as { key: string }).key, 'rsa.pem');
  assert.doesNotMatch(JSON.stringify(display), /PRIVATE KEY/);
});

test('an encrypted key is opened by its passphrase, which is masked', () => {
  const words = 'dkim: { domain: a.example.test, selector: s, key: locked.pem, passphrase: open-sesame }';
  const { scenario, display } = load(words, { files });
  assert.equal(signersOf(scenario.messages[0])[0]?.key, files['rsa.pem']);
  assert.equal((display.dkim as { passphrase: string }).passphrase, '***');
  const wrong = fault('{ domain: a.example.test, selector: s, key: locked.pem, passphrase: open }');
  assert.equal(wrong.path, 'dkim.passphrase');
  assert.match(fault('{ domain: a.example.test, selector: s, key: locked.pem }').message, /encrypted/);
});

test('a key that cannot sign is a problem of its key', () => {
  for (const [file, message] of [
    ['ec.pem', /type ec; DKIM has RSA and Ed25519/],
    ['short.pem', /512 bits/],
    ['text.pem', /no private key in PEM/],
    ['none.pem', /ENOENT/],
  ] as const) {
    const found = fault(`{ domain: a.example.test, selector: s, key: ${file} }`);
    assert.equal(found.path, 'dkim.key');
    assert.match(found.message, message);
  }
});

test('two keys under one selector are refused: only one of them can be published', () => {
  const found = fault(
    '[{ domain: a.example.test, selector: s, key: rsa.pem }, { domain: A.example.test, selector: S, key: ed.pem }]',
  );
  assert.equal(found.path, 'dkim[1].selector');
});

test('domain and selector must be names', () => {
  for (const words of [
    '{ domain: "a b.test", selector: s, key: rsa.pem }',
    '{ domain: localhost, selector: s, key: rsa.pem }',
    '{ domain: a.test, selector: "s;x", key: rsa.pem }',
  ]) {
    assert.equal(problem(`dkim: ${words}`, { files }).code, 'SCENARIO_FORMAT');
  }
});
