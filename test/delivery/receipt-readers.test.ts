import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { receiptLine } from '#src/delivery/receipt.js';
import { createReceiptReaders } from '#src/delivery/receipt-readers.js';
import { temporaryDir } from '../tmp.js';
import { sampleReceipt } from './sample-receipt.js';

test('all files have one reader, all URLs another, and nothing none', async (t) => {
  const directory = await temporaryDir(t);
  const paths = [1, 2].map((number) => join(directory, `${number}.ndjson`));
  for (const [index, path] of paths.entries()) writeFileSync(path, receiptLine(sampleReceipt(index)));
  const url = 'http://127.0.0.1:9/';
  assert.deepEqual(
    [[], [url], [paths[0] ?? '', url, paths[1] ?? '', url]].map(
      (sources) => createReceiptReaders(sources).length,
    ),
    [0, 1, 2],
  );

  const told: string[] = [];
  for (const reader of createReceiptReaders(paths)) {
    await reader.open({ receipt: ({ id }) => told.push(id), acknowledged() {}, skipped() {} });
    await reader.read();
    await reader.close();
  }
  assert.deepEqual(told, [sampleReceipt(0).id, sampleReceipt(1).id]);
});
