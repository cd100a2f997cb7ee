import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BehaviourError, BugError, EnvironmentError, ScenarioError, UsageError } from '#src/errors.js';
import {
  codesInSource,
  codesInTable,
  computedCodes,
  exitCodesInSource,
  exitCodesInTable,
} from './error-codes.js';

const root = new URL('../', import.meta.url);

test('docs/errors.md lists exactly the codes that the sources use, each once, in alphabetical order', async () => {
  const sources = await readSources();
  const used = [...new Set(sources.flatMap(codesInSource))].sort();
  const listed = codesInTable(await readFile(new URL('docs/errors.md', root), 'utf8'));
  assert.deepEqual(listed, used);
});

test('docs/errors.md says with which exit code each of them ends', async () => {
  const sources = await readSources();
  // Only scenario code can bring it about, and what that does ends with 107.
  const used = new Map([...sources.flatMap(exitCodesInSource), ['MESSAGE_RAW_UNFIT', 107]]);
  const listed = exitCodesInTable(await readFile(new URL('docs/errors.md', root), 'utf8'));
  assert.equal(listed.length, used.size);
  assert.deepEqual(
    listed.filter(([code, exit]) => used.get(code) !== exit),
    [],
  );
});

test('every code is named in a test', async () => {
  const tests = (await readTexts('test')).join('\n');
  const codes = codesInTable(await readFile(new URL('docs/errors.md', root), 'utf8'));
  // Some tests add the first word to all of their cases.
  const isNamed = (code: string) => {
    const rest = code.slice(code.indexOf('_') + 1);
    return new RegExp(`\\b${code}\\b|['"\`]${rest}['"\`]`).test(tests);
  };
  assert.deepEqual(
    codes.filter((code) => !isNamed(code)),
    [],
  );
});

test('every code stands as a literal where its error is made', async () => {
  const sources = await readSources();
  assert.deepEqual(sources.flatMap(computedCodes), []);
});

test('codes are found in constructors over several lines, in problems and in errors.ts', () => {
  const source = `throw new EnvironmentError(\n  'PORT_TAKEN',\n  \`port \${port}\`,\n);
    throw new UsageError('FLAG_UNKNOWN', text);
    problems.push({ code: 'SCENARIO_KEY_UNKNOWN' });
    super('BUG', message);
    // new UsageError('IN_A_COMMENT', '')`;
  assert.deepEqual(codesInSource(source).sort(), [
    'BUG',
    'FLAG_UNKNOWN',
    'PORT_TAKEN',
    'SCENARIO_KEY_UNKNOWN',
  ]);
  assert.deepEqual(computedCodes(source), []);
});

test('an exit code is that of the class, 104 for problems and 1 for a bug', () => {
  const source = `throw new EnvironmentError('A_B', x); throw new UsageError(\n'C_D', y); new CodeError('E_F');
    problems.push({ code: 'SCENARIO_X' }); super('BUG', message);`;
  assert.deepEqual(Object.fromEntries(exitCodesInSource(source)), {
    ...{ A_B: 1, C_D: 104, E_F: 107, SCENARIO_X: 104, BUG: 1 },
  });
  assert.deepEqual(exitCodesInTable('| code | exit |\n| `A_B` | 1 | x |\n| `C_D` | 104 | 7 |'), [
    ['A_B', 1],
    ['C_D', 104],
  ]);
});

test('a computed code is reported', () => {
  assert.deepEqual(computedCodes(`new UsageError(code, message)`), ['code']);
  assert.deepEqual(computedCodes('report(`SCENARIO_$' + '{name}_MISSING`)'), [
    '`SCENARIO_$' + '{name}_MISSING`',
  ]);
});

test('only the first column of table rows counts as listed', () => {
  const page =
    '| code | exit |\n| --- | --- |\n| `PORT_TAKEN` | 1, see `OTHER` |\n| BUG | 1 |\nText: `NOT_LISTED` |';
  assert.deepEqual(codesInTable(page), ['PORT_TAKEN', 'BUG']);
});

test('an error keeps its code, hint and cause, and is named after its class', () => {
  const cause = new Error('ENOSPC');
  const error = new EnvironmentError('DISK_FULL', 'the disk is full', { hint: 'Free some space.', cause });
  assert.deepEqual(
    [error.name, error.code, error.message, error.hint, error.cause],
    ['EnvironmentError', 'DISK_FULL', 'the disk is full', 'Free some space.', cause],
  );
  assert.equal('cause' in new UsageError('X', 'no cause'), false);
  assert.match(new BugError('impossible').hint ?? '', /report it/);
});

test('a scenario error counts its problems and takes the code of the first', () => {
  const problem = { code: 'SCENARIO_RATE_MISSING', where: 'a.yaml:1:1', path: 'rate', message: 'missing' };
  const one = new ScenarioError([problem]);
  assert.deepEqual([one.code, one.message], ['SCENARIO_RATE_MISSING', '1 problem in the scenario']);
  assert.equal(new ScenarioError([problem, problem]).message, '2 problems in the scenario');
  assert.equal(new ScenarioError([]).code, 'SCENARIO_INVALID');
  assert.equal(new BehaviourError([]).code, 'BEHAVIOUR_INVALID');
});

const readSources = () => readTexts('src');

async function readTexts(folder: string): Promise<string[]> {
  const dir = fileURLToPath(new URL(folder, root));
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'));
  return Promise.all(paths.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')));
}
