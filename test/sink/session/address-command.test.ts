import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddressCommand } from '#src/sink/session/address-command.js';

test('addresses come back as they were given', () => {
  const addresses = [
    'user@example.test',
    'User.Name+tag@Example.TEST',
    'user%elsewhere.test@example.test',
    'elsewhere.test!user@example.test',
    '@relay.test,@other.test:user@example.test',
    '"user@elsewhere.test"@example.test',
    '"a b\\" c"@example.test',
    'user@[127.0.0.1]',
    'user@[IPv6:2001:db8::1]',
    'üser@exämple.test',
    'user@xn--exmple-cua.test',
    'user@localhost',
    'user@my_host.test',
    'postmaster',
    'PostMaster',
  ];
  for (const address of addresses) {
    assert.deepEqual(parseAddressCommand('RCPT', `RCPT TO:<${address}>`), { address, args: false }, address);
  }
});

test('what is no address is refused', () => {
  const wrong = [
    '',
    'user',
    'user@',
    '@example.test',
    'a b@example.test',
    'user@elsewhere.test@example.test',
    '"open@example.test',
    '.user@example.test',
    'us..er@example.test',
    'user@example..test',
    'user@-example.test',
    'user@exam ple.test',
    'user@[999]',
    `user@${'a'.repeat(300)}.test`,
    'us\u0000er@example.test',
    'us\u200ber@example.test',
  ];
  for (const address of wrong) {
    assert.equal(parseAddressCommand('RCPT', `RCPT TO:<${address}>`), null, JSON.stringify(address));
  }
  for (const line of [
    'RCPT TO:user@example.test',
    'RCPT <user@example.test>',
    'MAIL FROM:<a@b.test>',
    'RCPT',
  ]) {
    assert.equal(parseAddressCommand('RCPT', line), null, line);
  }
});

test('the null reverse-path is for MAIL only', () => {
  assert.deepEqual(parseAddressCommand('MAIL', 'mail from:<>'), { address: '', args: false });
  assert.deepEqual(parseAddressCommand('MAIL', 'MAIL FROM: <> '), { address: '', args: false });
  assert.equal(parseAddressCommand('RCPT', 'RCPT TO:<>'), null);
  assert.equal(parseAddressCommand('MAIL', 'MAIL FROM:<postmaster>'), null);
});

test('parameters are decoded, and one that comes twice is named', () => {
  const parsed = parseAddressCommand(
    'MAIL',
    'MAIL FROM:<a@b.test> SIZE=12  smtputf8 envid=a+2Bb BODY=8BITMIME',
  );
  assert.deepEqual(
    { ...(parsed?.args as object) },
    { SIZE: '12', SMTPUTF8: true, ENVID: 'a+b', BODY: '8BITMIME' },
  );
  assert.equal(parseAddressCommand('MAIL', 'MAIL FROM:<a@b.test> SIZE=1 size=2')?.duplicate, 'SIZE');
  assert.equal(parseAddressCommand('MAIL', 'MAIL FROM:<a@b.test> __PROTO__=1')?.duplicate, undefined);
});

test('a control character hidden in xtext is refused', () => {
  assert.equal(parseAddressCommand('MAIL', 'MAIL FROM:<a@b.test> ENVID=a+0D+0Ab'), null);
});
