/**
 * Thrown: from whatever scenario code threw to an error that says what and where, in the words of whoever wrote it.
 *
 * The place is the topmost frame of the stack that is neither Node's nor ours nor a package's. Type stripping keeps positions, so it is that
 * of the source. Of a file that could not even be read, the place stands in V8's stack above the message.
 */
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodeError } from '../errors.js';
import type { CodeFile } from '../scenario/scenario.js';

export interface Place {
  /** Absolute. */
  readonly path: string;
  /** From 1; null: not known. */
  readonly line: number;
  readonly column: number | null;
}

/** A file that is no JavaScript, or TypeScript that cannot be turned into it. */
export class CodeSyntaxError extends Error {
  /** What is wrong, without its place. */
  readonly reason: string;
  readonly place: Place;

  constructor(reason: string, place: Place) {
    // The message alone comes through from the thread of the hooks.
    super(`${reason} (${place.path}:${place.line}:${place.column ?? 1})`);
    this.name = 'CodeSyntaxError';
    this.reason = reason;
    this.place = place;
  }
}

type Named = Pick<CodeFile, 'file' | 'path'>;

/** `what` is the subject of a sentence, such as `message()`. */
export function thrownError(what: string, thrown: unknown, code: Named): CodeError {
  const place = thrownAt(thrown);
  const where = place === null ? ` in ${code.file}` : ` at ${placeText(place, code)}`;
  return threw(`${what} threw${where}`, thrown);
}

/** Of an exception that nobody caught: null where it is not scenario code's, which may have left something running. */
export function strayError(thrown: unknown): CodeError | null {
  const place = thrownAt(thrown);
  if (place === null) return null;
  const path = relative('.', place.path);
  return threw(`Scenario code threw at ${placeText(place, { file: path, path: place.path })}`, thrown);
}

function threw(what: string, thrown: unknown): CodeError {
  return new CodeError('CODE_THREW', `${what}: ${sentenceOf(thrown)}`, {
    hint: 'It is an exception of the scenario itself, not of mailbench.',
    cause: thrown,
  });
}

/** `scenario.ts:12:5`, as its user names the file. */
export function placeText({ path, line, column }: Place, code: Named): string {
  const folder = dirname(code.path);
  const beside = relative(folder, path);
  const shown = path === code.path ? code.file : isFar(beside) ? path : join(dirname(code.file), beside);
  return `${shown}:${line}${column === null ? '' : `:${column}`}`;
}

/** Name and message, on one line. */
export function sentenceOf(thrown: unknown): string {
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : textOf(thrown);
  return text.replace(/\s*\n\s*/g, ' ').slice(0, 500);
}

/** Where an exception came from; null where its stack leads to no user's file. */
export function thrownAt(thrown: unknown): Place | null {
  if (!(thrown instanceof Error)) return null;
  for (const line of String(thrown.stack ?? '').split('\n')) {
    const place = /^\s+at /.test(line) ? placeIn(line) : null;
    if (place !== null && isUsers(place.path)) return place;
  }
  return null;
}

/** What is wrong with a file that cannot be read as code, and where; null for any other error. */
export function syntaxFaultOf(
  thrown: unknown,
): { readonly reason: string; readonly place: Place | null } | null {
  if (!(thrown instanceof Error)) return null;
  const fault = /^(.*) \((\/.*|[A-Za-z]:.*):(\d+):(\d+)\)$/s.exec(thrown.message);
  if (fault !== null && thrown.name === 'CodeSyntaxError') {
    const [, reason = '', path = '', line, column] = fault;
    return { reason, place: { path, line: Number(line), column: Number(column) } };
  }
  const stack = String(thrown.stack ?? '');
  if (!(thrown instanceof SyntaxError) || !isOfLoader(stack)) return null;
  return { reason: thrown.message, place: placeAboveMessage(stack) };
}

/** Node's loader threw it, not code that parses something. */
function isOfLoader(stack: string): boolean {
  const first = stack.split('\n').find((line) => /^\s+at /.test(line));
  return first?.includes('node:internal/modules') === true;
}

/** V8 puts the file, its line and a mark under the column above the stack of a SyntaxError, where it knows them. */
function placeAboveMessage(stack: string): Place | null {
  const [first = '', ...rest] = stack.split('\n');
  const head = /^(.+):(\d+)$/.exec(first);
  if (head === null) return null;
  const marked = rest.find((line) => /^\s*\^+\s*$/.test(line));
  const path = pathOf(head[1] ?? '');
  return { path, line: Number(head[2]), column: marked === undefined ? null : marked.indexOf('^') + 1 };
}

function placeIn(frame: string): Place | null {
  const match = /(?:\(|at (?:async )?)((?:file:\/\/|\/|[A-Za-z]:[\\/]).*):(\d+):(\d+)\)?$/.exec(frame);
  if (match === null) return null;
  const [, file = '', line, column] = match;
  return { path: pathOf(file), line: Number(line), column: Number(column) };
}

function pathOf(file: string): string {
  // A query makes a module new; it is no part of the path.
  return file.startsWith('file://') ? fileURLToPath(file.replace(/\?.*$/, '')) : file;
}

/** What runs, and what a stack names under --enable-source-maps. */
const OURS = ['../', '../../src/'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)));

function isUsers(path: string): boolean {
  return !OURS.some((folder) => path.startsWith(folder)) && !/[\\/]node_modules[\\/]/.test(path);
}

function isFar(path: string): boolean {
  return path.startsWith(`..${sep}..${sep}..`) || path === '';
}

function textOf(thrown: unknown): string {
  try {
    return typeof thrown === 'string' ? thrown : (JSON.stringify(thrown) ?? String(thrown));
  } catch {
    return 'something that is no error';
  }
}
