/**
 * What a failed file operation means to the person at the keyboard: one judgement for every file of a run directory.
 *
 * Writing problems are the machine's (EnvironmentError, exit 1); a path that cannot be read is the user's (UsageError).
 */
import { EnvironmentError, type MailbenchError, UsageError } from '../errors.js';

/** Error for a path that could not be written. */
export function writeError(cause: unknown, path: string): MailbenchError {
  const code = errnoOf(cause);
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new EnvironmentError('RESULT_DISK_FULL', `the disk is full: ${path} could not be written`, {
        hint: 'Free some space or choose another folder with --out; `mailbench report DIR` rebuilds the result from the journal.',
        cause,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new EnvironmentError('RESULT_NOT_WRITABLE', `${path} is not writable (${code})`, {
        hint: 'Choose a folder you may write to with --out.',
        cause,
      });
    case 'ENOTDIR':
      return new EnvironmentError('RESULT_NOT_A_DIRECTORY', `a part of ${path} is a file, not a folder`, {
        hint: 'Choose a folder with --out.',
        cause,
      });
    case 'EEXIST':
      return new EnvironmentError('RESULT_EXISTS', `${path} exists already`, {
        hint: 'A run never overwrites another one; move it away or choose another folder with --out.',
        cause,
      });
    default:
      return new EnvironmentError('RESULT_WRITE_FAILED', `${path} could not be written (${code})`, {
        hint: 'Check the disk, or choose another folder with --out.',
        cause,
      });
  }
}

/** Error for a path that could not be read. */
export function readError(cause: unknown, path: string): MailbenchError {
  const code = errnoOf(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new UsageError('RESULT_NOT_FOUND', `${path} does not exist`, {
      hint: 'Give the directory of a run, such as reports/latest.',
      cause,
    });
  }
  return new UsageError('RESULT_NOT_READABLE', `${path} could not be read (${code})`, {
    hint: 'Give the directory of a run, such as reports/latest, that you may read.',
    cause,
  });
}

/** `ENOENT` and the like; the message where there is no such code. */
export function errnoOf(error: unknown): string {
  if (error instanceof Error) return (error as NodeJS.ErrnoException).code ?? error.message;
  return String(error);
}
