import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { importModule, isCodePath } from '#src/code/import-module.js';
import { CodeSyntaxError, placeText, thrownAt } from '#src/code/thrown.js';
import { defineScenario } from '#src/mailbench.js';
import { codeFolder } from './code-files.js';

async function importText(t: TestContext, name: string, text: string, others: Record<string, string> = {}) {
  const folder = await codeFolder(t, { ...others, [name]: text });
  const path = join(folder, name);
  return { path, file: name, module: importModule(path) };
}

test('TypeScript, JavaScript and CommonJS are code, YAML and JSON are not', () => {
  const names = [
    'a.ts',
    'a.mts',
    'a.js',
    'a.mjs',
    'a.cjs',
    'A.TS',
    'a.yaml',
    'a.yml',
    'a.json',
    'ts',
    'a.cts',
    'a.tsx',
  ];
  assert.deepEqual(names.filter(isCodePath), ['a.ts', 'a.mts', 'a.js', 'a.mjs', 'a.cjs', 'A.TS']);
});

test('types are left out, and other files and packages are found from where the scenario lies', async (t) => {
  const { module } = await importText(
    t,
    's.ts',
    `import { twice, type Pair } from './lib/twice.ts';
     import { name } from 'a-package';
     import type { Message } from 'mailbench';
     interface X<T> { readonly x: T }
     const x: X<number> = { x: 21 };
     const pair = twice(x.x) satisfies Pair as Pair;
     export default { pair, name, message: undefined as unknown as Message };`,
    {
      'lib/twice.ts':
        'export type Pair = [number, number]; export const twice = (n: number): Pair => [n, n];',
      'node_modules/a-package/package.json': '{ "name": "a-package", "type": "module", "main": "main.js" }',
      'node_modules/a-package/main.js': `export const name = 'found';`,
    },
  );
  assert.deepEqual((await module).default, { pair: [21, 21], name: 'found', message: undefined });
});

test('mailbench is the one that runs, wherever it is installed', async (t) => {
  const { module } = await importText(t, 's.mjs', `export { defineScenario } from 'mailbench';`);
  assert.equal((await module).defineScenario, defineScenario);
});

test('a module without a package around it may be an ES module in .js, or CommonJS in .cjs', async (t) => {
  const { module } = await importText(t, 's.js', 'export default 1;');
  assert.equal((await module).default, 1);
  const common = await importText(t, 's.cjs', 'module.exports = 2;');
  assert.equal((await common.module).default, 2);
});

const broken: [name: string, text: string, reason: RegExp, place: string][] = [
  ['s.ts', 'const a: number = 1;\n  enum B { C }\n', /enum is not supported/, 's.ts:2:3'],
  ['s.ts', 'class A {\n  constructor(private a: number) {}\n}', /parameter property/, 's.ts:2:23'],
  ['s.ts', 'namespace A { export const b = 1; }', /namespace/, 's.ts:1:1'],
  ['s.ts', 'const a: number = 1;\nconst b = = 2;\n', /Expression expected/, 's.ts:2:11'],
  ['s.mjs', 'const a = 1;\nconst b = = 2;\n', /Unexpected token '='/, 's.mjs:2:11'],
  ['s.mjs', `\nimport { nope } from 'mailbench';`, /does not provide an export named 'nope'/, 's.mjs:2:10'],
];
for (const [name, text, reason, place] of broken) {
  test(`${JSON.stringify(text)} is refused at ${place}`, async (t) => {
    const { module, ...named } = await importText(t, name, text);
    await assert.rejects(module, (error) => {
      assert.ok(error instanceof CodeSyntaxError, String(error));
      assert.match(error.reason, reason);
      assert.equal(placeText(error.place, named), place);
      return true;
    });
  });
}

test('a mistake in a file that the scenario imports is found there', async (t) => {
  const { module, ...named } = await importText(t, 's.ts', `import './lib/x.ts';`, {
    'lib/x.ts': '\n\nenum A {}',
  });
  await assert.rejects(module, (error) => {
    assert.ok(error instanceof CodeSyntaxError, String(error));
    assert.equal(placeText(error.place, named), 'lib/x.ts:3:1');
    return true;
  });
});

test('what a module throws while it is run comes as it is, with its place in the source', async (t) => {
  const text = 'interface A { b: number }\nconst a = {} as { b?: A };\n\nconsole.log(a.b!.b);';
  const { module, ...named } = await importText(t, 's.ts', text);
  await assert.rejects(module, (error) => {
    assert.ok(error instanceof TypeError);
    const place = thrownAt(error);
    assert.equal(place === null ? null : placeText(place, named), 's.ts:4:18');
    return true;
  });
});
