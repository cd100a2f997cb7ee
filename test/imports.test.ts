import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readImports } from './imports.js';

const plain = { isType: false, isUrl: false };

test('every way to import a file is seen', () => {
  const cases: [string, object][] = [
    [`import { a } from './a.js';`, { specifier: './a.js', ...plain }],
    [`import {\n  a,\n  b,\n} from './a.js';`, { specifier: './a.js', ...plain }],
    [`import * as a from "./a.js";`, { specifier: './a.js', ...plain }],
    [`import './a.js';`, { specifier: './a.js', ...plain }],
    [`export { a } from './a.js';`, { specifier: './a.js', ...plain }],
    [`export * from './a.js';`, { specifier: './a.js', ...plain }],
    [`import type { A } from './a.js';`, { specifier: './a.js', isType: true, isUrl: false }],
    [`export type { A } from './a.js';`, { specifier: './a.js', isType: true, isUrl: false }],
    [`const a = await import('./a.js');`, { specifier: './a.js', ...plain }],
    [`type A = import('./a.js').A;`, { specifier: './a.js', ...plain }],
    [`new Worker(new URL('./a.js', import.meta.url));`, { specifier: './a.js', isType: false, isUrl: true }],
  ];
  for (const [source, expected] of cases) assert.deepEqual(readImports(source), [expected], source);
});

test('an import of a type among values counts as an import of values, because the line stays', () => {
  assert.deepEqual(readImports(`import { type A, b } from './a.js';`), [{ specifier: './a.js', ...plain }]);
});

test('several imports in a row do not run into each other', () => {
  const source = `import type { A } from './a.js';\nimport { b } from './b.js';\nexport const c = 1;\nexport { d } from './d.js';`;
  const specifiers = readImports(source).map((found) => found.specifier);
  assert.deepEqual(specifiers, ['./a.js', './b.js', './d.js']);
  assert.deepEqual(
    readImports(`export const from = 'x';\nimport b from './b.js';`).map((found) => found.specifier),
    ['./b.js'],
  );
});

test('comments, addresses and code that only looks like an import are not imports', () => {
  const sources = [
    `/**\n * import { a } from './a.js';\n * await import('./a.js')\n */`,
    `// import('./a.js')`,
    `const a = 1; // see import('./a.js')`,
    `new URL('http://127.0.0.1/a.js');`,
    `new URL('/a.js', base);`,
    `await import(pathToFileURL(path).href);`,
  ];
  for (const source of sources) assert.deepEqual(readImports(source), [], source);
});
