/**
 * Atomic file: a file that is there whole or not at all, whatever happens while it is written.
 *
 * Written under a temporary name in the same folder, flushed to disk, then renamed over its name.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { writeError } from './file-error.js';

export class AtomicFile {
  readonly path: string;
  readonly #temporaryPath: string;
  readonly #file: number;

  /** Replaces what stands at `path`, but only when it is committed. @throws EnvironmentError */
  constructor(path: string) {
    this.path = path;
    this.#temporaryPath = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
    this.#file = orWriteError(path, () => openSync(this.#temporaryPath, 'w'));
  }

  /** May be called many times. @throws EnvironmentError; then call abandon. */
  write(data: string | Uint8Array): void {
    orWriteError(this.path, () => writeFileSync(this.#file, data));
  }

  /** Nothing can be written afterwards. @throws EnvironmentError, having removed the temporary file */
  commit(): void {
    try {
      orWriteError(this.path, () => {
        fsyncSync(this.#file);
        closeSync(this.#file);
        renameSync(this.#temporaryPath, this.path);
      });
    } catch (error) {
      rmSync(this.#temporaryPath, { force: true });
      throw error;
    }
  }

  /** Leaves what stood at `path` before. */
  abandon(): void {
    closeSync(this.#file);
    rmSync(this.#temporaryPath, { force: true });
  }
}

/** Writes one file whole. @throws EnvironmentError */
export function writeAtomically(path: string, data: string | Uint8Array): void {
  const file = new AtomicFile(path);
  try {
    file.write(data);
  } catch (error) {
    file.abandon();
    throw error;
  }
  file.commit();
}

function orWriteError<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw writeError(error, path);
  }
}
