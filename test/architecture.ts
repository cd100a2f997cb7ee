/**
 * Checks a set of source files against the rules of the house. Pure: file names and texts in, sentences out.
 *
 * The rules themselves stand in architecture.test.ts, which applies them to `src/`.
 */
import { posix } from 'node:path';
import { type Import, readImports, withoutComments } from './imports.js';

/** Source texts by path relative to `src/`. */
export type Sources = ReadonlyMap<string, string>;

export interface Rules {
  /** Files that anyone may import. */
  readonly shared: readonly string[];
  /**
   * What each room may import besides itself and `shared`: rooms, files (`message/stamp.ts`), or `type ` and one of
   * them where only types may be imported. `*` is everything. A room that is not listed is an error.
   */
  readonly rooms: Readonly<Record<string, readonly string[]>>;
  /** Node's modules that only some places may import, even as types. */
  readonly builtins: readonly PlaceRule[];
  /** Words of code that only some places may use. */
  readonly words: readonly PlaceRule[];
  /** Names that no folder and no file may have. */
  readonly forbiddenNames: readonly string[];
}

export interface PlaceRule {
  /** Module names without `node:` (subpaths are meant too), or code such as `process.exit`. */
  readonly what: readonly string[];
  /** Rooms, folders (`report/page`) or files that may. */
  readonly where?: readonly string[];
  /** The reverse: those that may not, where everyone else may. */
  readonly notIn?: readonly string[];
}

/** One sentence per violation, `file: what is wrong`. */
export function violations(sources: Sources, rules: Rules): string[] {
  const files = [...sources].map(([path, text]) => ({ path, text, imports: readImports(text) }));
  return [
    ...files.flatMap(({ path }) => nameViolations(path, rules)),
    ...files.flatMap(({ path, imports }) => imports.flatMap((one) => importViolations(path, one, rules))),
    ...files.flatMap(({ path, text }) => wordViolations(path, text, rules)),
    ...cycles(new Map(files.map(({ path, imports }) => [path, loadedFiles(path, imports)]))),
  ];
}

function nameViolations(path: string, { rooms, forbiddenNames }: Rules): string[] {
  const names = path.replace(/\.ts$/, '').split('/');
  const bad = names.filter((name) => forbiddenNames.includes(name));
  const found = bad.map((name) => `${path}: "${name}" says nothing about what is in there`);
  if (names.at(-1) === 'index') found.push(`${path}: a barrel file`);
  if (rooms[roomOf(path)] === undefined) found.push(`${path}: "${roomOf(path)}" is no room of this house`);
  return found;
}

function importViolations(path: string, { specifier, isType }: Import, rules: Rules): string[] {
  if (specifier.startsWith('node:')) {
    const name = specifier.slice('node:'.length);
    return rules.builtins
      .filter(({ what }) => what.some((module) => isWithin(name, module)))
      .filter((rule) => !allows(rule, path))
      .map(() => `${path}: imports ${specifier}`);
  }
  const target = resolve(path, specifier);
  if (target === undefined || roomOf(target) === roomOf(path) || rules.shared.includes(target)) return [];
  const allowed = rules.rooms[roomOf(path)] ?? [];
  if (allowed.includes('*') || isIn(target, allowed)) return [];
  const types = allowed.filter((entry) => entry.startsWith('type ')).map((entry) => entry.slice(5));
  if (!isIn(target, types)) return [`${path}: imports ${target}`];
  return isType ? [] : [`${path}: imports ${target}, of which it may import types only`];
}

function wordViolations(path: string, text: string, { words }: Rules): string[] {
  const code = withoutComments(text);
  return words
    .filter((rule) => !allows(rule, path))
    .flatMap(({ what }) => what.filter((word) => hasWord(code, word)))
    .map((word) => `${path}: uses ${word}`);
}

function hasWord(code: string, word: string): boolean {
  return new RegExp(`(?<![\\w.])${word.replaceAll('.', '\\.')}(?!\\w)`).test(code);
}

/** The files that load with this one. A started file (`new URL`) runs elsewhere and closes no cycle. */
function loadedFiles(path: string, imports: readonly Import[]): string[] {
  return imports
    .filter((one) => !one.isUrl)
    .map((one) => resolve(path, one.specifier))
    .filter((target) => target !== undefined);
}

/** Each cycle once, as `a.ts → b.ts → a.ts`. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.push(`${path}: imports itself: ${[...trail.slice(start), path].join(' → ')}`);
      return;
    }
    if (finished.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    finished.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}

/** The source file a specifier means, relative to `src/`; undefined for packages. */
function resolve(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('#src/')) return toSource(specifier.slice('#src/'.length));
  if (!specifier.startsWith('.')) return undefined;
  return toSource(posix.join(posix.dirname(path), specifier));
}

function toSource(path: string): string {
  return path.replace(/\.js$/, '.ts');
}

/** The folder directly below `src/`, or the file itself when it lies there. */
function roomOf(path: string): string {
  return path.split('/')[0] ?? path;
}

function allows({ where = [], notIn }: PlaceRule, path: string): boolean {
  return notIn === undefined ? isIn(path, where) : !isIn(path, notIn);
}

function isIn(path: string, places: readonly string[]): boolean {
  return places.some((place) => isWithin(path, place));
}

function isWithin(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}
