/**
 * Files that a scenario names: read once, while it is resolved, so that shards need no disk.
 *
 * Paths are relative to the scenario file. Only regular files of bounded size are read: a pipe or a device could
 * block or never end. A fault is a sentence for a problem, never an exception.
 */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { logFile } from './file-log.js';

export interface Fault {
  readonly message: string;
  readonly hint: string;
}

export interface Limit {
  readonly bytes: number;
  /** What a file over the limit is told. */
  readonly hint: string;
  /** What is in it is a secret, or may be. */
  readonly isSecret?: true;
}

/** The file's bytes, or why there are none. */
export function readBeside(folder: string, path: string, limit: Limit): Buffer | Fault {
  const full = resolve(folder, path);
  try {
    const stats = statSync(full);
    if (!stats.isFile()) return { message: `is no regular file: ${full}`, hint: 'Name a file.' };
    if (stats.size > limit.bytes) return { message: `is ${stats.size} bytes, too large`, hint: limit.hint };
    const content = readFileSync(full);
    if (limit.isSecret !== true) logFile(full, content);
    return content;
  } catch (error) {
    return {
      message: `cannot be read: ${full} (${reasonOf(error)})`,
      hint: 'Paths are relative to the scenario file.',
    };
  }
}

/** `ENOENT`, or whatever the system said. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
