/**
 * A source tree against the schema: the scenario's words with defaults filled in, and every problem at once.
 *
 * One fault must not hide another: an unknown executor is read as the nearest one, and whatever is wrong is taken out
 * so that the rules across keys (rules.ts) can look at the rest.
 */
import type { Problem } from '../errors.js';
import { nearestWord, suggestion } from '../yaml/did-you-mean.js';
import {
  flattenIssues,
  type Issue,
  type IssueContext,
  pathOf,
  problemsOf,
  quoted,
  wantsText,
} from '../yaml/issues.js';
import type { KeyPath } from '../yaml/key-path.js';
import { isMap, problemAt, type SourceTree, valueAt, withValueAt } from '../yaml/source-tree.js';
import {
  EXECUTOR_NAMES,
  EXECUTORS,
  type ExecutorName,
  type ScenarioWords,
  scenarioWords,
} from './schema/schema.js';
import { SCENARIO_YAML_CODES } from './yaml-codes.js';

/** The same with everything perhaps missing: what is there is valid by itself. */
export type Partly<T> = T extends readonly (infer Item)[]
  ? readonly (Partly<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Partly<T[Key]> | undefined }
    : T;

export interface CheckedWords {
  /** Null when there was any problem. */
  readonly words: ScenarioWords | null;
  /** What is valid by itself, for the rules; with defaults, unless something required is missing. */
  readonly valid: Partly<ScenarioWords>;
  /** Paths of the values that were taken out, or never could be read. */
  readonly invalid: readonly KeyPath[];
  readonly problems: readonly Problem[];
}

export function checkWords(tree: SourceTree): CheckedWords {
  const { root: repaired, problems } = repairExecutors(tree);
  const root = withTextFromEnvironment(tree, repaired);
  const result = scenarioWords.safeParse(root);
  if (result.success) {
    return {
      words: problems.length === 0 ? result.data : null,
      valid: result.data,
      invalid: tree.unread(),
      problems,
    };
  }
  const issues = flattenIssues(result.error.issues, root);
  const context = { ...SPEECH, tree, root };
  for (const issue of issues) {
    if (!isReportedAlready(issue, tree, root)) problems.push(...problemsOf(issue, context));
  }
  const pruned = issues.reduce(prune, root);
  const again = scenarioWords.safeParse(pruned);
  const wrong = issues.filter((issue) => issue.code !== 'unrecognized_keys').map(pathOf);
  const invalid = [...tree.unread(), ...wrong];
  return { words: null, valid: again.success ? again.data : asPartly(pruned), invalid, problems };
}

/** What issues need to know of the scenario file. */
const SPEECH: Omit<IssueContext, 'tree' | 'root'> = {
  schema: scenarioWords,
  codes: SCENARIO_YAML_CODES,
  examples: {
    rate: 'Add how many iterations start per timeUnit, e.g. `rate: 100`.',
    duration: 'Add how long iterations start, e.g. `duration: 30s`.',
    stages: 'Add where the load goes, e.g. `stages: [{ duration: 30s, target: 100 }]`.',
    target: 'Add what the stage ends at, e.g. `target: 100`.',
    preAllocatedVUs: 'Add how many VUs stand ready, e.g. `preAllocatedVUs: 50`.',
    user: 'Add the user name, e.g. `user: alice`.',
    pass: 'Add the password, e.g. `pass: "${SMTP_PASS}"`.',
    threshold: 'Add the condition, e.g. `threshold: "p(99)<250"`.',
    path: 'Add the file to attach, e.g. `path: invoice.pdf`.',
  },
  hintForKey: executorHint,
};

/** `rate` under shared-iterations is no typing mistake: it belongs to another executor. */
function executorHint(root: unknown, path: KeyPath): string | undefined {
  if (path.length !== 3 || path[0] !== 'scenarios') return undefined;
  const key = String(path[2]);
  const owners = EXECUTOR_NAMES.filter((name) => Object.hasOwn(EXECUTORS[name].shape, key));
  if (owners.length === 0) return undefined;
  const chosen = valueAt(root, [...path.slice(0, 2), 'executor']);
  return `\`${key}\` belongs to ${owners.join(' and ')}, and this executor is ${String(chosen)}.`;
}

/** A value that could not be read (an unset variable, a broken alias) is missing, and has been complained about. */
function isReportedAlready(issue: Issue, tree: SourceTree, root: unknown): boolean {
  const path = pathOf(issue);
  return valueAt(root, path) === undefined && tree.originOf(path) !== undefined;
}

/** Every value the schema complained about has been taken out, so what is left is of the schema's types. */
function asPartly(pruned: unknown): Partly<ScenarioWords> {
  return (isMap(pruned) ? pruned : {}) as Partly<ScenarioWords>;
}

function prune(root: unknown, issue: Issue): unknown {
  const path = pathOf(issue);
  if (issue.code !== 'unrecognized_keys') return without(root, path);
  return issue.keys.reduce<unknown>((rest, key) => without(rest, [...path, key]), root);
}

/** Takes a value out. A list keeps its length, so that positions still point to where things were written. */
function without(root: unknown, path: KeyPath): unknown {
  if (path.length === 0) return undefined;
  if (valueAt(root, path) === undefined) return root;
  const owner = path.slice(0, -1);
  const list = valueAt(root, owner);
  if (!Array.isArray(list)) return withValueAt(root, path, undefined);
  return withValueAt(root, owner, (list as unknown[]).with(Number(path.at(-1)), undefined));
}

/**
 * Where text is wanted and the environment gave something that looks like a number, the text is meant:
 * a password of digits, a build called 1.10.
 */
function withTextFromEnvironment(tree: SourceTree, root: unknown): unknown {
  const result = scenarioWords.safeParse(root);
  if (result.success) return root;
  return flattenIssues(result.error.issues, root).reduce((next, issue) => {
    const reference = wantsText(issue) ? tree.originOf(pathOf(issue))?.reference : undefined;
    return reference === undefined ? next : withValueAt(next, pathOf(issue), reference.text);
  }, root);
}

function repairExecutors(tree: SourceTree): { root: unknown; problems: Problem[] } {
  const problems: Problem[] = [];
  const scenarios = valueAt(tree.root, ['scenarios']);
  let root = tree.root;
  for (const [name, spec] of Object.entries(isMap(scenarios) ? scenarios : {})) {
    const path = ['scenarios', name, 'executor'];
    if (!isMap(spec) || EXECUTOR_NAMES.some((known) => known === spec.executor)) continue;
    const isReported = spec.executor === undefined && tree.originOf(path) !== undefined;
    if (!isReported) problems.push(unknownExecutor(tree, path, spec.executor));
    root = withValueAt(root, path, nearestExecutor(spec));
  }
  return { root, problems };
}

function unknownExecutor(tree: SourceTree, path: KeyPath, value: unknown): Problem {
  const isMissing = value === undefined;
  return problemAt(tree, path, {
    code: 'SCENARIO_EXECUTOR_UNKNOWN',
    message: isMissing ? 'is missing' : `must be the name of an executor, found ${quoted(value, path)}`,
    hint: suggestion(isMissing ? '' : String(value), EXECUTOR_NAMES),
  });
}

/** The executor that was meant, by its name or else by the keys it was given. */
function nearestExecutor(spec: Readonly<Record<string, unknown>>): ExecutorName {
  const named = typeof spec.executor === 'string' ? nearestWord(spec.executor, EXECUTOR_NAMES) : null;
  const byName = EXECUTOR_NAMES.find((name) => name === named);
  if (byName !== undefined) return byName;
  const fit = (name: ExecutorName) =>
    Object.keys(spec).filter((key) => Object.hasOwn(EXECUTORS[name].shape, key)).length;
  return EXECUTOR_NAMES.reduce((best, name) => (fit(name) > fit(best) ? name : best));
}
