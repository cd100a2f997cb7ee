import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock, type TestContext, test } from 'node:test';
import { type Receipt, receiptLine } from '#src/delivery/receipt.js';
import { EnvironmentError } from '#src/errors.js';
import { createReceiptLog, type LogFile, openReceiptLog } from '#src/sink/receipts/receipt-log.js';
import { temporaryDir } from '#test/tmp.js';

function receipt(id: string): Receipt {
  return {
    v: 1,
    id,
    boot: 'boot',
    session: 'boot.0',
    at: 1,
    run: null,
    number: null,
    warmup: null,
    sent: null,
    rcpt: ['a@example.test'],
    bytes: 1,
    digest: '',
    intact: null,
    peer: '127.0.0.1',
    from: '',
  };
}

async function receiptsPath(t: TestContext): Promise<string> {
  return join(await temporaryDir(t), 'receipts.ndjson');
}

/** A disk with room for so many bytes: what does not fit is written short, then not at all. */
class SmallDisk implements LogFile {
  text = '';
  roomBytes: number;
  mayTruncate = true;

  constructor(roomBytes: number) {
    this.roomBytes = roomBytes;
  }

  get sizeBytes(): number {
    return this.text.length;
  }

  write(bytes: Buffer): number {
    const room = this.roomBytes - this.text.length;
    if (room <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const written = Math.min(room, bytes.length);
    this.text += bytes.toString('latin1', 0, written);
    return written;
  }

  truncate(sizeBytes: number): void {
    if (!this.mayTruncate) throw new Error('EIO');
    this.text = this.text.slice(0, sizeBytes);
  }

  close(): void {}
}

test('a receipt is in the file when append returns', async (t) => {
  const path = await receiptsPath(t);
  const log = openReceiptLog(path);
  assert.equal(log.append(receipt('1')), true);
  assert.equal(readFileSync(path, 'utf8'), receiptLine(receipt('1')));
  log.close();
});

test('a file that is there is added to, and gets its last LF first', async (t) => {
  for (const [before, after] of [
    ['', ''],
    ['{"v":1}\n', '{"v":1}\n'],
    ['{"v":1', '{"v":1\n'],
  ] as const) {
    const path = await receiptsPath(t);
    writeFileSync(path, before);
    const log = openReceiptLog(path);
    assert.equal(readFileSync(path, 'utf8'), after);
    log.append(receipt('1'));
    log.close();
    assert.equal(readFileSync(path, 'utf8'), after + receiptLine(receipt('1')));
  }
});

test('acknowledgements wait for company, and all are written at the end', async (t) => {
  t.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ['setTimeout'] });
  const disk = new SmallDisk(10_000);
  const log = createReceiptLog(disk);
  log.acknowledge('1');
  mock.timers.tick(5);
  log.acknowledge('2');
  assert.equal(disk.text, '');
  mock.timers.tick(5);
  assert.equal(disk.text, '{"v":1,"ack":"1"}\n{"v":1,"ack":"2"}\n');
  log.acknowledge('3');
  log.close();
  assert.match(disk.text, /"2"}\n\{"v":1,"ack":"3"}\n$/);
  const whole = disk.text;
  log.acknowledge('4');
  log.close();
  mock.timers.tick(100);
  assert.equal(disk.text, whole);
});

test('a line that does not fit is cut off again, and the next one that fits is whole', () => {
  const line = receiptLine(receipt('1'));
  const disk = new SmallDisk(line.length + 10);
  const log = createReceiptLog(disk);
  assert.equal(log.append(receipt('1')), true);
  assert.equal(log.append(receipt('2')), false);
  assert.equal(disk.text, line);
  disk.roomBytes = line.length;
  assert.equal(log.append(receipt('3')), false);
  assert.equal(disk.text, line);
  disk.roomBytes = 10_000;
  assert.equal(log.append(receipt('4')), true);
  assert.equal(disk.text, line + receiptLine(receipt('4')));
});

test('a piece that cannot be cut off ends its line before the next one begins', () => {
  const disk = new SmallDisk(10);
  disk.mayTruncate = false;
  const log = createReceiptLog(disk);
  assert.equal(log.append(receipt('1')), false);
  disk.roomBytes = 20;
  assert.equal(log.append(receipt('2')), false);
  disk.roomBytes = 10_000;
  assert.equal(log.append(receipt('3')), true);
  assert.equal(disk.text.split('\n').at(-2), receiptLine(receipt('3')).trimEnd());
});

test('where a piece could not be cut off, no receipt after it is cut instead', () => {
  const disk = new SmallDisk(10);
  disk.mayTruncate = false;
  const log = createReceiptLog(disk);
  assert.equal(log.append(receipt('1')), false);
  disk.roomBytes = 10_000;
  assert.equal(log.append(receipt('2')), true);
  const before = disk.text;
  disk.mayTruncate = true;
  disk.roomBytes = before.length + 5;
  assert.equal(log.append(receipt('3')), false);
  assert.equal(disk.text, before);
});

test('a log that is cleared begins anew, whatever it had before', () => {
  const line = receiptLine(receipt('2'));
  const disk = new SmallDisk(10);
  disk.mayTruncate = false;
  const log = createReceiptLog(disk);
  log.append(receipt('1'));
  log.acknowledge('1');
  disk.mayTruncate = true;
  log.clear();
  assert.equal(disk.text, '');
  disk.roomBytes = 10_000;
  assert.equal(log.append(receipt('2')), true);
  assert.equal(disk.text, line);
  log.clear();
  disk.roomBytes = 5;
  assert.equal(log.append(receipt('3')), false);
  disk.roomBytes = 10_000;
  log.close();
  assert.equal(disk.text, '');
});

test('acknowledgements that did not fit are written when there is room', (t) => {
  t.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ['setTimeout'] });
  const disk = new SmallDisk(5);
  const log = createReceiptLog(disk);
  log.acknowledge('1');
  mock.timers.tick(10);
  assert.equal(disk.text, '');
  disk.roomBytes = 1000;
  log.close();
  assert.equal(disk.text, '{"v":1,"ack":"1"}\n');
});

test('a folder that is not there is an environment error', () => {
  assert.throws(
    () => openReceiptLog('/nonexistent/receipts.ndjson'),
    (error: unknown) => error instanceof EnvironmentError && error.code === 'SINK_RECEIPTS_UNWRITABLE',
  );
});

test('a pipe is refused: one that nobody reads would stop the sink', async (t) => {
  const path = await receiptsPath(t);
  execFileSync('mkfifo', [path]);
  assert.throws(() => openReceiptLog(path), { code: 'SINK_RECEIPTS_UNWRITABLE' });
});
