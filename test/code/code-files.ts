/** Scenario modules of tests: written into a folder of their own, because Node imports files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { digestOf } from '#src/code/import-module.js';
import type { CodeFile } from '#src/scenario/scenario.js';
import { temporaryDir } from '../tmp.js';

/** Writes the files and returns their folder. */
export async function codeFolder(
  t: Pick<TestContext, 'after'>,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = await temporaryDir(t);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** One module as a plan names it, with all its functions at line 1. */
export async function codeFile(
  t: Pick<TestContext, 'after'>,
  text: string,
  functions: readonly (keyof CodeFile['functions'])[],
): Promise<CodeFile> {
  const path = join(await codeFolder(t, { 's.mjs': text }), 's.mjs');
  const places = Object.fromEntries(functions.map((name) => [name, 's.mjs:1']));
  return { file: 's.mjs', path, sha256: digestOf(path), functions: places };
}
