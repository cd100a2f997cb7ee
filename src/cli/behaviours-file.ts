/**
 * The file of `--behaviours`, as text: at most 1 MiB of UTF-8, from a file or a pipe. Never reads more than that, so that
 * /dev/zero or the wrong file ends with a sentence. What it says is judged where behaviours are loaded.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { EnvironmentError, UsageError } from '../errors.js';

const MAX_FILE_BYTES = 1024 * 1024;

/** Throws EnvironmentError SINK_BEHAVIOURS_UNREADABLE and UsageError SINK_BEHAVIOURS_INVALID. */
export function readBehavioursFile(path: string): string {
  const content = readStart(path, MAX_FILE_BYTES + 1);
  if (content.length > MAX_FILE_BYTES) {
    throw invalid(`the file of --behaviours is larger than ${MAX_FILE_BYTES} bytes: ${path}`, {
      hint: 'Is it the right file? What misbehaves often needs few lines.',
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw invalid(`the file of --behaviours is not UTF-8 text: ${path}`, { hint: 'Save it as UTF-8.' });
  }
}

function invalid(message: string, { hint }: { readonly hint: string }): UsageError {
  return new UsageError('SINK_BEHAVIOURS_INVALID', message, { hint });
}

function readStart(path: string, limitBytes: number): Buffer {
  try {
    return readUpTo(path, limitBytes);
  } catch (cause) {
    throw new EnvironmentError(
      'SINK_BEHAVIOURS_UNREADABLE',
      `cannot read the file of --behaviours: ${path}`,
      { hint: 'Check the path and that you may read it.', cause },
    );
  }
}

function readUpTo(path: string, limitBytes: number): Buffer {
  const bytes = Buffer.alloc(limitBytes);
  const fd = openSync(path, 'r');
  try {
    for (let length = 0; ; ) {
      const read = length < limitBytes ? readSync(fd, bytes, length, limitBytes - length, null) : 0;
      if (read === 0) return bytes.subarray(0, length);
      length += read;
    }
  } finally {
    closeSync(fd);
  }
}
