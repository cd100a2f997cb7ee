import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import type { DeliveryReader } from '#src/delivery/reader.js';
import { acknowledgementLine, receiptLine } from '#src/delivery/receipt.js';
import { createReceiptUrlReader, isReceiptUrl } from '#src/delivery/receipt-url.js';
import { sampleReceipt } from './sample-receipt.js';

test('receipts are asked for after the last cursor, until nothing is new', async (t) => {
  const lines = [1, 2, 3, 4].map((number) => receiptLine(sampleReceipt(number)));
  const { reader, told, asked } = await serve(t, (after, answer) => {
    const from = Number(after ?? 0);
    page(answer, lines.slice(from, from + 2).join(''), String(Math.min(from + 2, lines.length)));
  });
  await reader.read();
  lines.push(acknowledgementLine('boot-4'));
  await reader.read();
  assert.deepEqual(told, [
    'receipt boot-1',
    'receipt boot-2',
    'receipt boot-3',
    'receipt boot-4',
    'ack boot-4',
  ]);
  assert.deepEqual(asked.slice(0, 3), ['/receipts', '/receipts?after=2', '/receipts?after=4']);
});

test('a sink that was started again is read from the start', async (t) => {
  let isRestarted = false;
  const { reader, told } = await serve(t, (after, answer) => {
    if (!isRestarted) page(answer, receiptLine(sampleReceipt(1)), 'a1');
    else if (after === 'a1') answer.writeHead(410).end();
    else page(answer, after === null ? receiptLine(sampleReceipt(2)) : '', 'b1');
  });
  isRestarted = true;
  await reader.read();
  assert.deepEqual([told[0], told[2]], ['receipt boot-1', 'receipt boot-2']);
  assert.match(told[1] ?? '', /was started again; its receipts are read from the start/);
});

test('damaged lines are counted over all reads, and trouble in the middle is told and not thrown', async (t) => {
  let status = 200;
  const { reader, told, url } = await serve(t, (after, answer) => {
    if (status === 200)
      page(answer, after === null ? '{"v":1}\nnothing\n' : after === 'x' ? '{\n' : '', `${after ?? ''}x`);
    else answer.writeHead(status).end('no');
  });
  assert.equal(await reader.read(), true);
  status = 500;
  assert.equal(await reader.read(), false);
  await reader.close();
  assert.deepEqual(told, [
    `Receipts could not be read from ${url}: the answer was 500 without X-Mailbench-Next.`,
    `3 lines of ${url} could not be used and were left out.`,
  ]);
});

test('a line that never ends is not kept, and the reader says so', async (t) => {
  let isEndless = false;
  const { reader, told, url } = await serve(t, (_after, answer) => {
    if (isEndless) page(answer, 'x'.repeat(9 * 1024 * 1024), 'y');
    else page(answer, '', 'x');
  });
  isEndless = true;
  assert.equal(await reader.read(), false);
  assert.deepEqual(told, [`Receipts could not be read from ${url}: a line is longer than 8 MiB.`]);
});

test('a last line without LF counts as a line', async (t) => {
  const { told } = await serve(t, (_after, answer) => {
    page(answer, receiptLine(sampleReceipt(1)) + receiptLine(sampleReceipt(2)).trimEnd(), 'x');
  });
  assert.deepEqual(told, ['receipt boot-1', 'receipt boot-2']);
});

test('one look follows a thousand answers at most, and is not whole where there may be more', async (t) => {
  let count = 0;
  const { reader, asked } = await serve(t, (_after, answer) => {
    count++;
    page(answer, acknowledgementLine('boot-1'), String(count));
  });
  asked.length = 0;
  assert.equal(await reader.read(), false);
  assert.equal(asked.length, 1_000);
});

test('a sink that is gone keeps a look from being whole, and the reader says why', async (t) => {
  const { reader, told, url, stop } = await serve(t, (_after, answer) => page(answer, '', 'x'));
  await stop();
  assert.equal(await reader.read(), false);
  assert.match(told.join(), new RegExp(`^Receipts could not be read from ${url}: .*ECONNREFUSED`));
});

test('an answer that never comes is left when the reader is closed', async (t) => {
  let isOpen = false;
  const { reader } = await serve(t, (_after, answer) => {
    if (!isOpen) page(answer, '', 'x');
  });
  isOpen = true;
  const reading = reader.read();
  await reader.close();
  assert.equal(await reading, false);
});

test('an address that nobody answers at is an error when it is opened', async () => {
  const reader = createReceiptUrlReader(['http://127.0.0.1:9']);
  await assert.rejects(reader.open({ receipt() {}, acknowledged() {}, skipped() {} }), {
    code: 'DELIVERY_RECEIPTS_UNREADABLE',
  });
});

test('a sink that sends its reader elsewhere is not followed', async (t) => {
  let isElsewhere = false;
  const { reader, told, url, asked } = await serve(t, (_after, answer) => {
    if (isElsewhere) answer.writeHead(302, { location: '/receipts', 'x-mailbench-next': 'y' }).end();
    else page(answer, '', 'x');
  });
  isElsewhere = true;
  asked.length = 0;
  assert.equal(await reader.read(), false);
  assert.equal(asked.length, 1);
  assert.match(told.join(), new RegExp(`^Receipts could not be read from ${url}: `));
  assert.doesNotMatch(told.join(), /302/, 'it is told before the answer is looked at');
});

test('a user or a password in an address is refused and never told', async () => {
  for (const url of ['http://me:s3cret@127.0.0.1:9', 'HTTP://s3cret@[::1]:9/receipts']) {
    const reader = createReceiptUrlReader([url]);
    await assert.rejects(reader.open({ receipt() {}, acknowledged() {}, skipped() {} }), (error: Error) => {
      assert.doesNotMatch(inspect(error, { depth: 9 }), /s3cret/);
      assert.match(error.message, /^receipts cannot be read from http:\/\/\*\*\*@.*is not used$/i);
      return true;
    });
  }
});

test('what begins with http:// or https:// is a URL, anything else a file', () => {
  assert.deepEqual(
    ['http://127.0.0.1:1', 'HTTPS://x/receipts', 'receipts.ndjson', './http:', '/tmp/https'].map(
      isReceiptUrl,
    ),
    [true, true, false, false, false],
  );
});

function page(answer: ServerResponse, lines: string, next: string): void {
  answer.writeHead(200, { 'x-mailbench-next': next }).end(lines);
}

async function serve(
  t: TestContext,
  onAsked: (after: string | null, answer: ServerResponse) => void,
): Promise<{
  reader: DeliveryReader;
  told: string[];
  asked: string[];
  url: string;
  stop: () => Promise<void>;
}> {
  const asked: string[] = [];
  const server = createServer((request, answer) => {
    asked.push(request.url ?? '');
    onAsked(new URL(request.url ?? '', 'http://x').searchParams.get('after'), answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  t.after(stop);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const told: string[] = [];
  const reader = createReceiptUrlReader([url]);
  await reader.open({
    receipt: ({ id }) => told.push(`receipt ${id}`),
    acknowledged: (id) => told.push(`ack ${id}`),
    skipped: (what) => told.push(what),
  });
  return { reader, told, asked, url, stop };
}
