/**
 * Run directory: OUT/<run-id>/ with its eight files, and OUT/latest, which leads to the newest.
 *
 * Creates, links, finds and reads it. `latest` is a symbolic link, or a file with the run's id where links are not
 * permitted; it is a convenience, so failing to set it never fails a run. A result is checked against its schema
 * when it is written and when it is read: what another tool finds on disk is what result.ts promises.
 */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { z } from 'zod';
import { BugError, UsageError } from '../errors.js';
import { writeAtomically } from './atomic-file.js';
import { errnoOf, readError, writeError } from './file-error.js';
import { type Result, resultSchema } from './result.js';

/** What a run directory holds. */
export const RUN_FILES = {
  result: 'result.json',
  report: 'report.html',
  summary: 'summary.md',
  junit: 'junit.xml',
  histograms: 'histograms.hlog',
  journal: 'journal.ndjson',
  messages: 'messages.ndjson',
  rerun: 'rerun.json',
} as const;

export const LATEST = 'latest';

/** A run's id, and the directory that is its own. */
export interface RunPlace {
  readonly id: string;
  readonly directory: string;
}

/** Makes OUT/<run-id>/ and returns its path. @throws EnvironmentError, also when that run exists */
export function createRunDirectory(out: string, runId: string): string {
  const directory = join(out, runId);
  try {
    makeFolders(resolve(out));
    mkdirSync(directory);
  } catch (error) {
    // mkdir over a file says EEXIST; for us a part of the path is not a folder.
    const isOutAFile = errnoOf(error) === 'EEXIST' && !isDirectory(out);
    throw writeError(
      isOutAFile ? Object.assign(new Error('not a folder'), { code: 'ENOTDIR' }) : error,
      directory,
    );
  }
  return directory;
}

/** Takes a directory away in which nothing was written yet; one that holds something stays. */
export function removeEmptyRunDirectory(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // It holds what somebody may want to see.
  }
}

/** Not mkdir's own `recursive`: on Node 20 that never returns where a file system refuses with ENOENT, as /proc does. */
export function makeFolders(path: string): void {
  if (existsSync(path)) return;
  makeFolders(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another run may make the same folder at the same moment.
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

/** Makes OUT/latest lead to this run, replacing the former one in one step. False when that was not possible. */
export function linkLatest(runDirectory: string): boolean {
  const runId = basename(resolve(runDirectory));
  const out = dirname(resolve(runDirectory));
  const temporary = join(out, `.${LATEST}.${runId}.tmp`);
  try {
    symlinkSync(runId, temporary, 'dir');
    renameSync(temporary, join(out, LATEST));
    return true;
  } catch {
    rmSync(temporary, { force: true });
    return writePointer(join(out, LATEST), runId);
  }
}

/**
 * Path of the run directory that was meant: a run directory, one of its files, or `latest` in whatever form.
 * @throws UsageError when there is none
 */
export function findRunDirectory(path: string): string {
  if (isDirectory(path)) return path;
  if (basename(path) === LATEST) {
    const target = join(dirname(path), readText(path).trim());
    if (isDirectory(target)) return target;
  }
  const isRunFile = Object.values<string>(RUN_FILES).includes(basename(path));
  if (isRunFile && isDirectory(dirname(path))) return dirname(path);
  throw new UsageError('RESULT_NOT_FOUND', `${path} is not the directory of a run`, {
    hint: 'Give the directory of a run, such as reports/latest.',
  });
}

/** Writes result.json. @throws BugError when the result breaks its own schema, EnvironmentError */
export function writeResult(runDirectory: string, result: Result): void {
  const checked = resultSchema.safeParse(result);
  if (!checked.success) {
    const issue = checked.error.issues[0]!;
    throw new BugError(`the result breaks its schema at ${issue.path.join('.')}: ${issue.message}`);
  }
  writeAtomically(join(runDirectory, RUN_FILES.result), `${JSON.stringify(result, null, 2)}\n`);
}

/** Reads result.json strictly. @throws UsageError naming the file and the first key that is wrong */
export function readResult(path: string): Result {
  const file = join(findRunDirectory(path), RUN_FILES.result);
  const value = parseJson(readText(file), file);
  checkVersion(value, file);
  const checked = resultSchema.safeParse(value);
  if (!checked.success) throw invalidResult(checked.error.issues[0]!, file);
  return checked.data;
}

function checkVersion(value: unknown, file: string): void {
  const version =
    typeof value === 'object' && value !== null ? Reflect.get(value, 'schemaVersion') : undefined;
  if (version === 1) return;
  throw new UsageError(
    'RESULT_VERSION_UNKNOWN',
    `${file}: schemaVersion is ${JSON.stringify(version) ?? 'missing'}, this mailbench reads 1`,
    {
      hint: 'It was written by another version of mailbench, or is no result; `mailbench report DIR` rebuilds it from the journal.',
    },
  );
}

function invalidResult(issue: z.core.$ZodIssue, file: string): UsageError {
  const at = issue.path.join('.') || 'the whole file';
  return new UsageError('RESULT_INVALID', `${file}: ${at}: ${issue.message}`, {
    hint: 'The file was changed; `mailbench report DIR` rebuilds it from the journal.',
  });
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError('RESULT_NOT_JSON', `${file} is not JSON: ${errnoOf(cause)}`, {
      hint: 'The file was damaged; `mailbench report DIR` rebuilds it from the journal.',
      cause,
    });
  }
}

function writePointer(path: string, runId: string): boolean {
  try {
    writeAtomically(path, `${runId}\n`);
    return true;
  } catch {
    return false;
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    throw readError(error, path);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw readError(error, path);
  }
}
