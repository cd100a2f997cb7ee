/**
 * The files of a corpus: which there are, and of which kind the whole is.
 *
 * A Maildir has the folders cur and new; another folder is searched, with those in it, for .eml files; a file is an mbox if
 * it begins as one, else one message. Names that begin with a dot are passed over. In order of their names, byte by byte,
 * so that every host makes the same corpus of the same files.
 */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { CorpusMessages } from '../../scenario/scenario.js';
import { unreadable } from './corpus-error.js';

export interface CorpusFiles {
  readonly format: 'eml' | 'mbox' | 'maildir';
  readonly paths: readonly string[];
}

/** Throws UsageError where there is nothing of the kind. */
export function findCorpusFiles({ path, format }: Pick<CorpusMessages, 'path' | 'format'>): CorpusFiles {
  try {
    const found = statSync(path);
    if (found.isDirectory()) return inFolder(path, format);
    // A pipe that nobody writes to would be waited for.
    if (!found.isFile()) throw unreadable(path, 'is neither a file nor a folder');
    return oneFile(path, format);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function oneFile(path: string, format: CorpusMessages['format']): CorpusFiles {
  if (format === 'maildir') throw unreadable(path, 'is a file, and a Maildir is a folder with cur and new');
  if (format === 'auto') return { format: beginsAsMbox(path) ? 'mbox' : 'eml', paths: [path] };
  return { format, paths: [path] };
}

function inFolder(path: string, format: CorpusMessages['format']): CorpusFiles {
  const names = readdirSync(path);
  const isMaildir = names.includes('cur') && names.includes('new');
  if (format === 'mbox') throw unreadable(path, 'is a folder, and an mbox is a file');
  if (format === 'maildir' && !isMaildir) throw unreadable(path, 'has no folders cur and new');
  const isEml = format === 'eml' || !isMaildir;
  const paths = isEml ? emlFilesIn(path) : [...filesIn(join(path, 'cur')), ...filesIn(join(path, 'new'))];
  if (paths.length === 0) throw unreadable(path, isEml ? 'holds no .eml file' : 'holds no message');
  return { format: isEml ? 'eml' : 'maildir', paths: isEml ? paths : paths.sort(byUniqueName) };
}

function emlFilesIn(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => byBytes(a.name, b.name))
    .flatMap((entry) => {
      const full = join(path, entry.name);
      if (entry.isDirectory()) return emlFilesIn(full);
      return /\.eml$/i.test(entry.name) && statSync(full).isFile() ? [full] : [];
    });
}

function filesIn(path: string): string[] {
  return readdirSync(path)
    .filter((name) => !name.startsWith('.'))
    .map((name) => join(path, name))
    .filter((full) => statSync(full).isFile());
}

/** Without the flags, which change when a message is read, as its folder does. */
function byUniqueName(a: string, b: string): number {
  return byBytes(uniqueName(a), uniqueName(b));
}

function uniqueName(path: string): string {
  return basename(path).replace(/:2,[A-Za-z]*$/, '');
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function beginsAsMbox(path: string): boolean {
  const file = openSync(path, 'r');
  const start = Buffer.alloc(5);
  try {
    readSync(file, start, 0, start.length, 0);
  } finally {
    closeSync(file);
  }
  return start.toString('latin1') === 'From ';
}
