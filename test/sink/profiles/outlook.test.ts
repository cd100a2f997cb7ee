import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainMail, signedMail } from '../signed-mail.js';
import { receiver } from './receiver.js';

/** High volume from the third message on; the one reply that chance gives never comes. */
function small(text: string): string {
  return text
    .replaceAll('messages: 5000', 'messages: 2')
    .replace('chance: 0.2%', 'chance: 0%')
    .replaceAll('49283072B', '2kB');
}

test('mail that is authenticated in every way is taken, in bulk too', async (t) => {
  const { deliverTimes } = await receiver(t, 'outlook', { edit: small });
  assert.match(
    await deliverTimes(4, { message: await signedMail('sender@good.test', 'good.test') }),
    /^250 /,
  );
});

test('high volume without SPF, DKIM or alignment is refused', async (t) => {
  const cases = [
    { from: 'x@lax.test', author: 'x@lax.test', signer: 'lax.test' },
    { from: 'x@good.test', author: 'x@good.test', signer: null },
    { from: 'x@nopolicy.test', author: 'x@nopolicy.test', signer: 'nopolicy.test' },
    { from: 'x@nopolicy.test', author: 'x@lax.test', signer: 'nopolicy.test' },
  ];
  for (const { from, author, signer } of cases) {
    const { deliverTimes } = await receiver(t, 'outlook', { edit: small });
    const message = signer === null ? plainMail(author) : await signedMail(author, signer);
    assert.match(await deliverTimes(2, { from, message }), /^250 /, from);
    assert.match(
      await deliverTimes(1, { from, message }),
      /^550 5\.7\.515 Access denied, sending domain does not meet the required authentication level\.$/,
    );
  }
});

test("a failed DMARC check is refused where the domain's policy is reject", async (t) => {
  const { deliver } = await receiver(t, 'outlook', { edit: small });
  const message = plainMail('ceo@good.test');
  assert.match(await deliver({ from: 'x@nopolicy.test', message }), /^550 5\.7\.509 .* DMARC/);
});

test('a listed network is refused at MAIL', async (t) => {
  const { deliver } = await receiver(t, 'outlook', { edit: small });
  assert.match(await deliver({ client: '203.0.113.9' }), /^550 5\.7\.1 .* block list \(S3150\)\.$/);
});

test('recipients are unknown or full by their address, and may be too many', async (t) => {
  const { deliver } = await receiver(t, 'outlook', { edit: small });
  assert.match(
    await deliver({ to: ['no-such-user@outlook.test'] }),
    /^550 5\.5\.0 .* mailbox unavailable \(S2017062302\)\.$/,
  );
  assert.match(await deliver({ to: ['over-quota@outlook.test'] }), /^552 5\.2\.2 /);
  const users = Array.from({ length: 101 }, (_, index) => `user${index}@outlook.test`);
  assert.match(await deliver({ to: users }), /^452 4\.5\.3 Too many recipients \(AS780090\)$/);
});

test('a message that is too large is refused at MAIL where it says so, otherwise at its end', async (t) => {
  const { deliver } = await receiver(t, 'outlook', { edit: small });
  assert.match(await deliver({ sizeBytes: 2001 }), /^552 5\.3\.4 /);
  const message = plainMail('sender@good.test', 'line\r\n'.repeat(500));
  assert.match(await deliver({ message }), /^552 5\.3\.4 /);
});

test('connections and messages above a rate are refused for now', async (t) => {
  const connecting = await receiver(t, 'outlook', {
    edit: (text) => text.replace('connections: 500', 'connections: 2'),
  });
  assert.match(await connecting.deliverTimes(3), /^451 4\.7\.652 .* maximum number of connections/);
  const sending = await receiver(t, 'outlook', {
    edit: (text) => small(text).replace('messages: 600', 'messages: 1'),
  });
  assert.match(await sending.deliverTimes(2), /^451 4\.7\.650 .* IP reputation/);
});

test('now and then the server is busy', async (t) => {
  const { deliver } = await receiver(t, 'outlook', {
    edit: (text) => text.replace('chance: 0.2%', 'chance: 100%'),
  });
  assert.match(await deliver(), /^451 4\.7\.500 Server busy/);
});

test('over IPv6 a name and authentication are needed from the first message on', async (t) => {
  const { deliver } = await receiver(t, 'outlook', { edit: small });
  const message = await signedMail('sender@good.test', 'good.test');
  assert.match(await deliver({ client: '2001:db8::1', message }), /^250 /);
  assert.match(await deliver({ client: '2001:db8::2', message }), /^550 5\.7\.25 /);
  assert.match(await deliver({ client: '2001:db8::1', from: 'x@lax.test' }), /^450 4\.7\.26 /);
});
