/**
 * zod's issues into problems: one per fault, each a sentence that says what is wrong and what to write instead.
 *
 * A failed union is taken apart: the branch of the value's own kind speaks, so that `to: { adress: … }` complains
 * about `adress` and not about the whole. Values under the key of a secret are never quoted.
 */
import type { z } from 'zod';
import type { Problem } from '../errors.js';
import { suggestion } from './did-you-mean.js';
import type { KeyPath } from './key-path.js';
import type { ScenarioProblemCode } from './problem-codes.js';
import { EXECUTOR_NAMES, EXECUTORS, scenarioWords } from './schema.js';
import { knownKeysAt } from './schema-walk.js';
import { isSecretKey } from './secrets.js';
import { isMap, problemAt, type SourceTree, valueAt } from './source-tree.js';

export type Issue = z.core.$ZodIssue;

/** The issues with every union taken apart and every path counted from the root. */
export function flattenIssues(issues: readonly Issue[], root: unknown): readonly Issue[] {
  return issues.flatMap((issue) => flattenIssue(issue, root));
}

/** Where an issue's value stands. */
export function pathOf(issue: Issue): KeyPath {
  return issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
}

/** True when text was wanted and something else was found: text from the environment may have been typed wrongly. */
export function wantsText(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.expected === 'string';
}

export function problemsOf(issue: Issue, tree: SourceTree, root: unknown): readonly Problem[] {
  const path = pathOf(issue);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(tree, root, [...path, key]));
  }
  const value = valueAt(root, path);
  if (value === undefined) return [missingKey(tree, path)];
  const isAboutKey = issue.code === 'invalid_key';
  return [problemAt(tree, path, { ...describe(issue, value, path), isAboutKey })];
}

interface Description {
  readonly code: ScenarioProblemCode;
  readonly message: string;
  readonly hint?: string | undefined;
}

function describe(issue: Issue, value: unknown, path: KeyPath): Description {
  const found = `found ${quoted(value, path)}`;
  switch (issue.code) {
    case 'invalid_type':
    case 'invalid_union':
    case 'invalid_value':
      return wrongKindOrWord(issue, value, found);
    case 'too_small':
      return { code: 'SCENARIO_OUT_OF_RANGE', message: `${belowLimit(issue)}, ${found}` };
    case 'too_big':
      return { code: 'SCENARIO_OUT_OF_RANGE', message: `must be at most ${issue.maximum}, ${found}` };
    case 'invalid_key':
      return { code: 'SCENARIO_FORMAT', message: issue.issues[0]?.message ?? 'is no name' };
    default:
      return { code: 'SCENARIO_FORMAT', message: `${issue.message}, ${found}` };
  }
}

function wrongKindOrWord(issue: Issue, value: unknown, found: string): Description {
  const message = `must be ${expectedOf(issue).join(' or ')}, ${found}`;
  const words = wordsOf(issue);
  if (typeof value !== 'string' || words.length === 0) {
    return { code: 'SCENARIO_TYPE', message, hint: hintForType(issue, value) };
  }
  return { code: 'SCENARIO_VALUE_UNKNOWN', message, hint: suggestion(value, words) };
}

function belowLimit(issue: z.core.$ZodIssueTooSmall): string {
  if (issue.origin === 'array') return 'must hold at least one entry';
  if (issue.origin === 'string') return 'must not be empty';
  // A refinement's own sentence knows more than the bare number.
  if (issue.message.startsWith('must ')) return issue.message;
  return `must be at least ${issue.minimum}`;
}

function missingKey(tree: SourceTree, path: KeyPath): Problem {
  const key = path.at(-1) ?? '';
  const owner = path.slice(0, -1);
  return problemAt(tree, path, {
    code: 'SCENARIO_KEY_MISSING',
    message: 'is missing',
    hint:
      EXAMPLES[String(key)] ?? `Add \`${key}:\` at this place${owner.length === 0 ? '' : ', one level in'}.`,
  });
}

const EXAMPLES: Readonly<Record<string, string>> = {
  rate: 'Add how many iterations start per timeUnit, e.g. `rate: 100`.',
  duration: 'Add how long iterations start, e.g. `duration: 30s`.',
  preAllocatedVUs: 'Add how many VUs stand ready, e.g. `preAllocatedVUs: 50`.',
  user: 'Add the user name, e.g. `user: alice`.',
  pass: 'Add the password, e.g. `pass: "${SMTP_PASS}"`.',
  threshold: 'Add the condition, e.g. `threshold: "p(99)<250"`.',
  path: 'Add the file to attach, e.g. `path: invoice.pdf`.',
};

function unknownKey(tree: SourceTree, root: unknown, path: KeyPath): Problem {
  const key = String(path.at(-1));
  const known = knownKeysAt(scenarioWords, root, path.slice(0, -1));
  return problemAt(tree, path, {
    code: 'SCENARIO_KEY_UNKNOWN',
    message: 'is not a key that exists here',
    hint: executorHint(root, path) ?? suggestion(key, known),
    isAboutKey: true,
  });
}

/** `rate` under shared-iterations is no typing mistake: it belongs to another executor. */
function executorHint(root: unknown, path: KeyPath): string | undefined {
  if (path.length !== 3 || path[0] !== 'scenarios') return undefined;
  const key = String(path[2]);
  const owners = EXECUTOR_NAMES.filter((name) => Object.hasOwn(EXECUTORS[name].shape, key));
  if (owners.length === 0) return undefined;
  const chosen = valueAt(root, [...path.slice(0, 2), 'executor']);
  return `\`${key}\` belongs to ${owners.join(' and ')}, and this executor is ${String(chosen)}.`;
}

function flattenIssue(issue: Issue, root: unknown): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const value = valueAt(root, pathOf(issue));
  const branch = issue.errors.find((issues) => speaksOf(issues, value));
  // A word that is not known leaves the other branches open: `unlimitd` may also become a number.
  const isUnknownWord =
    branch?.length === 1 && branch[0]?.code === 'invalid_value' && branch[0].path.length === 0;
  if (branch === undefined || isUnknownWord) return [issue];
  const inner = branch.map((one) => ({ ...one, path: [...issue.path, ...one.path] }) as Issue);
  return inner.flatMap((one) => flattenIssue(one, root));
}

/** Whether this branch of a union expects the kind of value that is there. */
function speaksOf(issues: readonly Issue[], value: unknown): boolean {
  return issues.every((issue) => issue.path.length > 0 || !isWrongKind(issue, value));
}

function isWrongKind(issue: Issue, value: unknown): boolean {
  if (issue.code === 'invalid_union') return !issue.errors.some((issues) => speaksOf(issues, value));
  if (issue.code === 'invalid_value') return typeof value !== typeof issue.values[0];
  return issue.code === 'invalid_type' && !(issue.expected === 'int' && typeof value === 'number');
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

/** What was wanted, in words; a union wants any of its branches. */
function expectedOf(issue: Issue): readonly string[] {
  if (issue.code === 'invalid_type') return [KINDS[issue.expected] ?? issue.expected];
  if (issue.code === 'invalid_value') return [wordList(issue.values.map(String))];
  if (issue.code !== 'invalid_union') return [];
  const here = issue.errors.flatMap((issues) => issues.filter((one) => one.path.length === 0));
  return [...new Set(here.flatMap(expectedOf))];
}

/** The words that are allowed at the place itself. */
function wordsOf(issue: Issue): readonly string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  if (issue.code !== 'invalid_union') return [];
  return issue.errors.flatMap((issues) => issues.filter((one) => one.path.length === 0).flatMap(wordsOf));
}

function wordList(words: readonly string[]): string {
  if (words.length > 8) return `one of ${words.length} words`;
  return words.map((word) => `\`${word}\``).join(' or ');
}

function hintForType(issue: Issue, value: unknown): string | undefined {
  if (wantsText(issue) && ['number', 'boolean'].includes(typeof value)) return 'Put quotes around it.';
  if (value === null) return 'Write a value, or leave the key out.';
  return undefined;
}

/** The value as a problem may show it. */
export function quoted(value: unknown, path: KeyPath): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (isMap(value)) return 'a map';
  if (path.some((step) => typeof step === 'string' && isSecretKey(step))) return `a ${typeof value}`;
  if (typeof value === 'string')
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  return String(value);
}
