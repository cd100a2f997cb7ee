/**
 * What of a scenario may be shown and stored: the words with defaults, references instead of their values, no secret.
 *
 * Masking goes by place, not by text: a password `test` must not turn `a.example.test` into `a.example.***`. Tags alone
 * are searched for secrets, because they are made of whatever was at hand.
 */

import type { KeyPath } from '../yaml/key-path.js';
import { type Environment, secretValuesIn, shownReference } from '../yaml/references.js';
import { MASK } from '../yaml/secret-key.js';
import { isMap, type SourceTree, valueAt, withValueAt } from '../yaml/source-tree.js';
import type { CompleteWords } from './complete.js';
import { CODE_FUNCTIONS, type CodeFile, type CodeFunction } from './scenario.js';
import { formsOfPassword, isSecretPath, maskSecrets } from './secrets.js';
import { parseTargetUrl } from './target-url.js';
import type { Targets } from './targets.js';

export function displayOf(
  words: CompleteWords,
  target: Targets,
  source: { readonly tree: SourceTree; readonly secrets: readonly string[] },
): Shown {
  const { tree, secrets } = source;
  const shown = withMaskedTags(shownValue(words, [], tree) as Shown, secrets);
  const scenarios = Object.entries(shown.scenarios as Shown).map(([name, spec]) => {
    const url = valueAt(words, ['scenarios', name, 'with', 'target', 'url']);
    return [name, typeof url === 'string' ? withShownTarget(spec, parseTargetUrl(url)) : spec];
  });
  const all = Object.fromEntries(scenarios) as Shown;
  return { ...shown, target: shownTarget(shown.target as Shown, target), scenarios: all };
}

/** Of an executor that has a target of its own. */
function withShownTarget(spec: unknown, target: ReturnType<typeof parseTargetUrl>): unknown {
  const path = ['with', 'target'];
  return 'code' in target ? spec : withValueAt(spec, path, shownTarget(valueAt(spec, path) as Shown, target));
}

function shownTarget(shown: Shown, target: Pick<Targets, 'url' | 'credentials'>): Shown {
  if (typeof shown.url !== 'string') return shown;
  const isWholeReference = /^\$\{[^}]*\}$/.test(shown.url);
  const url = isWholeReference ? shown.url : shownUrl(shown.url, target);
  const auth =
    target.credentials === null ? {} : { auth: { ...DEFAULT_AUTH, ...(shown.auth ?? {}), ...MASKED } };
  return { ...shown, url, ...auth };
}

/** With the functions of the scenario's code, and without the defaults of what they decide. */
export function displayWithCode(shown: Shown, code: CodeFile | null): Shown {
  if (code === null) return shown;
  const { file, path, sha256, functions } = code;
  const text = (name: CodeFunction) => `[function ${name} at ${functions[name]}]`;
  const { envelope, ...own } = Object.fromEntries(CODE_FUNCTIONS.map((name) => [name, text(name)]));
  const isMade = (name: string) => functions[name as CodeFunction] !== undefined;
  const words = {
    ...without(shown, isMade('message') ? ['messages'] : []),
    client: without(shown.client, isMade('pacing') ? ['thinkTime'] : []),
    envelope: isMade('envelope')
      ? { each: envelope, ...without(shown.envelope, ['from', 'to']) }
      : shown.envelope,
  };
  const others = Object.entries(own).filter(([name]) => isMade(name));
  return { ...words, ...Object.fromEntries(others), code: { file, path, sha256 } };
}

function without(map: unknown, names: readonly string[]): Shown {
  return Object.fromEntries(Object.entries(isMap(map) ? map : {}).filter(([name]) => !names.includes(name)));
}

type Shown = Record<string, unknown>;

/** Of credentials in the URL. */
const DEFAULT_AUTH = { method: 'plain' };
const MASKED = { user: MASK, pass: MASK };

/** A reference stays as it is: its value is not stored. */
function withMaskedTags(shown: Shown, secrets: readonly string[]): Shown {
  const masked = (tags: unknown) =>
    mapValues(tags, (tag) => (typeof tag === 'string' ? maskSecrets(tag, secrets) : tag));
  const scenarios = mapValues(shown.scenarios, (spec) =>
    isMap(spec) ? { ...spec, tags: masked(spec.tags) } : spec,
  );
  return { ...shown, tags: masked(shown.tags), scenarios };
}

function mapValues(map: unknown, to: (value: unknown) => unknown): Shown {
  return Object.fromEntries(Object.entries(isMap(map) ? map : {}).map(([key, value]) => [key, to(value)]));
}

/** Every secret the source holds, in the forms in which it may come back; also of a scenario that has problems. */
export function secretsIn(tree: SourceTree, env: Environment): readonly string[] {
  const found = [
    ...secretLeaves(tree.root, []).flatMap(formsOfPassword),
    ...tree
      .references()
      .flatMap(({ source }) => secretValuesIn(source, env))
      .flatMap(formsOfPassword),
    ...passwordsInUrls(tree),
  ];
  return [...new Set(found)].filter((secret) => secret !== '');
}

function shownValue(value: unknown, path: KeyPath, tree: SourceTree): unknown {
  if (Array.isArray(value)) return value.map((item, index) => shownValue(item, [...path, index], tree));
  if (isMap(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.map(([key, item]) => [key, shownValue(item, [...path, key], tree)]));
  }
  const isSecret = isSecretPath(path);
  const reference = tree.originOf(path)?.reference;
  if (reference !== undefined) return shownReference(reference.source, isSecret);
  return isSecret && value !== '' ? MASK : value;
}

/** A URL with references keeps them, but not what stands before its `@`. */
function shownUrl(url: string, target: Pick<Targets, 'url'>): string {
  return url.includes('${') ? url.replace(/^([a-z+]+:\/\/).*@/s, '$1') : target.url;
}

function secretLeaves(value: unknown, path: KeyPath): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => secretLeaves(item, [...path, index]));
  if (isMap(value))
    return Object.entries(value).flatMap(([name, item]) => secretLeaves(item, [...path, name]));
  const isLeaf = typeof value === 'string' || typeof value === 'number';
  return isLeaf && isSecretPath(path) ? [String(value)] : [];
}

function passwordsInUrls(tree: SourceTree): readonly string[] {
  const scenarios = valueAt(tree.root, ['scenarios']);
  const ofExecutors = Object.values(isMap(scenarios) ? scenarios : {}).map((spec) => valueAt(spec, ['with']));
  const urls = [tree.root, ...ofExecutors].flatMap((words) => {
    const several = valueAt(words, ['target', 'urls']);
    return [valueAt(words, ['target', 'url']), ...Object.keys(isMap(several) ? several : {})];
  });
  const ofDelivery = textsIn(valueAt(tree.root, ['delivery']));
  return [...urls, ...ofDelivery].flatMap((one) => (typeof one === 'string' ? passwordsInUrl(one) : []));
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) || isMap(value) ? Object.values(value).flatMap(textsIn) : [];
}

function passwordsInUrl(url: string): readonly string[] {
  const target = parseTargetUrl(url);
  const credentials = 'credentials' in target ? target.credentials : null;
  // A URL that cannot be read may hold a password all the same.
  const raw = /:\/\/[^/@:]*:(.*)@/s.exec(url)?.[1] ?? '';
  return [raw, ...(credentials === null ? [] : formsOfPassword(credentials.pass))];
}
