import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ReceiptPages } from '#src/sink/receipts/receipt-pages.js';

function files(t: TestContext, ...texts: string[]): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'receipt-pages-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return texts.map((text, index) => {
    const path = join(dir, `r.${index}`);
    writeFileSync(path, text);
    return path;
  });
}

async function read(pages: ReceiptPages, after: string | null): Promise<{ text: string; next: string }> {
  const page = await pages.page(after);
  assert.ok(page);
  return { text: Buffer.concat(page.lines).toString(), next: page.next };
}

test('a line that is still being written is left for the next page', async (t) => {
  const paths = files(t, 'a1\na2\na', 'b1\n');
  const pages = new ReceiptPages(paths, 'era');
  const first = await read(pages, null);
  assert.equal(first.text, 'a1\na2\nb1\n');
  appendFileSync(paths[0] ?? '', '3\n');
  const second = await read(pages, first.next);
  assert.equal(second.text, 'a3\n');
  assert.equal((await read(pages, second.next)).text, '');
});

test('pages are bounded, and together they are everything', async (t) => {
  const lines = Array.from({ length: 100 }, (_, n) => `line ${n}\n`);
  const pages = new ReceiptPages(files(t, lines.join(''), 'x\n', lines.join('')), 'era', 64);
  let [all, after, empty] = ['', null as string | null, false];
  while (!empty) {
    const { text, next } = await read(pages, after);
    assert.ok(text.length <= 64);
    all += text;
    after = next;
    empty = text === '';
  }
  assert.equal(all, `${lines.join('')}x\n${lines.join('')}`);
});

test('a line longer than a page is a page of its own', async (t) => {
  const pages = new ReceiptPages(files(t, `${'x'.repeat(300)}\n${'y'.repeat(300)}\n`, 'short\n'), 'era', 64);
  const first = await read(pages, null);
  const second = await read(pages, first.next);
  assert.equal(first.text, `${'x'.repeat(300)}\n`);
  assert.equal(second.text, `${'y'.repeat(300)}\n`);
  assert.equal((await read(pages, second.next)).text, 'short\n');
});

test('a cursor that is not of these files now is unknown', async (t) => {
  const pages = new ReceiptPages(files(t, 'a\n'), 'era');
  for (const cursor of ['', 'era', 'other-0', 'era-0-0', 'era-x', 'era--1', `era-${'9'.repeat(20)}`]) {
    assert.equal(await pages.page(cursor), null, cursor);
  }
});
