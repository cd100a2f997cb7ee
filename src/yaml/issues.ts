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
import type { ProblemCodes, ProblemKind } from './problem-kind.js';
import { knownKeysAt } from './schema-walk.js';
import { isSecretKey } from './secret-key.js';
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

/** The document an issue is about, and how its room speaks. */
export interface IssueContext {
  readonly tree: SourceTree;
  /** The value that was checked: that of the tree, or one mended from it. */
  readonly root: unknown;
  readonly schema: z.ZodType;
  readonly codes: ProblemCodes;
  /** What to add where a key is missing, by key: a sentence with an example. */
  readonly examples?: Readonly<Record<string, string>>;
  /** Knows better than the spelling what an unknown key is about. */
  readonly hintForKey?: (root: unknown, path: KeyPath) => string | undefined;
}

export function problemsOf(issue: Issue, context: IssueContext): readonly Problem[] {
  const { tree, root } = context;
  const path = pathOf(issue);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey([...path, key], context));
  }
  const value = valueAt(root, path);
  if (value === undefined) return [missingKey(path, context)];
  const isAboutKey = issue.code === 'invalid_key';
  const { kind, ...text } = describe(issue, value, path);
  return [problemAt(tree, path, { code: context.codes[kind], ...text, isAboutKey })];
}

interface Description {
  readonly kind: ProblemKind;
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
      return { kind: 'outOfRange', message: `${belowLimit(issue)}, ${found}` };
    case 'too_big':
      return { kind: 'outOfRange', message: `must be at most ${issue.maximum}, ${found}` };
    case 'invalid_key':
      return { kind: 'format', message: issue.issues[0]?.message ?? 'is no name' };
    default:
      return { kind: 'format', message: `${issue.message}, ${found}` };
  }
}

function wrongKindOrWord(issue: Issue, value: unknown, found: string): Description {
  const message = `must be ${expectedOf(issue).join(' or ')}, ${found}`;
  const words = wordsOf(issue);
  if (typeof value !== 'string' || words.length === 0) {
    return { kind: 'type', message, hint: hintForType(issue, value) };
  }
  return { kind: 'valueUnknown', message, hint: suggestion(value, words) };
}

function belowLimit(issue: z.core.$ZodIssueTooSmall): string {
  if (issue.origin === 'array') return 'must hold at least one entry';
  if (issue.origin === 'string') return 'must not be empty';
  // A refinement's own sentence knows more than the bare number.
  if (issue.message.startsWith('must ')) return issue.message;
  return `must be at least ${issue.minimum}`;
}

function missingKey(path: KeyPath, { tree, codes, examples = {} }: IssueContext): Problem {
  const key = String(path.at(-1) ?? '');
  const place = path.length < 2 ? '' : ', one level in';
  return problemAt(tree, path, {
    code: codes.keyMissing,
    message: 'is missing',
    hint: examples[key] ?? `Add \`${key}:\` at this place${place}.`,
  });
}

function unknownKey(path: KeyPath, { tree, root, schema, codes, hintForKey }: IssueContext): Problem {
  const known = knownKeysAt(schema, root, path.slice(0, -1));
  return problemAt(tree, path, {
    code: codes.keyUnknown,
    message: 'is not a key that exists here',
    hint: hintForKey?.(root, path) ?? suggestion(String(path.at(-1)), known),
    isAboutKey: true,
  });
}

function flattenIssue(issue: Issue, root: unknown): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const value = valueAt(root, pathOf(issue));
  const speaking = issue.errors.filter((issues) => speaksOf(issues, value));
  // Of several forms of a map the one that was meant: it fits but for the least.
  const branch = speaking.toSorted((a, b) => a.length - b.length)[0];
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
