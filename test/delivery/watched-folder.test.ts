import assert from 'node:assert/strict';
import { chmod, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { WatchedFolder } from '#src/delivery/watched-folder.js';
import { temporaryDir } from '../tmp.js';

const names = (folder: WatchedFolder) =>
  folder
    .list()
    ?.map(({ name }) => name)
    .sort();

test('a folder that changed a moment ago is listed again, though its time is the same', async (t) => {
  const dir = await temporaryDir(t);
  const folder = new WatchedFolder(dir);
  const now = new Date();
  await utimes(dir, now, now);
  assert.deepEqual(names(folder), []);
  await writeFile(join(dir, 'a'), '');
  await utimes(dir, now, now);
  assert.deepEqual(names(folder), ['a']);
});

test('a folder that changed long ago is listed once, until it changes or is said to have', async (t) => {
  const dir = await temporaryDir(t);
  await writeFile(join(dir, 'a'), '');
  await utimes(dir, 0, 1000);
  const folder = new WatchedFolder(dir);
  assert.deepEqual(names(folder), ['a']);
  assert.equal(names(folder), undefined);
  folder.unsettle();
  assert.deepEqual(names(folder), ['a']);
  await writeFile(join(dir, 'b'), '');
  await utimes(dir, 0, 2000);
  assert.deepEqual(names(folder), ['a', 'b']);
  assert.equal(names(folder), undefined);
});

test('one that goes and comes again is listed, a link only where it may be followed', async (t) => {
  const dir = await temporaryDir(t);
  const path = join(dir, 'folder');
  const folder = new WatchedFolder(path);
  assert.equal(names(folder), undefined);
  for (const name of ['a', 'b']) {
    await mkdir(path);
    await writeFile(join(path, name), '');
    await utimes(path, 0, 1000);
    assert.deepEqual(names(folder), [name]);
    await rm(path, { recursive: true });
    assert.equal(names(folder), undefined);
  }
  await mkdir(path);
  await symlink(path, join(dir, 'link'));
  assert.equal(names(new WatchedFolder(join(dir, 'link'))), undefined);
  assert.deepEqual(names(new WatchedFolder(join(dir, 'link'), { isLinkFollowed: true })), []);
  if (process.getuid?.() === 0) return;
  await chmod(path, 0);
  assert.throws(() => folder.list(), { code: 'EACCES' });
  assert.throws(() => folder.list(), { code: 'EACCES' });
  await chmod(path, 0o700);
  assert.deepEqual(names(folder), []);
});
