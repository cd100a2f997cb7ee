/**
 * `with` of an executor: its words over the scenario's, as a scenario of its own that is judged and resolved like any other.
 *
 * `target`, `client` and `envelope` are taken key by key, `target.tls`, `auth` and `dns` too; `messages` and `dkim` whole. A problem is
 * told once, at the place that `with` gave it, or else with the name of the executor that it is about.
 */
import type { Problem } from '../errors.js';
import { formatKeyPath, type KeyPath } from '../yaml/key-path.js';
import { isMap, type SourceTree, valueAt } from '../yaml/source-tree.js';
import { applyOverride, type Override } from './overrides.js';
import type { Settings } from './scenario.js';

export interface ExecutorTree {
  readonly name: string;
  /** The scenario as this executor has it; none has a `with` of its own any more. */
  readonly tree: SourceTree;
  /** What is its own. */
  readonly parts: readonly (keyof Settings)[];
  /** Whether a problem of the scenario is about this executor, but for its `with`. */
  readonly isAbout: (problem: Problem) => boolean;
  /** A problem of that tree, as one of the scenario; null: it is about another executor. */
  readonly placed: (problem: Problem) => Problem | null;
}

const BY_KEY: readonly KeyPath[] = [['target'], ['target', 'tls'], ['target', 'auth'], ['target', 'dns']];
const MERGED = new Set([...BY_KEY, [], ['client'], ['envelope']].map(formatKeyPath));

/** Of each executor with a `with` that can be read. */
export function executorTrees(tree: SourceTree): readonly ExecutorTree[] {
  const scenarios = valueAt(tree.root, ['scenarios']);
  const names = Object.keys(isMap(scenarios) ? scenarios : {});
  const common = tree.copy();
  for (const name of names) common.remove(['scenarios', name, 'with']);
  return names.flatMap((name) => {
    const own = tree.at(['scenarios', name, 'with']);
    return isMap(own.root) ? treeOf(name, own, { common, names }) : [];
  });
}

function treeOf(
  name: string,
  own: SourceTree,
  { common, names }: { readonly common: SourceTree; readonly names: readonly string[] },
): ExecutorTree {
  const tree = common.copy();
  for (const override of overridesIn(own, (path) => MERGED.has(formatKeyPath(path))))
    applyOverride(tree, override);
  const others = names.filter((other) => other !== name);
  return {
    ...{ name, tree, parts: partsOf(own.root) },
    isAbout: ({ path }) => isUnder(path, ['scenarios', name]) && !isUnder(path, ['scenarios', name, 'with']),
    placed: (problem) => place(problem, name, own, others),
  };
}

function isUnder(path: string, place: KeyPath): boolean {
  const around = formatKeyPath(place);
  return path === around || path.startsWith(`${around}.`);
}

/** Words that go over others, each where it stands; `isMerged`: whether a map at this path is taken key by key, and not as a whole. */
export function overridesIn(own: SourceTree, isMerged: (path: KeyPath) => boolean): readonly Override[] {
  const replaced = (value: unknown, path: KeyPath): readonly KeyPath[] => {
    if (!isMap(value) || !isMerged(path)) return [path];
    return Object.entries(value).flatMap(([key, item]) => replaced(item, [...path, key]));
  };
  return replaced(own.root, []).map((path) => ({ path, branch: own.at(path), hasFreePath: false }));
}

function partsOf(words: unknown): readonly (keyof Settings)[] {
  const keys = Object.keys(isMap(words) ? words : {});
  return (['target', 'client', 'messages', 'envelope'] as const).filter(
    (part) => keys.includes(part) || (part === 'messages' && keys.includes('dkim')),
  );
}

function place(problem: Problem, name: string, own: SourceTree, others: readonly string[]): Problem | null {
  const { path, message } = problem;
  if (others.some((other) => isUnder(path, ['scenarios', other]))) return null;
  if (isUnder(path, ['scenarios', name])) return problem;
  const isOwn = pathsIn(own.root, []).includes(path);
  if (isOwn) return { ...problem, path: `${formatKeyPath(['scenarios', name, 'with'])}.${path}` };
  return { ...problem, message: `${message} (with what ${name} has of its own)` };
}

function pathsIn(value: unknown, path: KeyPath): readonly string[] {
  const entries = Array.isArray(value) ? [...value.entries()] : isMap(value) ? Object.entries(value) : [];
  return [formatKeyPath(path), ...entries.flatMap(([key, item]) => pathsIn(item, [...path, key]))];
}
