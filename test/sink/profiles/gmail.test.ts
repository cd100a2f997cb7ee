import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainMail, signedMail } from '../signed-mail.js';
import { receiver } from './receiver.js';

/** Bulk from the third message on, an unusual rate from the sixth, blocked from the third without a name. */
function small(text: string): string {
  return text
    .replaceAll('messages: 5000', 'messages: 2')
    .replace('messages: 1200', 'messages: 5')
    .replace('messages: 100', 'messages: 2')
    .replace('recipients: 60', 'recipients: 3')
    .replaceAll('50MB', '2kB');
}

test('mail that is signed, from a host with a name and over TLS is taken, in bulk too', async (t) => {
  const { deliverTimes } = await receiver(t, 'gmail', {
    edit: (text) => text.replaceAll('messages: 5000', 'messages: 2'),
  });
  const message = await signedMail('sender@good.test', 'good.test');
  assert.match(await deliverTimes(5, { message, tls: true }), /^250 /);
});

test('without names to look up nothing is said about authentication', async (t) => {
  const { deliverTimes } = await receiver(t, 'gmail', { zone: null });
  assert.match(await deliverTimes(3, { client: '192.0.2.99', tls: true }), /^250 /);
});

test('addresses tell who exists and who can be delivered to', async (t) => {
  const { deliver } = await receiver(t, 'gmail');
  const to = async (user: string) => deliver({ to: [`${user}@gmail.test`] });
  assert.match(
    await to('no-such-user1'),
    /^550 5\.1\.1 The email account that you tried to reach does not exist\. .* - gsmtp$/,
  );
  assert.match(await to('disabled1'), /^550 5\.2\.1 .* inactive/);
  assert.match(await to('over-quota1'), /^452 4\.2\.2 .* out of storage space/);
});

test('a recipient takes so many a minute, and a message so many recipients', async (t) => {
  const slow = await receiver(t, 'gmail', { edit: small });
  assert.match(await slow.deliverTimes(4, { client: '192.0.2.2', tls: true }), /^450 4\.2\.1 .* too quickly/);
  const { deliver } = await receiver(t, 'gmail');
  const users = (count: number) => Array.from({ length: count }, (_, index) => `user${index}@gmail.test`);
  assert.match(await deliver({ to: users(101) }), /^452 4\.5\.3 .* too many recipients/);
  assert.match(await deliver({ to: users(100) }), /^250 /);
});

test('a message that is too large is refused at MAIL where it says so, otherwise at its end', async (t) => {
  const { deliver } = await receiver(t, 'gmail', { edit: small });
  assert.match(await deliver({ sizeBytes: 2001 }), /^552 5\.3\.4 .* size limits/);
  const message = plainMail('sender@good.test', 'line\r\n'.repeat(500));
  assert.match(await deliver({ message }), /^552 5\.3\.4 .* size limits/);
});

test('a host without a name is deferred, and blocked when it goes on', async (t) => {
  const { deliver } = await receiver(t, 'gmail', { edit: small });
  const message = await signedMail('sender@good.test', 'good.test');
  assert.match(await deliver({ client: '192.0.2.2', message }), /^451 4\.7\.23 .* PTR record/);
  assert.match(await deliver({ client: '192.0.2.2', message }), /^451 4\.7\.23 /);
  assert.match(await deliver({ client: '192.0.2.2', message }), /^550 5\.7\.25 .* blocked/);
  const to = ['other@gmail.test'];
  assert.match(await deliver({ client: '192.0.2.3', message, to }), /^451 4\.7\.23 /);
});

test('mail that neither SPF nor DKIM vouches for is refused', async (t) => {
  const { deliver } = await receiver(t, 'gmail', {
    edit: (text) => text.replaceAll('ptr: [permerror, fail]', 'ptr: temperror'),
  });
  assert.match(await deliver({ from: 'x@lax.test' }), /^550 5\.7\.26 .* sender is unauthenticated/);
  assert.match(await deliver({ client: '198.18.0.1' }), /^550 5\.7\.26 .* hard fail policy/);
});

test("a From field that nobody vouches for is refused by its domain's policy", async (t) => {
  const { deliver } = await receiver(t, 'gmail');
  const message = plainMail('ceo@good.test');
  assert.match(
    await deliver({ from: 'x@nopolicy.test', message }),
    /^550 5\.7\.26 .* due to domain's DMARC policy/,
  );
});

test('a message without a usable From field is refused', async (t) => {
  const { deliver } = await receiver(t, 'gmail');
  assert.match(
    await deliver({ message: Buffer.from('Subject: x\r\n\r\nx\r\n') }),
    /^550 5\.7\.1 .* From: header/,
  );
});

test('a name server that fails makes it a refusal for now', async (t) => {
  const edit = (text: string) => text.replace('dmarc: temperror', 'dmarc: [temperror, pass]');
  const { deliver } = await receiver(t, 'gmail', { edit });
  assert.match(await deliver(), /^451 4\.7\.26 .* temporary DNS failures/);
});

test('a bulk sender needs SPF, DKIM, a policy, alignment and TLS', async (t) => {
  const cases = [
    { reply: /^421 4\.7\.27 .* SPF authentication/, from: 'x@lax.test', signer: 'lax.test', tls: true },
    { reply: /^421 4\.7\.30 .* DKIM authentication/, from: 'x@good.test', signer: null, tls: true },
    { reply: /^421 4\.7\.40 .* DMARC/, from: 'x@nopolicy.test', signer: 'nopolicy.test', tls: true },
    { reply: /^421 4\.7\.29 .* TLS/, from: 'x@good.test', signer: 'good.test', tls: false },
  ];
  for (const { reply, from, signer, tls } of cases) {
    const { deliverTimes } = await receiver(t, 'gmail', { edit: small });
    const message = signer === null ? plainMail(from) : await signedMail(from, signer);
    assert.match(await deliverTimes(2, { from, message, tls }), /^250 /, String(reply));
    assert.match(await deliverTimes(1, { from, message, tls }), reply);
  }
});

test('a bulk sender whose From field is not aligned is deferred where its policy is none', async (t) => {
  const { deliverTimes } = await receiver(t, 'gmail', { edit: small });
  const message = await signedMail('x@lax.test', 'nopolicy.test');
  const delivery = { from: 'x@nopolicy.test', message, tls: true };
  assert.match(await deliverTimes(2, delivery), /^250 /);
  assert.match(await deliverTimes(1, delivery), /^421 4\.7\.32 .* aligned/);
});

test('an unusual rate from one address is limited, from another it is not', async (t) => {
  const { deliver } = await receiver(t, 'gmail', { edit: small });
  const message = await signedMail('sender@good.test', 'good.test');
  const to = (index: number) => ({ message, tls: true, to: [`user${index}@gmail.test`] });
  for (let index = 0; index < 5; index++) assert.match(await deliver(to(index)), /^250 /);
  assert.match(await deliver(to(5)), /^421 4\.7\.28 .* unusual rate/);
  assert.match(await deliver({ ...to(6), client: '2001:db8::1' }), /^250 /);
});
