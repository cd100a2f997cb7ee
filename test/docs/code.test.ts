import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openScenario } from '#src/scenario/open-scenario.js';
import { CODE_FUNCTIONS } from '#src/scenario/scenario.js';
import { codeFolder } from '../code/code-files.js';
import { codeBlocks, codeSpans, tableRows } from './markdown.js';

const page = readFileSync(new URL('../../docs/code.md', import.meta.url), 'utf8');

test('every module in code.md is a scenario that loads', async (t) => {
  const modules = codeBlocks(page).filter(({ info }) => info === 'ts');
  assert.ok(modules.length >= 1);
  for (const { text } of modules) {
    const file = join(await codeFolder(t, { 's.ts': text }), 's.ts');
    await openScenario({ file, flags: {}, env: {}, drawSeed: () => 1 });
  }
});

test('code.md lists exactly the functions that there are', () => {
  const listed = tableRows(page, 'The functions').map(([cell = '']) =>
    codeSpans(cell)[0]?.replace(/\(.*/, ''),
  );
  assert.deepEqual(listed, [...CODE_FUNCTIONS]);
});
