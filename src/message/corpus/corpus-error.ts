/** What can be wrong with a corpus, as errors for the person who names it. */
import { MailbenchError, UsageError } from '../../errors.js';

/** @param reason a sentence without its subject, or what the system said */
export function unreadable(path: string, reason: unknown): MailbenchError {
  if (reason instanceof MailbenchError) return reason;
  const text = typeof reason === 'string' ? reason : `cannot be read (${codeOf(reason)})`;
  return new UsageError('MESSAGE_CORPUS_UNREADABLE', `The corpus ${JSON.stringify(path)} ${text}`, {
    hint: 'Name a folder of .eml files, an mbox file or a Maildir; `format:` says which where that is not plain.',
    cause: reason,
  });
}

export function changed(path: string): UsageError {
  return new UsageError(
    'MESSAGE_CORPUS_CHANGED',
    `The corpus has changed since the run began: ${JSON.stringify(path)}`,
    {
      hint: 'Leave the files as they are while they are being sent; copy a Maildir that is in use.',
    },
  );
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
