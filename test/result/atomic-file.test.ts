import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { AtomicFile, writeAtomically } from '#src/result/atomic-file.js';

const folder = mkdtempSync(join(tmpdir(), 'mailbench-'));
after(() => rmSync(folder, { recursive: true }));

test('until it is committed the file keeps its former content', () => {
  const path = join(folder, 'a.txt');
  writeFileSync(path, 'before');
  const file = new AtomicFile(path);
  file.write('af');
  file.write('ter');
  assert.equal(readFileSync(path, 'utf8'), 'before');
  file.commit();
  assert.equal(readFileSync(path, 'utf8'), 'after');
});

test('an abandoned file leaves nothing behind', () => {
  const path = join(folder, 'b.txt');
  const file = new AtomicFile(path);
  file.write('x');
  file.abandon();
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('b.txt')),
    [],
  );
});

test('a name that cannot be replaced ends in an error and leaves no temporary file', () => {
  const inner = mkdtempSync(join(folder, 'd-'));
  const path = join(inner, 'taken');
  mkdtempSync(`${path}-`);
  const taken = join(inner, readdirSync(inner)[0] ?? '');
  assert.throws(() => writeAtomically(taken, 'x'), { name: 'EnvironmentError' });
  assert.equal(readdirSync(inner).length, 1);
});

test('a folder that is not there is named', () => {
  assert.throws(() => writeAtomically(join(folder, 'none', 'x'), 'x'), /none/);
});
