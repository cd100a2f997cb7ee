/** Baselines: results that are kept under a name, in OUT/baselines/NAME, to compare others with. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../errors.js';
import type { Result } from './result.js';
import { makeFolders, writeResult } from './run-directory.js';

const FOLDER = 'baselines';
const NAME = /^(?!\d+$)[\w.-]{1,64}$/;

/** Replaces what was kept under that name. Returns its folder. @throws UsageError, EnvironmentError */
export function saveBaseline(out: string, name: string, result: Result): string {
  const folder = folderOf(out, name);
  makeFolders(resolve(folder));
  writeResult(folder, result);
  return folder;
}

/** @throws UsageError when there is none */
export function baselineFolder(out: string, name: string): string {
  const folder = folderOf(out, name);
  if (existsSync(join(folder, 'result.json'))) return folder;
  throw new UsageError('BASELINE_NOT_FOUND', `there is no baseline ${JSON.stringify(name)} in ${out}`, {
    hint: `Save one: mailbench compare latest --save-baseline ${NAME.test(name) ? name : 'main'}`,
  });
}

function folderOf(out: string, name: string): string {
  if (NAME.test(name) && !/^\.+$/.test(name)) return join(out, FOLDER, name);
  throw new UsageError('BASELINE_NAME', `${JSON.stringify(name)} is no name of a baseline`, {
    hint: 'Letters, digits, `.`, `_` and `-`, and not a number.',
  });
}
