import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { type DKIMVerifyResult, dkimVerify } from 'mailauth';
import { composeMessage } from '#src/message/compose.js';
import { verifySigned } from '#src/message/dkim.js';
import { dkimRecordOf } from '#src/message/dkim-record.js';
import type { DkimSigner } from '#src/scenario/scenario.js';
import { dotStuff, headersOf, SENT_AT_US, sized, template, unstuff, wireOf } from './wire.js';

const OPTIONS = {
  run: 'run-1',
  from: 'sender@a.example.test',
  encode: dotStuff,
  signedAtMs: 1_764_000_000_999,
};
const RSA = signer({ selector: 'rsa', key: rsaKey(2048) });
const ED25519 = signer({ selector: 'ed', key: pem(generateKeyPairSync('ed25519').privateKey) });
const LETTER = { subject: 'Offer', text: 'Dear reader,\n\n.\ntwo  spaces \t here \n\n\n', weight: 1 };

function rsaKey(modulusLength: number): string {
  return pem(generateKeyPairSync('rsa', { modulusLength }).privateKey);
}

function pem(key: { export(options: { type: 'pkcs8'; format: 'pem' }): string | Buffer }): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function signer(fields: Partial<DkimSigner>): DkimSigner {
  return { domain: 'a.example.test', selector: 's', key: '', per: 'variant', headers: [], ...fields };
}

async function verdictsOf(
  message: Buffer,
  signers: readonly DkimSigner[],
): Promise<DKIMVerifyResult['results']> {
  const records = new Map(signers.map(dkimRecordOf).map(({ name, text }) => [name, text]));
  const resolver = async (name: string) => [[records.get(name) ?? 'v=DKIM1; p=']];
  return (await dkimVerify(message, { resolver })).results;
}

async function passes(message: Buffer, signers: readonly DkimSigner[]): Promise<readonly string[]> {
  return (await verdictsOf(message, signers)).map(({ status }) => status.result);
}

for (const [name, key] of Object.entries({ RSA, Ed25519: ED25519 })) {
  test(`${name}: one signature for a variant holds for each of its messages`, async () => {
    for (const entry of [sized(2_000), template(LETTER)]) {
      const variant = await composeMessage({ ...entry, dkim: [key] }, OPTIONS);
      for (const number of [0, 7, 9_999_999_999]) {
        const message = unstuff(wireOf(variant.content(number, number === 7)));
        assert.deepEqual(await passes(message, [key]), ['pass']);
        assert.equal(message.length, variant.sizeBytes);
      }
    }
  });

  test(`${name}: signed one by one, with placeholders wherever they may stand`, async () => {
    const dkim = [{ ...key, per: 'message' as const }];
    const text = `${LETTER.text}your number: {{seq}}\nand again {{seq}}`;
    const entry = template({ ...LETTER, subject: 'Jürgen {{seq}}', text, headers: { 'X-Id': 'a {{seq}}' } });
    for (const one of [entry, sized(2_000), { ...entry, html: '<p>{{seq}}</p>' }]) {
      const variant = await composeMessage(
        { ...one, dkim: [{ ...dkim[0], headers: ['X-Id'] } as DkimSigner] },
        OPTIONS,
      );
      const seen = new Set<string>();
      for (const number of [0, 7, 9_999_999_999]) {
        const message = unstuff(wireOf(variant.content(number, false), SENT_AT_US + number));
        const [result] = await verdictsOf(message, dkim);
        assert.equal(result?.status.result, 'pass', `${number} ${result?.status.comment}`);
        seen.add(headersOf(message)['dkim-signature'] ?? '');
      }
      assert.equal(seen.size, 3);
    }
  });
}

test('a variant is signed over what is alike: not Message-ID, Date, To and the stamp, but unsubscription', async () => {
  const headers = {
    'List-Unsubscribe': '<https://x.example.test/u>',
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    'X-More': 'a',
  };
  const entry = template({ ...LETTER, headers });
  const variant = await composeMessage({ ...entry, dkim: [{ ...RSA, headers: ['X-More'] }] }, OPTIONS);
  const { 'dkim-signature': field = '' } = headersOf(unstuff(wireOf(variant.content(1, false))));
  const names = (/ h=([^;]*);/.exec(field)?.[1] ?? '').toLowerCase().split(/:\s*/).toSorted();
  assert.deepEqual(names, [
    'content-transfer-encoding',
    'content-type',
    'from',
    'list-unsubscribe',
    'list-unsubscribe-post',
    'mime-version',
    'subject',
    'x-more',
  ]);
});

test('a message signed by itself is signed over Message-ID, Date and To as well, and never over the stamp', async () => {
  const variant = await composeMessage({ ...template(LETTER), dkim: [{ ...RSA, per: 'message' }] }, OPTIONS);
  const { 'dkim-signature': field = '' } = headersOf(unstuff(wireOf(variant.content(1, false))));
  const names = (/ h=([^;]*);/.exec(field)?.[1] ?? '').toLowerCase().split(/:\s*/);
  for (const name of ['message-id', 'date', 'to', 'from', 'subject']) assert.ok(names.includes(name), name);
  assert.ok(!names.includes('x-mailbench'));
});

test('a changed body, subject or date no longer passes', async () => {
  const dkim = [{ ...RSA, per: 'message' as const }];
  const variant = await composeMessage({ ...template({ ...LETTER, text: 'No {{seq}}' }), dkim }, OPTIONS);
  const text = unstuff(wireOf(variant.content(5, false))).toString('latin1');
  for (const [from, to] of [
    ['No 0000000005', 'No 0000000006'],
    ['Subject: Offer', 'Subject: Other'],
    ['Date: ', 'Date: x'],
  ]) {
    assert.ok(text.includes(from as string), from);
    const changed = Buffer.from(text.replace(from as string, to as string), 'latin1');
    assert.ok(!(await passes(changed, dkim)).includes('pass'), from);
  }
});

test('RSA and Ed25519 stand side by side, one of them for each message', async () => {
  const dkim = [RSA, { ...ED25519, per: 'message' as const }];
  const variant = await composeMessage({ ...template(LETTER), dkim }, OPTIONS);
  const message = unstuff(wireOf(variant.content(3, false)));
  assert.deepEqual(await passes(message, dkim), ['pass', 'pass']);
  assert.match(message.toString('latin1'), /^X-Mailbench: [^\r]*\r\nDKIM-Signature: /);
});

test('a size counts the signature, and a signed variant of it has a subject without a number', async () => {
  const variant = await composeMessage({ ...sized(1_500), dkim: [RSA, ED25519] }, OPTIONS);
  const message = unstuff(wireOf(variant.content(3, false)));
  assert.equal(message.length, 1_500);
  assert.equal(headersOf(message).subject, 'Load test message');
});

test('a placeholder under a signature for all messages is refused, with what to do', async () => {
  const cases = [
    [{ subject: 'No {{seq}}' }, /header field Subject/],
    [{ text: 'No {{seq}}' }, /the body/],
    [{ headers: { 'Reply-To': 'a{{seq}}@x.example.test' } }, /header field Reply-To/],
  ] as const;
  for (const [fields, message] of cases) {
    const entry = { ...template({ ...LETTER, ...fields }), dkim: [RSA] };
    await assert.rejects(composeMessage(entry, OPTIONS), { code: 'MESSAGE_DKIM_PLACEHOLDER', message });
  }
  const headers = { 'X-Id': '{{seq}}' };
  await composeMessage({ ...template({ ...LETTER, headers }), dkim: [RSA] }, OPTIONS);
  const dkim = [{ ...RSA, headers: ['Date'] }];
  await assert.rejects(composeMessage({ ...template(LETTER), dkim }, OPTIONS), {
    code: 'MESSAGE_DKIM_PLACEHOLDER',
  });
});

test('the signature is dated to the second that is over, so that it never lies in the future', async () => {
  const variant = await composeMessage({ ...template(LETTER), dkim: [ED25519] }, OPTIONS);
  const { 'dkim-signature': field = '' } = headersOf(unstuff(wireOf(variant.content(3, false))));
  assert.match(field, / t=1764000000;/);
});

test('a message whose signature does not verify is a bug, and so is one without', async () => {
  const variant = await composeMessage({ ...template(LETTER), dkim: [RSA] }, OPTIONS);
  const message = unstuff(wireOf(variant.content(3, false)));
  await verifySigned(message, [RSA]);
  const other = { ...RSA, key: rsaKey(1024) };
  await assert.rejects(verifySigned(message, [other]), { code: 'BUG' });
  await assert.rejects(verifySigned(message, [RSA, ED25519]), { code: 'BUG', message: /1 of 2/ });
});
