import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inFileOrder } from '#src/yaml/problem-order.js';

test('problems come in the order of lines and columns, those without a line last', () => {
  const places = ['--set a', 'f.yaml:10:2', 'f.yaml:9:30', 'f.yaml:9:4', 'MAILBENCH_RATE'];
  const problems = places.map((where) => ({ code: 'X', where, path: '', message: '' }));
  assert.deepEqual(
    inFileOrder(problems).map(({ where }) => where),
    ['f.yaml:9:4', 'f.yaml:9:30', 'f.yaml:10:2', '--set a', 'MAILBENCH_RATE'],
  );
});
