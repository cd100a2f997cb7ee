import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { BEHAVIOUR_PROBLEM_CODES, BEHAVIOUR_YAML_CODES } from '#src/sink/behaviours/problem-codes.js';

const folder = new URL('../../../src/sink/behaviours/', import.meta.url);

test('every code of the table is used, and every code used stands in the table', () => {
  const sources = readdirSync(folder)
    .filter((name) => name !== 'problem-codes.ts')
    .map((name) => readFileSync(new URL(name, folder), 'utf8'));
  const used = sources.flatMap((source) =>
    [...source.matchAll(/'(BEHAVIOUR_[A-Z0-9_]+)'/g)].map((match) => match[1]),
  );
  const all = new Set([...used, ...Object.values(BEHAVIOUR_YAML_CODES)]);
  assert.deepEqual([...all].sort(), Object.keys(BEHAVIOUR_PROBLEM_CODES).sort());
});
