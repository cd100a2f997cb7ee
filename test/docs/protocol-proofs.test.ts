/** docs/protocol.md says which test proves each feature: that the tests are there, and that no word was forgotten. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { scenarioJsonSchema } from '#src/scenario/json-schema.js';
import { codeSpans, tableRows } from './markdown.js';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/protocol.md', root), 'utf8');
const rows = tableRows(page, 'What proves it').map(([feature = '', words = '', proof = '', tests = '']) => ({
  feature,
  words: codeSpans(words),
  kind: proof.split(':')[0] ?? '',
  tests: codeSpans(tests),
}));

/** What is neither said on the wire nor changes how. */
const ELSEWHERE =
  /^(authorized|from|to)$|^(from|to)\.|^timeouts\.|^reconnectDelay\.|^thinkTime\.|^messagesPerSession\./;

test('every feature names a test that exists and is of the kind it says', () => {
  assert.ok(rows.length >= 50, `only ${rows.length} rows`);
  const faults = rows.flatMap(({ feature, kind, tests }) => {
    const [path = ''] = tests;
    if (tests.length !== 1 || !existsSync(new URL(path, root))) return [`${feature}: there is no ${path}`];
    return fits(kind, path) ? [] : [`${feature}: ${path} is not of kind ${kind}`];
  });
  assert.deepEqual(faults, []);
});

test('every word of target, client and envelope that concerns the wire is in the table', () => {
  const named = new Set(rows.flatMap(({ words }) => words));
  const known = ['target', 'client', 'envelope'].flatMap(keysUnder).filter((key) => !ELSEWHERE.test(key));
  assert.ok(known.length >= 60, `only ${known.length} keys`);
  assert.deepEqual(
    known.filter((key) => !named.has(key)),
    [],
  );
});

function fits(kind: string, path: string): boolean {
  if (kind === 'real') return path.endsWith('.real.test.ts');
  if (kind === 'dialog') return path.startsWith('test/dialogs/');
  return (kind === 'socket' || kind === 'pure') && path.endsWith('.test.ts') && !path.includes('.real.');
}

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly anyOf?: readonly Node[];
}

/** Dotted paths of the leaves below a key of the scenario file. */
function keysUnder(key: string): string[] {
  const { properties = {} } = scenarioJsonSchema() as Node;
  return leavesOf(properties[key] ?? {}, '');
}

function leavesOf(node: Node, path: string): string[] {
  const maps = [node, ...(node.anyOf ?? [])].flatMap(({ properties }) => properties ?? []);
  const isLeaf = maps.length === 0 || (node.anyOf ?? []).length > maps.length;
  const below = maps.flatMap((map) =>
    Object.entries(map).flatMap(([name, child]) => leavesOf(child, path === '' ? name : `${path}.${name}`)),
  );
  return [...(isLeaf ? [path] : []), ...below];
}
