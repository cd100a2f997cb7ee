/**
 * Explain: every value of a scenario as it will be used, and where it came from.
 *
 * Defaults < file < environment < flags < `--set`: the place that won. Of a value that was made from `${NAME}` also what stood
 * in for it. Secrets are masked as wherever a scenario is shown.
 */
import { formatKeyPath, type KeyPath } from '../yaml/key-path.js';
import { type Environment, holdsFile, namesIn } from '../yaml/references.js';
import { isMap, type SourceTree, valueAt } from '../yaml/source-tree.js';
import type { CompleteWords } from './complete.js';
import { CODE_FUNCTIONS, type CodeFile } from './scenario.js';
import { isSecretPath, maskSecrets } from './secrets.js';

export type ValueSource = 'default' | 'file' | 'environment' | 'flag' | 'set';

export interface ExplainedValue {
  /** As `--set` takes it. */
  readonly path: string;
  /** What is used; `***` for a secret. */
  readonly value: unknown;
  readonly source: ValueSource;
  /** `file.yaml:5:11`, `--rate`, `--set a.b`, `MAILBENCH_RATE`; '' for a default. */
  readonly where: string;
  /** The value as it was written, where that holds `${NAME}`; '' otherwise. */
  readonly reference: string;
  /** Variables of the reference that are not set, so that their default stands in. */
  readonly unset: readonly string[];
}

interface Origins {
  readonly words: CompleteWords;
  readonly tree: SourceTree;
  readonly secrets: readonly string[];
  readonly env: Environment;
  readonly code: CodeFile | null;
}

/** A seed that nobody gave: the next run will have another one. */
const DRAWN = 'random';

/** @param display what of the scenario may be shown, as stored with a result */
export function explain(display: Readonly<Record<string, unknown>>, origins: Origins): ExplainedValue[] {
  const leaves = leavesOf(display, []).filter(({ path }) => path[0] !== 'code' || origins.code === null);
  return leaves.map(({ path, value }) => explainLeaf(path, value, origins));
}

interface Leaf {
  readonly path: KeyPath;
  readonly value: unknown;
}

/** Scalars, and maps and lists that hold nothing. */
function leavesOf(value: unknown, path: KeyPath): readonly Leaf[] {
  const entries = Array.isArray(value)
    ? value.map((item, index) => [index, item] as const)
    : isMap(value)
      ? Object.entries(value)
      : [];
  if (entries.length === 0) return [{ path, value }];
  return entries.flatMap(([key, item]) => leavesOf(item, [...path, key]));
}

function explainLeaf(path: KeyPath, shown: unknown, origins: Origins): ExplainedValue {
  const { words, tree, secrets, env } = origins;
  const reference = tree.originOf(path)?.reference;
  const used = valueAt(words, path);
  const isReadable = reference !== undefined && !isSecretPath(path) && !holdsFile(reference.source);
  const isKept = isReadable && !isMap(used) && used !== undefined;
  const where = functionAt(path, origins.code) ?? whereGiven(path, tree);
  const value = isKept ? maskedValue(used, secrets) : shown;
  return {
    path: formatKeyPath(path),
    value: where === '' && path[0] === 'seed' ? DRAWN : value,
    source: sourceOf(where),
    where,
    reference: reference === undefined ? '' : String(shown),
    unset: reference === undefined ? [] : namesIn(reference.source).filter((name) => !isSet(name, env)),
  };
}

/** Where the function stands that decides this value; null: none does. */
function functionAt(path: KeyPath, code: CodeFile | null): string | null {
  const [key, each] = path;
  const name =
    key === 'envelope' && each !== 'each' ? undefined : CODE_FUNCTIONS.find((known) => known === key);
  return name === undefined ? null : (code?.functions[name] ?? null);
}

function whereGiven(path: KeyPath, tree: SourceTree): string {
  const from = givenAt(path, tree);
  return from === null ? '' : tree.whereOf(from);
}

/** The path that was written, of which the value is a part; null for a default. */
function givenAt(path: KeyPath, tree: SourceTree): KeyPath | null {
  if (valueAt(tree.root, path) !== undefined) return path;
  // Credentials may stand in the URL.
  const isCredential = path[0] === 'target' && path[1] === 'auth';
  const isInUrl = isCredential && valueAt(tree.root, ['target', 'auth']) === undefined;
  return isInUrl && valueAt(tree.root, ['target', 'url']) !== undefined ? ['target', 'url'] : null;
}

function sourceOf(where: string): ValueSource {
  if (where === '') return 'default';
  if (where.startsWith('--set ')) return 'set';
  if (where.startsWith('--')) return 'flag';
  return /^MAILBENCH_[A-Z_]+$/.test(where) ? 'environment' : 'file';
}

function maskedValue(value: unknown, secrets: readonly string[]): unknown {
  return typeof value === 'string' ? maskSecrets(value, secrets) : value;
}

function isSet(name: string, env: Environment): boolean {
  return Object.hasOwn(env, name) && env[name] !== undefined && env[name] !== '';
}
