import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CsvFault, type Row, readCsv } from '#src/scenario/csv.js';
import { temporaryDir } from '../tmp.js';

async function rowsOf(t: Parameters<typeof temporaryDir>[0], content: string | Buffer) {
  const dir = await temporaryDir(t);
  writeFileSync(join(dir, 'f.csv'), content);
  return readCsv<readonly Row[]>('f.csv', dir, (rows) => [...rows]);
}

test('rows have the numbers of their lines; empty lines, CRLF and a byte order mark are nothing', async (t) => {
  assert.deepEqual(await rowsOf(t, '\ufeffa,b\r\n\r\n"c,d","e""f"\n,'), [
    { line: 1, fields: ['a', 'b'] },
    { line: 3, fields: ['c,d', 'e"f'] },
    { line: 4, fields: ['', ''] },
  ]);
});

test('a quote that does not fit is a fault of its line, and quotes nothing', async (t) => {
  for (const row of ['a"b', '"a', '"a"b', 'a,"b"c']) {
    const fault = await rowsOf(t, `x\n${row}\n`);
    assert.ok('message' in fault);
    assert.equal(fault.message, 'line 2 has a quote that does not fit');
  }
});

test('what is no UTF-8 is a fault, and so is a file that is not there', async (t) => {
  assert.deepEqual(await rowsOf(t, Buffer.from([0xff, 0xfe])), {
    message: 'is not UTF-8 text',
    hint: 'Save it as UTF-8.',
  });
  assert.match((readCsv('none.csv', '.', () => null) as { message: string }).message, /ENOENT/);
});

test('only a fault of the file is one: anything else is thrown on', async (t) => {
  const dir = await temporaryDir(t);
  writeFileSync(join(dir, 'f.csv'), 'a');
  const fault = readCsv('f.csv', dir, () => {
    throw new CsvFault(7, 'is odd', 'Make it even.');
  });
  assert.deepEqual(fault, { message: 'line 7 is odd', hint: 'Make it even.' });
  assert.throws(() => {
    readCsv('f.csv', dir, () => {
      throw new TypeError('a bug');
    });
  }, TypeError);
});
