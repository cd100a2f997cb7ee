/**
 * Kept mail: a folder that gets every accepted message as `<receipt id>.eml`, byte for byte as received.
 *
 * A file appears whole or not at all: it is written under another name first. Not flushed to the disk.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError } from '../../errors.js';

export interface KeptMail {
  /** False when it could not be written: then nothing is left of it. */
  keep(id: string, message: Buffer): boolean;
  /** Takes back what was kept. Never throws. */
  forget(id: string): void;
}

/** @throws EnvironmentError SINK_KEEP_UNWRITABLE when there is no such folder and none can be made */
export function openKeptMail(folder: string): KeptMail {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new EnvironmentError('SINK_KEEP_UNWRITABLE', `cannot keep messages in ${folder}`, {
      hint: 'Check that it is a folder, or may become one, and that you may write there.',
      cause,
    });
  }
  const pathOf = (id: string) => join(folder, `${id}.eml`);
  return {
    keep: (id, message) => writeWhole(pathOf(id), message),
    forget: (id) => remove(pathOf(id)),
  };
}

function writeWhole(path: string, message: Buffer): boolean {
  const draft = `${path}.tmp`;
  try {
    writeFileSync(draft, message);
    renameSync(draft, path);
    return true;
  } catch {
    remove(draft);
    return false;
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}
