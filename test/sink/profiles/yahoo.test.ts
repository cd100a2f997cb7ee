import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainMail, signedMail } from '../signed-mail.js';
import { receiver } from './receiver.js';

/** Bulk from the third message on; the one reply that chance gives never comes. */
function small(text: string): string {
  return text
    .replaceAll('messages: 5000', 'messages: 2')
    .replace('chance: 0.2%', 'chance: 0%')
    .replace('recipients: 60', 'recipients: 6')
    .replaceAll('41943040B', '2kB');
}

const TSS04 =
  /^421 4\.7\.0 \[TSS04\] Messages from this address temporarily deferred due to unexpected volume/;

test('mail that is authenticated in every way is taken, in bulk too', async (t) => {
  const { deliverTimes } = await receiver(t, 'yahoo', { edit: small });
  assert.match(
    await deliverTimes(4, { message: await signedMail('sender@good.test', 'good.test') }),
    /^250 /,
  );
});

test('mail that neither SPF nor DKIM vouches for is refused', async (t) => {
  const { deliver } = await receiver(t, 'yahoo', { edit: small });
  assert.match(await deliver({ from: 'x@lax.test' }), /^550 5\.7\.9 .* sender is unauthenticated/);
});

test("a failed DMARC check is refused where the domain's policy is reject", async (t) => {
  const { deliver } = await receiver(t, 'yahoo', { edit: small });
  const message = plainMail('ceo@good.test');
  assert.match(
    await deliver({ from: 'x@nopolicy.test', message }),
    /^554 5\.7\.9 Message not accepted for policy reasons\./,
  );
});

test('bulk without SPF, DKIM, DMARC or a name of the host is deferred', async (t) => {
  const cases = [
    { from: 'x@lax.test', author: 'x@lax.test', signer: 'lax.test', client: '192.0.2.1' },
    { from: 'x@good.test', author: 'x@good.test', signer: null, client: '192.0.2.1' },
    { from: 'x@nopolicy.test', author: 'x@lax.test', signer: 'nopolicy.test', client: '192.0.2.1' },
    { from: 'x@good.test', author: 'x@good.test', signer: 'good.test', client: '192.0.2.2' },
  ];
  for (const { from, author, signer, client } of cases) {
    const { deliverTimes } = await receiver(t, 'yahoo', { edit: small });
    const message = signer === null ? plainMail(author) : await signedMail(author, signer);
    assert.match(await deliverTimes(2, { from, message, client }), /^250 /, `${from} ${client}`);
    assert.match(await deliverTimes(1, { from, message, client }), TSS04);
  }
});

test('listed networks are refused at once, or for good at MAIL', async (t) => {
  const edit = (text: string) => text.replace('client: 203.0.113.0/24', 'client: 127.0.0.0/8');
  const { deliver: connect } = await receiver(t, 'yahoo', { edit });
  const { deliver } = await receiver(t, 'yahoo', { edit: small });
  assert.match(await connect(), /^553 5\.7\.1 \[BL21\] /);
  assert.match(
    await deliver({ client: '198.51.100.9' }),
    /^553 5\.7\.2 \[TSS09\] .* Retrying will NOT succeed/,
  );
});

test('an unknown or disabled recipient shows at the end of the message', async (t) => {
  const { deliver } = await receiver(t, 'yahoo', { edit: small });
  assert.match(
    await deliver({ to: ['no-such-user@yahoo.test'] }),
    /^554 delivery error: dd This user doesn't have/,
  );
  assert.match(await deliver({ to: ['disabled@yahoo.test'] }), /^554 30 Sorry, .* \(554\.30\)\.$/);
});

test('messages and recipients above a rate are refused for now', async (t) => {
  const sending = await receiver(t, 'yahoo', {
    edit: (text) => small(text).replace('messages: 600', 'messages: 1'),
  });
  assert.match(await sending.deliverTimes(2), TSS04);
  const receiving = await receiver(t, 'yahoo', {
    edit: (text) => text.replace('recipients: 60', 'recipients: 1').replace('0.2%', '0%'),
  });
  assert.match(await receiving.deliverTimes(2), /^450 User is receiving mail too quickly$/);
  const { deliver } = await receiver(t, 'yahoo', { edit: small });
  assert.match(
    await deliver({ to: Array.from({ length: 101 }, (_, index) => `user${index}@yahoo.test`) }),
    /^452 Too many recipients/,
  );
});

test('a message that is too large is refused at MAIL where it says so, otherwise at its end', async (t) => {
  const { deliver } = await receiver(t, 'yahoo', { edit: small });
  assert.match(await deliver({ sizeBytes: 2001 }), /^552 5\.3\.4 /);
  const message = plainMail('sender@good.test', 'line\r\n'.repeat(500));
  assert.match(await deliver({ message }), /^552 5\.3\.4 /);
});

test('now and then its resources are not available', async (t) => {
  const { deliver } = await receiver(t, 'yahoo', {
    edit: (text) => text.replace('chance: 0.2%', 'chance: 100%'),
  });
  assert.match(await deliver(), /^451 Resources temporarily unavailable\. .*\[#4\.16\.1\]\.$/);
});

test('a message without a usable From field is refused, and a sender domain that does not resolve for now', async (t) => {
  const { deliver } = await receiver(t, 'yahoo', { edit: small });
  assert.match(
    await deliver({ message: Buffer.from('Subject: x\r\n\r\nx\r\n') }),
    /^554 5\.7\.9 .* not RFC compliant$/,
  );
  const edit = (text: string) => small(text).replace('spf: temperror', 'spf: [temperror, none]');
  const failing = await receiver(t, 'yahoo', { edit });
  assert.match(
    await failing.deliver({ from: 'x@absent.test' }),
    /^451 .* unresolvable RFC\.5321 from domain/,
  );
});
