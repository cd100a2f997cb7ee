import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDir } from '#test/tmp.js';
import { greeted, LIMIT, openSink, readReceipts, send } from './open-sink.js';

/** A file system of 64 KiB, 48 of them taken by a file called `filler`; undefined after having skipped the test. */
async function smallDisk(t: TestContext): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'mailbench-disk-'));
  // Lazily: the sink is closed after this.
  t.after(() => {
    if (isMounted) execFileSync('umount', ['-l', folder]);
    rmdirSync(folder);
  });
  let isMounted = false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'pipe' });
    isMounted = true;
  } catch (error) {
    if (process.env.MAILBENCH_REQUIRE_SERVERS === '1') throw error;
    t.skip('this user may not mount a file system');
    return undefined;
  }
  writeFileSync(join(folder, 'filler'), Buffer.alloc(48 * 1024));
  return folder;
}

test('a full disk is answered 452, and no receipt is lost or torn', LIMIT, async (t) => {
  const folder = await smallDisk(t);
  if (folder === undefined) return;
  const path = join(folder, 'receipts.ndjson');
  const { port, sink } = await openSink(t, { receipts: { path, keepDir: null } });
  const client = await greeted(port);
  const codes: number[] = [];
  while (codes.at(-1) !== 452) codes.push((await send(client, 'x\r\n')).code);
  assert.equal((await send(client, 'x\r\n')).code, 452);
  assert.equal(readReceipts(path).receipts.length, codes.length - 1);
  assert.equal(readReceipts(path).torn, 0);
  assert.equal(sink.counts().messages, codes.length - 1);

  rmSync(join(folder, 'filler'));
  assert.equal((await send(client, 'x\r\n')).code, 250);
  await sink.close();
  const { receipts, acks, torn } = readReceipts(path);
  assert.deepEqual([receipts.length, torn], [codes.length, 0]);
  assert.deepEqual(
    acks,
    receipts.map(({ id }) => id),
  );
});

test('a message that no longer fits is not kept in part', LIMIT, async (t) => {
  const folder = await smallDisk(t);
  if (folder === undefined) return;
  const path = join(await temporaryDir(t), 'receipts.ndjson');
  const { port } = await openSink(t, { receipts: { path, keepDir: folder } });
  const client = await greeted(port);
  assert.equal((await send(client, 'x\r\n')).code, 250);
  assert.equal((await send(client, 'x'.repeat(30_000).concat('\r\n'))).code, 452);
  const { receipts } = readReceipts(path);
  assert.equal(receipts.length, 1);
  assert.deepEqual(readdirSync(folder).sort(), [`${receipts[0]?.id}.eml`, 'filler'].sort());
});
