/** Run list: the runs that a folder holds. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { MailbenchError } from '../errors.js';
import { readError } from './file-error.js';
import type { Result } from './result.js';
import { RUN_FILES, readResult } from './run-directory.js';
import { RUN_ID_PATTERN } from './run-id.js';

export type ListedRun =
  | { readonly result: Result }
  /** It could not be read, and why. */
  | { readonly unreadable: string };

/** Those right in it, newest first; not experiments, nor runs that are still under way. @throws EnvironmentError when the folder cannot be read */
export function* runsIn(out: string): Generator<ListedRun> {
  const ids = namesIn(out).filter((name) => RUN_ID_PATTERN.test(name));
  for (const id of ids.sort().reverse()) {
    const directory = join(out, id);
    if (existsSync(join(directory, RUN_FILES.result))) yield read(directory);
  }
}

function read(directory: string): ListedRun {
  try {
    return { result: readResult(directory) };
  } catch (error) {
    if (error instanceof MailbenchError) return { unreadable: error.message };
    throw error;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw readError(error, folder);
  }
}
