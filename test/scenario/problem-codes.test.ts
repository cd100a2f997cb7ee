import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SCENARIO_PROBLEM_CODES } from '#src/scenario/problem-codes.js';

const folder = new URL('../../src/scenario/', import.meta.url);

test('every code of the table is used, and every code used stands in the table', () => {
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name !== 'problem-codes.ts')
    .map((name) => readFileSync(new URL(name, folder), 'utf8'));
  const used = sources.flatMap((source) =>
    [...source.matchAll(/'(SCENARIO_[A-Z0-9_]+)'/g)].map((match) => match[1]),
  );
  assert.deepEqual([...new Set(used)].sort(), Object.keys(SCENARIO_PROBLEM_CODES).sort());
});

test('every code has a sentence', () => {
  for (const sentence of Object.values(SCENARIO_PROBLEM_CODES)) assert.match(sentence, /^[A-Z$].*\.$/);
});
