import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, parseMaildirPattern } from '#src/delivery/maildir-pattern.js';

function addressAt(path: string, names: readonly string[]): string | null {
  let words: Readonly<Record<string, string>> | null = {};
  for (const [index, segment] of parseMaildirPattern(path).segments.entries()) {
    words = words && segment.match(names[index] ?? '', words);
  }
  return words && addressOf(words);
}

test('the root is what stands above the first word', () => {
  assert.equal(parseMaildirPattern('/var/mail/{{domain}}/{{user}}/Maildir').root, '/var/mail');
  assert.equal(parseMaildirPattern('/{{user}}').root, '/');
  assert.equal(parseMaildirPattern('mail/{{user}}').root, 'mail');
  assert.equal(parseMaildirPattern('{{user}}').root, '.');
  assert.deepEqual(parseMaildirPattern('/home/alice/Maildir/'), {
    root: '/home/alice/Maildir',
    segments: [],
  });
});

test('names on the way down give the address', () => {
  assert.equal(addressAt('/m/{{address}}', ['a.b@x.test']), 'a.b@x.test');
  assert.equal(addressAt('/m/{{domain}}/{{user}}/Maildir', ['x.test', 'alice', 'Maildir']), 'alice@x.test');
  assert.equal(addressAt('/m/{{user}}@{{domain}}', ['a@b@x.test']), 'a@b@x.test');
  assert.equal(addressAt('/m/{{user}}', ['alice']), '');
  assert.equal(addressAt('/m/u-{{user}}.d/{{domain}}', ['u-alice.d', 'x.test']), 'alice@x.test');
});

test('a name that does not fit, contradicts the one above or leads elsewhere matches nothing', () => {
  assert.equal(addressAt('/m/{{domain}}/{{user}}/Maildir', ['x.test', 'alice', 'maildir']), null);
  assert.equal(addressAt('/m/u-{{user}}.d', ['u-alice-d']), null);
  assert.equal(addressAt('/m/{{domain}}/{{user}}@{{domain}}', ['x.test', 'a@y.test']), null);
  assert.equal(addressAt('/m/{{domain}}/{{user}}@{{domain}}', ['x.test', 'a@x.test']), 'a@x.test');
  assert.equal(addressAt('/m/{{user}}', ['..']), null);
});
