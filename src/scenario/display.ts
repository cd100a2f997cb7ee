/**
 * What of a scenario may be shown and stored: the words with defaults, references instead of their values, no secret.
 *
 * Masking goes by place, not by text: a password `test` must not turn `a.example.test` into `a.example.***`.
 */
import type { CompleteWords } from './complete.js';
import type { KeyPath } from './key-path.js';
import { type Environment, secretValuesIn, shownReference } from './references.js';
import { formsOfPassword, isSecretKey, MASK } from './secrets.js';
import { isMap, type SourceTree, valueAt } from './source-tree.js';
import { type ParsedTarget, parseTargetUrl } from './target-url.js';

export function displayOf(
  words: CompleteWords,
  target: ParsedTarget,
  tree: SourceTree,
): Readonly<Record<string, unknown>> {
  const shown = shownValue(words, [], tree) as Record<string, unknown>;
  const shownTarget = shown.target as Record<string, unknown>;
  const isWholeReference = /^\$\{[^}]*\}$/.test(String(shownTarget.url));
  const url = isWholeReference ? shownTarget.url : shownUrl(String(shownTarget.url), target);
  const auth = target.credentials === null ? {} : { auth: { method: 'plain', user: MASK, pass: MASK } };
  return { ...shown, target: { ...shownTarget, url, ...auth } };
}

/** Every secret the source holds, in the forms in which it may come back; also of a scenario that has problems. */
export function secretsIn(tree: SourceTree, env: Environment): readonly string[] {
  const found = [
    ...secretLeaves(tree.root, ''),
    ...tree.references().flatMap(({ source }) => secretValuesIn(source, env)),
    ...passwordForms(tree),
  ];
  return [...new Set(found)].filter((secret) => secret !== '');
}

function shownValue(value: unknown, path: KeyPath, tree: SourceTree): unknown {
  if (Array.isArray(value)) return value.map((item, index) => shownValue(item, [...path, index], tree));
  if (isMap(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.map(([key, item]) => [key, shownValue(item, [...path, key], tree)]));
  }
  const key = path.at(-1);
  const isSecret = typeof key === 'string' && isSecretKey(key);
  const reference = tree.originOf(path)?.reference;
  if (reference !== undefined) return shownReference(reference.source, isSecret);
  return isSecret && value !== '' ? MASK : value;
}

/** A URL with references keeps them, but not what stands before its `@`. */
function shownUrl(url: string, target: ParsedTarget): string {
  return url.includes('${') ? url.replace(/^([a-z+]+:\/\/).*@/s, '$1') : target.url;
}

function secretLeaves(value: unknown, key: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => secretLeaves(item, key));
  if (isMap(value)) return Object.entries(value).flatMap(([name, item]) => secretLeaves(item, name));
  const isLeaf = typeof value === 'string' || typeof value === 'number';
  return isLeaf && isSecretKey(key) ? [String(value)] : [];
}

function passwordForms(tree: SourceTree): readonly string[] {
  const user = valueAt(tree.root, ['target', 'auth', 'user']);
  const pass = valueAt(tree.root, ['target', 'auth', 'pass']);
  const url = valueAt(tree.root, ['target', 'url']);
  const target = typeof url === 'string' ? parseTargetUrl(url) : null;
  const credentials = target !== null && 'credentials' in target ? target.credentials : null;
  // A URL that cannot be read may hold a password all the same.
  const raw = typeof url === 'string' ? (/:\/\/[^/@:]*:(.*)@/s.exec(url)?.[1] ?? '') : '';
  return [
    raw,
    ...(credentials === null ? [] : formsOfPassword(credentials.user, credentials.pass)),
    ...(typeof pass === 'string' ? formsOfPassword(typeof user === 'string' ? user : '', pass) : []),
  ];
}
