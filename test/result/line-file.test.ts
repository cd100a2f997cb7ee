import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { LineFile, readLines } from '#src/result/line-file.js';
import { SmallDisk } from '#test/result/small-disk.js';

const folder = mkdtempSync(join(tmpdir(), 'mailbench-'));
after(() => rmSync(folder, { recursive: true }));

async function linesOf(path: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(path)) lines.push(line);
  return lines;
}

test('a disk that takes a few bytes at a time still gets whole lines', () => {
  const disk = new SmallDisk(1000);
  new LineFile('x', disk).append('grüße\nworld\n');
  assert.equal(disk.content.toString(), 'grüße\nworld\n');
});

test('a full disk loses nothing that was written before, and no part of a line stays', () => {
  const disk = new SmallDisk(10);
  const file = new LineFile('reports/x/journal.ndjson', disk);
  file.append('first\n');
  assert.throws(() => file.append('second\n'), { code: 'RESULT_DISK_FULL' });
  assert.equal(disk.content.toString(), 'first\n');
});

test('when there is room again, writing goes on with whole lines', () => {
  const disk = new SmallDisk(10);
  const file = new LineFile('x', disk);
  file.append('first\n');
  assert.throws(() => file.append('second\n'));
  disk.roomBytes = 100;
  file.append('third\n');
  assert.equal(disk.content.toString(), 'first\nthird\n');
});

test('after a torn line that cannot be cut off nothing more is written', () => {
  const disk = new SmallDisk(10);
  disk.canTruncate = false;
  const file = new LineFile('x', disk);
  assert.throws(() => file.append('a long line\n'), { code: 'RESULT_DISK_FULL' });
  disk.roomBytes = 100;
  assert.throws(() => file.append('more\n'), { code: 'RESULT_DISK_FULL' });
  assert.equal(disk.content.toString(), 'a long lin');
});

test('a file that exists is never appended to', () => {
  const path = join(folder, 'taken');
  writeFileSync(path, 'mine\n');
  assert.throws(() => LineFile.create(path), { code: 'RESULT_EXISTS' });
  assert.equal(readFileSync(path, 'utf8'), 'mine\n');
});

test('any lines come back as they were written, whatever characters they hold', async () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', '\u2028\r'));
  let number = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        line.filter((text) => text !== ''),
        { maxLength: 20 },
      ),
      async (lines) => {
        const path = join(folder, `any-${number++}`);
        const file = LineFile.create(path);
        for (const text of lines) file.append(`${text}\n`);
        file.close();
        assert.deepEqual(await linesOf(path), lines);
      },
    ),
    { numRuns: 30 },
  );
});

test('lines longer than what is read at once are whole', async () => {
  const path = join(folder, 'long');
  const long = 'ü'.repeat(600_000);
  writeFileSync(path, `${long}\nshort`);
  assert.deepEqual(await linesOf(path), [long, 'short']);
});

test('a file that does not exist is said to be missing', async () => {
  await assert.rejects(linesOf(join(folder, 'none')), { code: 'RESULT_NOT_FOUND' });
});
