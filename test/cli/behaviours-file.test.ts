import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readBehavioursFile } from '#src/cli/behaviours-file.js';

test('a file of at most 1 MiB is read as UTF-8', (context) => {
  const text = `# ü${' '.repeat(1024 * 1024 - 4)}`;
  assert.equal(readBehavioursFile(fileWith(context, text)), text);
  assert.equal(readBehavioursFile('/dev/null'), '');
});

test('a file that is larger, without end, or not text is refused', (context) => {
  const large = fileWith(context, 'x'.repeat(1024 * 1024 + 1));
  for (const path of [large, '/dev/zero', fileWith(context, Buffer.from([0x67, 0xfc]))]) {
    assert.throws(() => readBehavioursFile(path), { code: 'SINK_BEHAVIOURS_INVALID' }, path);
  }
});

test('a file that is not there and a folder cannot be read', () => {
  for (const path of ['/nonexistent/x.yaml', '/']) {
    assert.throws(() => readBehavioursFile(path), { code: 'SINK_BEHAVIOURS_UNREADABLE' }, path);
  }
});

function fileWith(context: { after(callback: () => void): void }, content: string | Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'behaviours-file-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'behaviours.yaml');
  writeFileSync(path, content);
  return path;
}
