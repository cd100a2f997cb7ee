import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { behavioursJsonSchema } from '#src/sink/behaviours/json-schema.js';
import { VERBS } from '#src/sink/event.js';
import { PROFILES } from '#src/sink/profiles/profiles.js';
import { places } from '../sink/behaviours/behave.js';
import { codeBlocks } from './markdown.js';

const folder = new URL('../../docs/', import.meta.url);
const page = readFileSync(new URL('behaviours.md', folder), 'utf8');

test('every behaviour file in the documentation loads', () => {
  const blocks = readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) => codeBlocks(readFileSync(new URL(name, folder), 'utf8')))
    .filter(({ info }) => info === 'yaml behaviours');
  assert.ok(blocks.length >= 6, `only ${blocks.length} found`);
  for (const { text } of blocks) assert.deepEqual(places(text, { profiles: PROFILES }), [], text);
});

test('every example in the table of conditions loads', () => {
  const rows = [...page.matchAll(/^\| `(\w+)`[^|]*\|[^|]*\|(.*)\|$/gm)];
  const tested = rows.flatMap(([, key = '', examples = '']) =>
    [...examples.matchAll(/`([^`]+)`/g)].map(([, example = '']) => {
      const isOutcome =
        /^(reject|defer|reply|close|drop|greylist|throttle|lose|twice|bounce|addresses)$/.test(key);
      const item = isOutcome ? outcomeItem(key, example) : conditionItem(example);
      assert.deepEqual(places(`dns: 127.0.0.1\nbehaviours: [${item}]`), [], item);
      return key;
    }),
  );
  assert.ok(tested.length >= 25, `only ${tested.length} found`);
});

test('the page names every key of the file, and every verb', () => {
  const words = new Set([...page.matchAll(/[A-Za-z]+/g)].map(([word]) => word));
  const missing = [...keysIn(behavioursJsonSchema()), ...VERBS].filter((word) => !words.has(word));
  assert.deepEqual(missing, []);
});

function conditionItem(example: string): string {
  return `{ when: { ${example.startsWith('verb') ? '' : 'verb: CONTENT, '}${example} }, delay: 1s }`;
}

function outcomeItem(key: string, example: string): string {
  const needsVerb = ['reject', 'defer', 'reply', 'close', 'drop'].includes(key);
  return `{ ${needsVerb ? 'when: { verb: RCPT }, ' : ''}${example} }`;
}

/** Names of properties at any depth. */
function keysIn(node: unknown): readonly string[] {
  if (typeof node !== 'object' || node === null) return [];
  const own = 'properties' in node ? Object.keys(node.properties as object) : [];
  return [...own, ...Object.values(node).flatMap(keysIn)];
}
