import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { unlinkSync } from 'node:fs';
import { chmod, mkdir, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { MailboxOptions } from '#src/delivery/mailbox.js';
import { createMaildirReader } from '#src/delivery/maildir-reader.js';
import type { DeliveryReader } from '#src/delivery/reader.js';
import { temporaryDir } from '../tmp.js';
import { type Heard, listener, numbers, RUN, stamped } from './stored-mail.js';

const FOLDERS = { inbox: ['INBOX'], junk: ['Junk'], other: ['Lists/dev'] };

/** As a delivery agent stores it: with LF. */
async function store(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text.replaceAll('\r\n', '\n'), 'latin1');
}

async function opened(
  t: TestContext,
  path: string,
  options: Partial<MailboxOptions> = {},
): Promise<{ heard: Heard; reader: DeliveryReader }> {
  const reader = createMaildirReader(
    { path, folders: FOLDERS },
    { run: RUN, sample: 1, seed: 1, ...options },
  );
  t.after(() => reader.close());
  const heard = listener();
  await reader.open(heard);
  return { heard, reader };
}

test('messages of all recipients are told with their address, placement, time and size on the wire', async (t) => {
  const dir = await temporaryDir(t);
  const { heard, reader } = await opened(t, `${dir}/{{domain}}/{{user}}/Maildir`);
  const bob = join(dir, 'x.test/bob/Maildir');
  await store(join(bob, 'new/1'), stamped({ number: 1 }));
  await store(join(bob, '.Junk/cur/2:2,S'), stamped({ number: 2 }));
  await store(join(bob, '.Lists.dev/new/3'), stamped({ number: 3 }));
  await store(
    join(dir, 'y.test/eve/Maildir/new/4'),
    stamped({ number: 4, above: 'Delivered-To: e@z.test\r\n' }),
  );
  await store(join(bob, '.Trash/new/5'), stamped({ number: 5 }));
  await store(join(bob, 'tmp/6'), stamped({ number: 6 }));
  await utimes(join(bob, 'new/1'), 0, 1_764_000_001.5);
  await reader.read();
  assert.deepEqual(numbers(heard), [1, 2, 3, 4]);
  const of = (number: number) => heard.receipts.find((receipt) => receipt.number === number);
  assert.equal(of(1)?.at, 1_764_000_001_500_000);
  assert.equal(of(1)?.bytes, stamped({ number: 1 }).length);
  assert.deepEqual(
    [1, 2, 3].map((number) => of(number)?.placement),
    ['inbox', 'junk', 'other'],
  );
  assert.deepEqual(
    [1, 4].map((number) => of(number)?.rcpt),
    [['bob@x.test'], ['e@z.test']],
  );
  assert.ok(heard.receipts.every(({ intact }) => intact));
  assert.deepEqual(
    heard.acknowledgements,
    heard.receipts.map(({ id }) => id),
  );
  assert.equal(new Set(heard.acknowledgements).size, 4);
});

test('a folder that cannot be looked into is told of once, and keeps a look from being whole', async (t) => {
  const dir = await temporaryDir(t);
  const long = 'x'.repeat(300);
  const heard = listener();
  const reader = createMaildirReader(
    { path: dir, folders: { ...FOLDERS, junk: [long] } },
    { run: RUN, sample: 1, seed: 1 },
  );
  t.after(() => reader.close());
  await reader.open(heard);
  await store(join(dir, 'new/1'), stamped({ number: 1 }));
  assert.deepEqual([await reader.read(), await reader.read()], [false, false]);
  assert.deepEqual(numbers(heard), [1]);
  assert.deepEqual(heard.skips, [`${JSON.stringify(join(dir, `.${long}`))} cannot be read: ENAMETOOLONG`]);
});

test('a message is told once, however it moves and whatever flags it gets', async (t) => {
  const dir = await temporaryDir(t);
  await mkdir(join(dir, 'cur'));
  const { heard, reader } = await opened(t, dir);
  await store(join(dir, 'new/1.a,S=5'), stamped({ number: 1 }));
  await reader.read();
  await rename(join(dir, 'new/1.a,S=5'), join(dir, 'cur/1.a,S=5:2,'));
  await reader.read();
  await rename(join(dir, 'cur/1.a,S=5:2,'), join(dir, 'cur/1.a,S=5:2,RS'));
  await store(join(dir, 'new/2.a'), stamped({ number: 2 }));
  await reader.read();
  await reader.read();
  assert.deepEqual(numbers(heard), [1, 2]);
});

test('a Maildir and a folder that appear later are found', async (t) => {
  const dir = await temporaryDir(t);
  const { heard, reader } = await opened(t, `${dir}/{{address}}`);
  await store(join(dir, 'a@x.test/new/1'), stamped({ number: 1 }));
  await reader.read();
  await store(join(dir, 'a@x.test/.Junk/new/2'), stamped({ number: 2 }));
  await store(join(dir, 'b@x.test/cur/3'), stamped({ number: 3 }));
  await reader.read();
  assert.deepEqual(numbers(heard), [1, 2, 3]);
});

test('a folder that did not change for a while is listed again when it does', async (t) => {
  const dir = await temporaryDir(t);
  await store(join(dir, 'new/1'), stamped({ number: 1 }));
  await utimes(join(dir, 'new'), 0, 1000);
  const { heard, reader } = await opened(t, dir);
  await reader.read();
  await store(join(dir, 'new/2'), stamped({ number: 2 }));
  await reader.read();
  assert.deepEqual(numbers(heard), [1, 2]);
});

test('what was there at open is told with the stamp of the run only, or not at all without history', async (t) => {
  const dir = await temporaryDir(t);
  await store(join(dir, 'new/1'), stamped({ number: 1 }));
  await store(join(dir, 'new/2'), stamped({ number: 2, run: 'another' }));
  await store(join(dir, 'new/3'), 'Subject: no stamp\r\n\r\n');
  const { heard, reader } = await opened(t, dir);
  const fresh = await opened(t, dir, { history: false });
  await store(join(dir, 'new/4'), 'Subject: no stamp\r\n\r\n');
  await reader.read();
  await fresh.reader.read();
  assert.deepEqual(numbers(heard), [null, 1]);
  assert.deepEqual(numbers(fresh.heard), [null]);
});

test('a damaged message is found with sample 1, and is not looked at with sample 0', async (t) => {
  const dir = await temporaryDir(t);
  const text = stamped({ number: 1, body: `${'line\r\n'.repeat(20_000)}` });
  const damaged = text.replace('Subject: 1', 'Subject: 2').replace(/line\r\n$/, 'lime\r\n');
  await store(join(dir, 'new/1'), text);
  await store(join(dir, 'new/2,S=9,W=77'), damaged);
  await store(join(dir, 'new/3'), damaged);
  const intact = async (sample: number) => {
    const { heard } = await opened(t, dir, { sample });
    return heard.receipts.sort((a, b) => (a.id < b.id ? -1 : 1)).map((one) => [one.intact, one.bytes]);
  };
  assert.deepEqual(await intact(1), [
    [true, text.length],
    [false, text.length],
    [false, text.length],
  ]);
  assert.deepEqual(await intact(0), [
    [null, text.length],
    [null, 77],
    [null, text.length],
  ]);
});

test('a header longer than the first piece that is read is read to its end', async (t) => {
  const dir = await temporaryDir(t);
  const above = 'X-Long: a\r\n'.repeat(2000);
  await store(join(dir, 'new/1'), stamped({ number: 1, above }));
  await store(join(dir, 'new/2'), '');
  const { heard } = await opened(t, dir, { sample: 0 });
  assert.deepEqual(numbers(heard), [1]);
});

test('links are not followed and are told once, hostile names do no harm', async (t) => {
  const dir = await temporaryDir(t);
  const outside = await temporaryDir(t);
  await store(join(outside, 'new/1'), stamped({ number: 1 }));
  await mkdir(join(dir, 'a@x.test/new'), { recursive: true });
  await symlink(join(outside, 'new/1'), join(dir, 'a@x.test/new/link'));
  await symlink(join(outside, 'new'), join(dir, 'a@x.test/cur'));
  await symlink(outside, join(dir, 'b@x.test'));
  await symlink(outside, join(dir, 'a@x.test/.Junk'));
  await mkdir(join(dir, 'a@x.test/new/folder'));
  await store(join(dir, 'a@x.test/new/\x1b[31m\n"x'), stamped({ number: 2 }));
  const { heard, reader } = await opened(t, `${dir}/{{address}}`);
  await reader.read();
  await reader.read();
  assert.deepEqual(numbers(heard), [2]);
  assert.deepEqual(heard.skips.sort(), [
    `"${dir}/a@x.test/.Junk" is a link, which is not followed`,
    `"${dir}/a@x.test/new/link" is a link, which is not followed`,
  ]);
});

test('a folder for Maildirs that is not there is an error at open; one Maildir may come later', async (t) => {
  const dir = await temporaryDir(t);
  await assert.rejects(opened(t, `${dir}/none/{{user}}`), { code: 'DELIVERY_MAILDIR_NOT_FOUND' });
  const { heard, reader } = await opened(t, `${dir}/later`);
  await store(join(dir, 'later/new/1'), stamped({ number: 1 }));
  await reader.read();
  assert.deepEqual(numbers(heard), [1]);
});

test('messages that are moved while they are read are neither lost nor told twice', async (t) => {
  const dir = await temporaryDir(t);
  await mkdir(join(dir, 'cur'));
  await mkdir(join(dir, 'new'));
  const { heard, reader } = await opened(t, dir, { sample: 0 });
  const all = Array.from({ length: 300 }, (_, number) => number);
  for (const number of all) await store(join(dir, `new/${number}.m`), stamped({ number }));
  const moving = (async () => {
    for (const number of all) await rename(join(dir, `new/${number}.m`), join(dir, `cur/${number}.m:2,`));
  })();
  await reader.read();
  await moving;
  await reader.read();
  assert.deepEqual(numbers(heard), all);
  assert.deepEqual(heard.skips, []);
});

test('a message that is no file, and a folder that may not be listed, keep a read from being whole', async (t) => {
  const dir = await temporaryDir(t);
  const { heard, reader } = await opened(t, join(dir, 'Maildir'));
  await store(join(dir, 'Maildir/new/1'), stamped({ number: 1 }));
  assert.equal(await reader.read(), true);
  execFileSync('mkfifo', [join(dir, 'Maildir/new/pipe')]);
  assert.deepEqual([await reader.read(), await reader.read()], [false, false]);
  assert.deepEqual(heard.skips, [
    `${JSON.stringify(join(dir, 'Maildir/new/pipe'))} cannot be read: not a file`,
  ]);
  if (process.getuid?.() === 0) return;
  const closed = await opened(t, join(dir, 'Closed'));
  await store(join(dir, 'Closed/new/2'), stamped({ number: 2 }));
  await mkdir(join(dir, 'Closed/cur'), { mode: 0 });
  assert.deepEqual([await closed.reader.read(), await closed.reader.read()], [false, false]);
  await chmod(join(dir, 'Closed/cur'), 0o700);
  assert.equal(await closed.reader.read(), true);
  assert.deepEqual(numbers(closed.heard), [2]);
});

test('messages that are deleted before they can be read are told of, and keep reads from being whole', async (t) => {
  const dir = await temporaryDir(t);
  const { heard, reader } = await opened(t, join(dir, 'Maildir'));
  for (const number of [1, 2, 3]) await store(join(dir, `Maildir/new/${number}`), stamped({ number }));
  const reading = reader.read();
  // The folder was listed by now, and no file opened.
  for (const name of ['2', '3']) unlinkSync(join(dir, 'Maildir/new', name));
  assert.deepEqual([await reading, await reader.read()], [false, false]);
  assert.deepEqual(numbers(heard), [1]);
  assert.deepEqual(heard.skips, [
    `2 messages of ${JSON.stringify(join(dir, 'Maildir'))} could not be read: gone since listed`,
  ]);
});

test('where no Maildir is there at all nothing was looked at, and that is told at the end', async (t) => {
  const dir = await temporaryDir(t);
  await store(join(dir, 'alice/mbox'), stamped({ number: 1 }));
  for (const path of [join(dir, 'alice'), join(dir, '{{user}}')]) {
    const { heard, reader } = await opened(t, path);
    assert.equal(await reader.read(), false);
    await reader.close();
    assert.match(heard.skips.join(), /^no Maildir, which has new and cur, was found at /);
  }
  const { heard, reader } = await opened(t, join(dir, '{{user}}'));
  await store(join(dir, 'bob/new/2'), stamped({ number: 2 }));
  assert.equal(await reader.read(), true);
  await reader.close();
  assert.deepEqual([numbers(heard), heard.skips], [[2], []]);
});
