import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readMaildirMessage } from '#src/delivery/maildir-message.js';
import { temporaryDir } from '../tmp.js';

test('the size on the wire is the same with LF, with CRLF and with both, wherever the pieces are cut', async (t) => {
  const path = join(await temporaryDir(t), 'm');
  for (const around of [-2, -1, 0, 1]) {
    const text = `A: b\r\n\r\n${'x'.repeat(64 * 1024 - 8 + around)}\r\nlast\r\n`;
    for (const stored of [text, text.replaceAll('\r\n', '\n'), text.replace('\r\n', '\n')]) {
      await writeFile(path, stored);
      for (const wantsWhole of [true, false]) {
        const { bytes, whole, header } = await readMaildirMessage(path, () => wantsWhole);
        assert.equal(bytes, text.length, `${around} ${wantsWhole}`);
        assert.equal(whole?.length ?? null, wantsWhole ? text.length : null);
        assert.match(Buffer.from(header).toString(), /^A: b\r?\n\r?\n$/);
      }
    }
  }
});

test('a link, a pipe and a file that is gone are errors', async (t) => {
  const dir = await temporaryDir(t);
  await writeFile(join(dir, 'm'), 'A: b\n\n');
  await symlink(join(dir, 'm'), join(dir, 'link'));
  execFileSync('mkfifo', [join(dir, 'pipe')]);
  const read = (name: string) => readMaildirMessage(join(dir, name), () => true);
  await assert.rejects(read('link'), { code: 'ELOOP' });
  await assert.rejects(read('pipe'), /not a file/);
  await assert.rejects(read('gone'), { code: 'ENOENT' });
});
