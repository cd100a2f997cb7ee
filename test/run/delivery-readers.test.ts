import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { receiptLine } from '#src/delivery/receipt.js';
import { BugError } from '#src/errors.js';
import { createReaders } from '#src/run/delivery-readers.js';
import type { Delivery } from '#src/scenario/delivery-options.js';
import { sampleReceipt } from '#test/delivery/sample-receipt.js';
import { startScriptedImap } from '#test/delivery/scripted-imap.js';
import { listener, numbers, RUN, stamped } from '#test/delivery/stored-mail.js';
import { temporaryDir } from '#test/tmp.js';

const FOLDERS = { inbox: ['INBOX'], junk: [], other: [] };

test('receipts of the own sink and of others are read together, each file once', async (t) => {
  const folder = await temporaryDir(t);
  const [own, other] = [join(folder, 'own.ndjson'), join(folder, 'other.ndjson')];
  await writeFile(own, receiptLine(sampleReceipt(1)));
  await writeFile(other, receiptLine(sampleReceipt(2)));
  const sink = sinkAt([other, own]);
  const heard = await heardBy(t, { expect: 'sink', bounces: 'sink', sink }, { ownReceipts: own });
  assert.deepEqual(numbers(heard), [1, 2]);
});

test('files, URLs and a mailbox for bounces are a reader each; where both lead to one place, one', () => {
  const maildir = { path: '/var/mail/{{user}}', folders: FOLDERS };
  const sink = sinkAt(['a.ndjson', 'http://127.0.0.1:2526', 'b.ndjson', 'https://127.0.0.1:2527']);
  const count = (words: Partial<Delivery>) => createReaders(delivery(words), context()).length;
  assert.equal(count({ expect: 'sink', sink }), 2);
  assert.equal(count({ expect: 'sink', bounces: 'maildir', sink, maildir }), 3);
  assert.equal(count({ expect: 'maildir', bounces: 'maildir', sink, maildir }), 1);
});

test('a Maildir is read from the beginning of the run on, whatever the mail in it before says', async (t) => {
  const path = await temporaryDir(t);
  const store = (name: string, number: number) =>
    writeFile(join(path, 'new', name), stamped({ number }), 'latin1');
  await mkdir(join(path, 'new'));
  await store('1', 1);
  const heard = await heardBy(t, { expect: 'maildir', maildir: { path, folders: FOLDERS } }, {}, () =>
    store('2', 2),
  );
  assert.deepEqual(numbers(heard), [2]);
});

test('an IMAP mailbox is not gone through for what was in it before the run', async (t) => {
  const imap = await startScriptedImap(t);
  imap.inbox.push(...Array.from({ length: 50 }, (_, number) => stamped({ number })));
  const asked: string[] = [];
  imap.script = (command) => {
    asked.push(command);
    return null;
  };
  const source = {
    ...{ host: '127.0.0.1', port: imap.port, tls: 'none' as const, verify: true, folders: FOLDERS },
    accounts: [{ user: 'me', pass: 'hunter2', address: '' }],
  };
  const heard = await heardBy(t, { expect: 'imap', imap: source }, {}, async () => {
    assert.deepEqual(
      asked.filter((command) => /FETCH|SEARCH/.test(command)),
      [],
    );
    imap.inbox.push(stamped({ number: 99 }));
  });
  assert.deepEqual(numbers(heard), [99]);
});

test('a place that is nowhere is our own mistake', () => {
  for (const expect of ['sink', 'imap', 'maildir'] as const)
    assert.throws(() => createReaders(delivery({ expect }), context()), BugError);
});

function delivery(words: Partial<Delivery>): Delivery {
  const nowhere = { bounces: null, sink: null, imap: null, maildir: null };
  return { expect: 'sink', ...nowhere, waitMs: 1000, lateMs: 1000, sample: 1, queue: null, ...words };
}

function sinkAt(receipts: readonly string[]): Delivery['sink'] {
  return { listen: null, receipts, protocol: 'smtp', behaviours: null, auth: null, bounceTo: null };
}

function context(overrides: { readonly ownReceipts?: string } = {}) {
  return { run: RUN, seed: 1, ownReceipts: null, ...overrides };
}

/** What they tell from open to the end of one read; `meanwhile` happens in between. */
async function heardBy(
  t: TestContext,
  words: Partial<Delivery>,
  overrides: { readonly ownReceipts?: string } = {},
  meanwhile: () => Promise<void> = async () => {},
) {
  const heard = listener();
  const readers = createReaders(delivery(words), context(overrides));
  for (const reader of readers) {
    t.after(() => reader.close());
    await reader.open(heard);
  }
  await meanwhile();
  for (const reader of readers) assert.equal(await reader.read(), true);
  return heard;
}
