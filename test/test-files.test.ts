import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectTests } from './test-files.js';

const sources = ['smtp/session.test.ts', 'load/pacer.test.ts', 'e2e/postfix.real.test.ts', 'cli.ts'];
const compiled = [
  'smtp/session.test.js',
  'load/pacer.test.js',
  'e2e/postfix.real.test.js',
  'cli.js',
  'cli.d.ts',
];

test('compiled tests are found, sorted, and those that need real servers are marked', () => {
  assert.deepEqual(selectTests({ compiled, sources, names: [] }), [
    { path: 'e2e/postfix.real.test.js', isReal: true },
    { path: 'load/pacer.test.js', isReal: false },
    { path: 'smtp/session.test.js', isReal: false },
  ]);
});

test('a compiled test whose source is gone does not run', () => {
  const files = selectTests({ compiled: [...compiled, 'load/renamed.test.js'], sources, names: [] });
  assert.equal(
    files.some((file) => file.path.includes('renamed')),
    false,
  );
});

test('names keep the files whose path contains one of them', () => {
  const paths = (names: string[]) => selectTests({ compiled, sources, names }).map((file) => file.path);
  assert.deepEqual(paths(['smtp']), ['smtp/session.test.js']);
  assert.deepEqual(paths(['pacer', 'session']), ['load/pacer.test.js', 'smtp/session.test.js']);
  assert.deepEqual(paths(['nothing']), []);
});
