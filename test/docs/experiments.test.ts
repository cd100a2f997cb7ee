/** What docs/compare.md and docs/capacity.md tell their reader. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { EXIT_CODE_HELP } from '#src/cli/exit-codes.js';
import { experimentJsonSchema } from '#src/experiment/json-schema.js';
import { openExperiment } from '#src/experiment/open-experiment.js';
import { temporaryDir } from '../tmp.js';
import { codeBlocks, codeSpans, tableRows } from './markdown.js';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const COMPARE = read('compare.md');

test('every experiment in the documentation loads', async (t) => {
  const texts = codeBlocks(COMPARE).filter(({ info }) => info === 'yaml experiment');
  assert.ok(texts.length >= 1);
  const folder = await temporaryDir(t);
  for (const { text } of texts) {
    const file = join(folder, 'e.yaml');
    writeFileSync(file, text);
    const input = { file, env: {}, drawSeed: () => 1, isAgainstItself: false, flags: {} };
    const { variants } = await openExperiment(input);
    assert.ok(variants.length >= 2);
  }
});

test('every key of an experiment file is explained', () => {
  const keys = Object.keys((experimentJsonSchema() as { properties: object }).properties);
  const page = new Set(
    tableRows(COMPARE, 'An experiment').flatMap(([cell = '', text = '']) => codeSpans(cell + text)),
  );
  // A name needs no explanation.
  assert.deepEqual(
    keys.filter((key) => key !== 'name' && !page.has(key)),
    [],
  );
});

test('the workflow is YAML, runs an experiment and comments', () => {
  const [workflow, ...more] = codeBlocks(COMPARE).filter(({ info }) => info === 'yaml workflow');
  assert.deepEqual(more, []);
  const text = JSON.stringify(parse(workflow?.text ?? ''));
  assert.match(text, /mailbench experiment experiment\.yaml/);
  assert.match(text, /gh pr comment/);
});

test('exit codes of both pages are those of the help', () => {
  const codes = [COMPARE, read('capacity.md')].flatMap((page) =>
    tableRows(page, '').flatMap(([cell = '']) => (/^\d+$/.test(cell) ? [cell] : [])),
  );
  assert.ok(codes.includes('121') && codes.includes('123'));
  for (const code of codes) assert.match(EXIT_CODE_HELP, new RegExp(`^ +${code} `, 'm'));
});
