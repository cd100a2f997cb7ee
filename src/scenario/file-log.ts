/**
 * File log: which files a scenario was made of, as digests.
 *
 * Files are read in many places, all while one scenario is loaded and without a pause, so the log of that moment is kept
 * here instead of being passed through all of them. What holds secrets is left out: a digest of a short password gives it away.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface FileDigest {
  /** Absolute. */
  readonly path: string;
  readonly sha256: string;
}

let open: Map<string, string> | null = null;

/** Does something that reads files, which must not be asynchronous, and says which. */
export function withFileLog<T>(what: () => T): { readonly value: T; readonly files: readonly FileDigest[] } {
  const outer = open;
  const log = new Map<string, string>();
  open = log;
  try {
    const value = what();
    return { value, files: [...log].map(([path, sha256]) => ({ path, sha256 })) };
  } finally {
    open = outer;
  }
}

export function logFile(path: string, content: Buffer): void {
  if (open === null || open.has(path)) return;
  open.set(path, digestOf(content));
}

function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** null when it cannot be read. */
export function digestOfFile(path: string): string | null {
  try {
    return digestOf(readFileSync(path));
  } catch {
    return null;
  }
}
