import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSampled, mailboxReceipt, type StoredMessage, wantsWhole } from '#src/delivery/mailbox.js';
import { RUN, stamped } from './stored-mail.js';

const OPTIONS = { run: RUN, sample: 1, seed: 7 };

function stored(text: string, parts: Partial<StoredMessage> = {}): StoredMessage {
  return {
    id: 'imap:alice/INBOX/1/1',
    boot: 'imap',
    session: 'alice/INBOX',
    at: 1,
    bytes: text.length,
    header: Buffer.from(text.split('\r\n\r\n')[0] ?? '', 'latin1'),
    whole: null,
    address: 'alice@example.test',
    placement: 'inbox',
    isOld: false,
    ...parts,
  };
}

test('a header is enough for number, run and size; the body is then neither intact nor damaged', () => {
  const text = stamped({ number: 12, above: 'Return-Path: <b@sender.example.test>\r\n' });
  const receipt = mailboxReceipt(stored(text), OPTIONS);
  assert.deepEqual(receipt, {
    v: 1,
    id: 'imap:alice/INBOX/1/1',
    boot: 'imap',
    session: 'alice/INBOX',
    at: 1,
    run: RUN,
    number: 12,
    warmup: false,
    sent: 1_764_000_000_123_456,
    rcpt: ['alice@example.test'],
    bytes: text.length,
    digest: '',
    intact: null,
    peer: '',
    from: 'b@sender.example.test',
    placement: 'inbox',
  });
});

test('a whole message is examined, and a changed one is not intact', () => {
  const text = stamped({ number: 1 });
  const examined = (whole: string) =>
    mailboxReceipt(stored(text, { whole: Buffer.from(whole, 'latin1') }), OPTIONS)?.intact;
  assert.equal(examined(text), true);
  assert.equal(examined(text.replace('text', 'texT')), false);
});

test('the recipient is the one sent to where the server says so, else the final one, else the mailbox', () => {
  const rcptOf = (above: string, parts: Partial<StoredMessage> = {}) =>
    mailboxReceipt(stored(stamped({ number: 1, above }), parts), OPTIONS)?.rcpt;
  const delivered = 'Delivered-To: <final@b.example.test>\r\nDelivered-To: earlier@b.example.test\r\n';
  assert.deepEqual(rcptOf(delivered), ['final@b.example.test']);
  assert.deepEqual(rcptOf(`${delivered}X-Original-To: alias@a.example.test\r\n`), ['alias@a.example.test']);
  assert.deepEqual(rcptOf('Envelope-To: a@x.test,\r\n b@x.test\r\n'), ['a@x.test', 'b@x.test']);
  assert.deepEqual(rcptOf('delivered-to:nobody\r\n'), ['alice@example.test']);
  assert.deepEqual(rcptOf('Delivered-To: a\x01@x.test\r\n'), ['alice@example.test']);
  assert.deepEqual(rcptOf('Delivered-To: a\xc2\x9b@x.test\r\n'), ['alice@example.test']);
  assert.deepEqual(rcptOf('Delivered-To: m\xc3\xbcller@x.test\r\n'), ['m\u00fcller@x.test']);
  assert.deepEqual(rcptOf('', { address: '' }), []);
});

test('a recipient below our stamp was sent with the message and proves nothing', () => {
  const text = stamped({ number: 1 }).replace('Subject:', 'Delivered-To: forged@example.test\r\nSubject:');
  assert.match(text, /forged/);
  assert.deepEqual(mailboxReceipt(stored(text), OPTIONS)?.rcpt, ['alice@example.test']);
});

test('what was there at open is news only with the stamp of this run, or any stamp where none is given', () => {
  const isTold = (text: string, run: string | null) =>
    mailboxReceipt(stored(text, { isOld: true }), { ...OPTIONS, run }) !== null;
  const [ours, another] = [stamped({ number: 1 }), stamped({ number: 1, run: 'another' })];
  assert.deepEqual(
    [ours, another, 'Subject: x\r\n\r\n'].map((text) => isTold(text, RUN)),
    [true, false, false],
  );
  assert.deepEqual(
    [ours, another, 'Subject: x\r\n\r\n'].map((text) => isTold(text, null)),
    [true, true, false],
  );
  assert.notEqual(mailboxReceipt(stored('Subject: x\r\n\r\n'), OPTIONS), null);
});

test('whole is read a share of ours, the same whoever reads, and every report', () => {
  const header = (number: number, run = RUN) => Buffer.from(stamped({ number, run }), 'latin1');
  const all = Array.from({ length: 10_000 }, (_, number) => number);
  const picked = (seed: number) => all.filter((number) => isSampled(number, { sample: 0.1, seed }));
  // Standard deviation 30.
  assert.ok(Math.abs(picked(7).length - 1000) < 150, String(picked(7).length));
  assert.deepEqual(picked(7), picked(7));
  assert.notDeepEqual(picked(7), picked(8));
  assert.ok(all.every((number) => isSampled(number, { sample: 1, seed: 1 })));
  assert.ok(!all.some((number) => isSampled(number, { sample: 0, seed: 1 })));
  const big = all.filter((number) => isSampled(2 ** 32 * 2 + number, { sample: 0.1, seed: 7 }));
  assert.notDeepEqual(big, picked(7));
  assert.equal(wantsWhole(header(3), OPTIONS), true);
  assert.equal(wantsWhole(header(3), { ...OPTIONS, sample: 0 }), false);
  assert.equal(wantsWhole(header(3, 'another'), OPTIONS), false);
  const report = Buffer.from('Content-Type:\r\n Multipart/Report; report-type=delivery-status\r\n\r\n');
  assert.equal(wantsWhole(report, { ...OPTIONS, sample: 0 }), true);
  assert.equal(wantsWhole(Buffer.from('Content-Type: multipart/reports\r\n\r\n'), OPTIONS), false);
});
