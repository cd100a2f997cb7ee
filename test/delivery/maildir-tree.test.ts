import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseMaildirPattern } from '#src/delivery/maildir-pattern.js';
import { MaildirTree } from '#src/delivery/maildir-tree.js';
import { temporaryDir } from '../tmp.js';

test('each Maildir is told once, also one that appears later and deeper', async (t) => {
  const dir = await temporaryDir(t);
  const tree = new MaildirTree(parseMaildirPattern(`${dir}/{{domain}}/{{user}}/Maildir`));
  const news = () =>
    tree.news(assert.fail).map(({ path, address }) => `${path.slice(dir.length)} ${address}`);
  assert.deepEqual(news(), []);
  await mkdir(join(dir, 'x.test/bob/Maildir/new'), { recursive: true });
  await mkdir(join(dir, 'x.test/eve'), { recursive: true });
  assert.deepEqual(news(), ['/x.test/bob/Maildir bob@x.test']);
  await mkdir(join(dir, 'x.test/eve/Maildir'));
  assert.deepEqual(news(), ['/x.test/eve/Maildir eve@x.test']);
  assert.deepEqual(news(), []);
});

test('files and links are no folders', async (t) => {
  const dir = await temporaryDir(t);
  await mkdir(join(dir, 'bob'));
  await symlink(join(dir, 'bob'), join(dir, 'eve'));
  await writeFile(join(dir, 'mallory'), '');
  const tree = new MaildirTree(parseMaildirPattern(`${dir}/{{user}}`));
  assert.deepEqual(
    tree.news(assert.fail).map(({ path }) => path),
    [join(dir, 'bob')],
  );
});

test('the part of the path that the user wrote may be a link', async (t) => {
  const dir = await temporaryDir(t);
  await mkdir(join(dir, 'there/bob'), { recursive: true });
  await symlink(join(dir, 'there'), join(dir, 'link'));
  const tree = new MaildirTree(parseMaildirPattern(`${dir}/link/{{user}}`));
  assert.deepEqual(
    tree.news(assert.fail).map(({ path }) => path),
    [join(dir, 'link/bob')],
  );
});

test('a path without words is one Maildir, told once whether it is there or not', () => {
  const tree = new MaildirTree(parseMaildirPattern('/nowhere/Maildir'));
  assert.deepEqual(tree.news(assert.fail), [{ path: '/nowhere/Maildir', address: '' }]);
  assert.deepEqual(tree.news(assert.fail), []);
});

test('a folder that cannot be looked into is told of', () => {
  const root = `/${'x'.repeat(300)}`;
  const troubles: string[] = [];
  const tree = new MaildirTree(parseMaildirPattern(`${root}/{{user}}`));
  const found = tree.news((path, error) => troubles.push(`${path} ${(error as NodeJS.ErrnoException).code}`));
  assert.deepEqual([found, troubles], [[], [`${root} ENAMETOOLONG`]]);
});
