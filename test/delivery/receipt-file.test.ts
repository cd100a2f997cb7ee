import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { DeliveryReader } from '#src/delivery/reader.js';
import { acknowledgementLine, receiptLine } from '#src/delivery/receipt.js';
import { createReceiptFileReader } from '#src/delivery/receipt-file.js';
import { temporaryDir } from '../tmp.js';
import { sampleReceipt } from './sample-receipt.js';

test('each line that was added since the last time is told once', async (t) => {
  const { path, reader, told } = await open(t, receiptLine(sampleReceipt(1)));
  await reader.read();
  appendFileSync(path, receiptLine(sampleReceipt(2)) + acknowledgementLine('boot-1'));
  await reader.read();
  await reader.read();
  assert.deepEqual(told, ['receipt boot-1', 'receipt boot-2', 'ack boot-1']);
});

test('a line that is still being written is waited for', async (t) => {
  const { path, reader, told } = await open(t, receiptLine(sampleReceipt(1)));
  const line = receiptLine(sampleReceipt(2));
  appendFileSync(path, line.slice(0, 40));
  await reader.read();
  assert.deepEqual(told, ['receipt boot-1']);
  appendFileSync(path, line.slice(40));
  await reader.read();
  await reader.close();
  assert.deepEqual(told, ['receipt boot-1', 'receipt boot-2']);
});

test('a line that stays torn is left out and told of at the end', async (t) => {
  const { path, reader, told } = await open(t, receiptLine(sampleReceipt(1)).slice(0, 40));
  await reader.read();
  assert.deepEqual(told, []);
  await reader.close();
  assert.deepEqual(told, [`The last line of ${path} is torn; it was left out.`]);
});

test('damaged lines in the middle are left out, and counted over all reads', async (t) => {
  const torn = receiptLine(sampleReceipt(1)).slice(0, 40);
  const { path, reader, told } = await open(t, `${torn}\n{"v":2}\n${receiptLine(sampleReceipt(2))}`);
  await reader.read();
  appendFileSync(path, `{"foreign":true}\n${receiptLine(sampleReceipt(3))}`);
  await reader.read();
  await reader.close();
  await reader.close();
  assert.deepEqual(told, [
    'receipt boot-2',
    'receipt boot-3',
    `3 lines of ${path} could not be used and were left out.`,
  ]);
});

test('files of further processes are read too, whenever they appear', async (t) => {
  const { path, reader, told } = await open(t, receiptLine(sampleReceipt(1)));
  await reader.read();
  writeFileSync(`${path}.10`, receiptLine(sampleReceipt(4)));
  writeFileSync(`${path}.2`, receiptLine(sampleReceipt(3)));
  writeFileSync(`${path}.old`, receiptLine(sampleReceipt(5)));
  await reader.read();
  assert.deepEqual(told, ['receipt boot-1', 'receipt boot-3', 'receipt boot-4']);
});

test('a file that was removed is told of once and keeps reads from being whole until there is one again', async (t) => {
  const { path, reader, told } = await open(t, receiptLine(sampleReceipt(1)));
  assert.equal(await reader.read(), true);
  unlinkSync(path);
  assert.deepEqual([await reader.read(), await reader.read()], [false, false]);
  assert.deepEqual(told, ['receipt boot-1', `${path} was removed while it was read.`]);
  writeFileSync(path, receiptLine(sampleReceipt(2)));
  assert.equal(await reader.read(), true);
  assert.equal(told.at(-1), 'receipt boot-2');
});

test('a file that was replaced is read to its end, then the new one', async (t) => {
  const { path, reader, told } = await open(t, receiptLine(sampleReceipt(1)));
  await reader.read();
  appendFileSync(path, receiptLine(sampleReceipt(2)));
  renameSync(path, `${path}-old`);
  writeFileSync(path, receiptLine(sampleReceipt(3)));
  await reader.read();
  assert.deepEqual(told, [
    'receipt boot-1',
    'receipt boot-2',
    `${path} was replaced while it was read; the new one is read from its start.`,
    'receipt boot-3',
  ]);
});

test('a torn line at the end of a file that was replaced is told of', async (t) => {
  const { path, reader, told } = await open(t, receiptLine(sampleReceipt(1)).slice(0, 40));
  await reader.read();
  renameSync(path, `${path}-old`);
  writeFileSync(path, receiptLine(sampleReceipt(3)));
  assert.equal(await reader.read(), true);
  assert.deepEqual(told, [
    `${path} ended with a torn line when it was replaced.`,
    `${path} was replaced while it was read; the new one is read from its start.`,
    'receipt boot-3',
  ]);
});

test('a line that is too long ends with its file: the one that takes its place is read whole', async (t) => {
  const { path, reader, told } = await open(t, 'x'.repeat(10_000_000));
  await reader.read();
  renameSync(path, `${path}-old`);
  writeFileSync(path, receiptLine(sampleReceipt(3)));
  assert.equal(await reader.read(), true);
  assert.deepEqual(told, [
    `${path} holds a line of over 8 MiB; it was left out.`,
    `${path} ended with a torn line when it was replaced.`,
    `${path} was replaced while it was read; the new one is read from its start.`,
    'receipt boot-3',
  ]);
});

test('a file that something else took the place of is told of, and the look is not whole', async (t) => {
  const { path, reader, told } = await open(t, receiptLine(sampleReceipt(1)));
  assert.equal(await reader.read(), true);
  renameSync(path, `${path}-old`);
  mkdirSync(path);
  assert.equal(await reader.read(), false);
  assert.equal(told.at(-1), `${path} could not be read: it is no file.`);
  rmdirSync(path);
  writeFileSync(path, receiptLine(sampleReceipt(2)));
  assert.equal(await reader.read(), true);
  assert.equal(told.at(-1), 'receipt boot-2');
});

test('a file that was cut is read from its start again', async (t) => {
  const { path, reader, told } = await open(t, receiptLine(sampleReceipt(1)) + receiptLine(sampleReceipt(2)));
  await reader.read();
  truncateSync(path, 0);
  appendFileSync(path, receiptLine(sampleReceipt(3)));
  await reader.read();
  assert.deepEqual(told.slice(2), [
    `${path} was cut while it was read; it is read from its start again.`,
    'receipt boot-3',
  ]);
});

test('a piece of a line that its writer cut off again is not missed', async (t) => {
  const { path, reader, told } = await open(t, receiptLine(sampleReceipt(1)));
  const whole = receiptLine(sampleReceipt(1)).length;
  appendFileSync(path, receiptLine(sampleReceipt(2)).slice(0, 30));
  await reader.read();
  truncateSync(path, whole);
  appendFileSync(path, receiptLine(sampleReceipt(3)));
  await reader.read();
  assert.deepEqual(told, ['receipt boot-1', 'receipt boot-3']);
});

test('many lines, longer in all than what is read at once, come whole', async (t) => {
  const lines = Array.from({ length: 6_000 }, (_, number) => receiptLine(sampleReceipt(number)));
  const { reader, told } = await open(t, lines.join(''));
  await reader.read();
  assert.equal(told.length, 6_000);
  assert.equal(told[5_999], 'receipt boot-5999');
});

test('a line of over 8 MiB is left out, the next one is not', async (t) => {
  const { path, reader, told } = await open(t, `${'x'.repeat(10_000_000)}\n${receiptLine(sampleReceipt(1))}`);
  await reader.read();
  assert.deepEqual(told, [`${path} holds a line of over 8 MiB; it was left out.`, 'receipt boot-1']);
});

test('a file that is not there is an error when it is opened', async (t) => {
  const reader = createReceiptFileReader([join(await temporaryDir(t), 'nothing.ndjson')]);
  await assert.rejects(reader.open({ receipt() {}, acknowledged() {}, skipped() {} }), {
    code: 'DELIVERY_RECEIPTS_UNREADABLE',
  });
  await reader.close();
});

test('what is no file is an error when it is opened, and a pipe that nobody writes holds nobody up', async (t) => {
  const dir = await temporaryDir(t);
  const pipe = join(dir, 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (const path of [pipe, dir, '/dev/zero']) {
    const reader = createReceiptFileReader([path]);
    await assert.rejects(reader.open({ receipt() {}, acknowledged() {}, skipped() {} }), {
      code: 'DELIVERY_RECEIPTS_UNREADABLE',
      message: `receipts cannot be read from ${path}: it is no file`,
    });
    await reader.close();
  }
});

async function open(
  t: TestContext,
  text: string,
): Promise<{ path: string; reader: DeliveryReader; told: string[] }> {
  const path = join(await temporaryDir(t), 'receipts.ndjson');
  writeFileSync(path, text);
  const told: string[] = [];
  const reader = createReceiptFileReader([path]);
  await reader.open({
    receipt: ({ id }) => told.push(`receipt ${id}`),
    acknowledged: (id) => told.push(`ack ${id}`),
    skipped: (what) => told.push(what),
  });
  t.after(() => reader.close());
  return { path, reader, told };
}
