/**
 * Which run was meant: a run directory or one of its files, `latest`, or a run's id, in the folder where runs are written.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findRunDirectory } from '../result/run-directory.js';

export const DEFAULT_OUT = 'reports';

/** What stands in the working folder comes first. @throws UsageError when there is none */
export function findRun(run: string): string {
  const isName = !/[/\\]/.test(run) && !existsSync(run);
  const inOut = join(DEFAULT_OUT, run);
  return findRunDirectory(isName && existsSync(inOut) ? inOut : run);
}
