import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nestsDeeper } from '#src/yaml/nesting.js';

const indented = (levels: number) =>
  Array.from({ length: levels }, (_, level) => `${' '.repeat(level)}a:\n`).join('');

test('what nests deeper is seen, in brackets, in one line and by indentation, closed or not', () => {
  const deep = ['['.repeat(60_000), '{a: '.repeat(60_000), '- '.repeat(60_000), '? '.repeat(60_000)];
  for (const text of [...deep, indented(200), `${'['.repeat(40)}${']'.repeat(40)}`]) {
    assert.equal(nestsDeeper(text, 32), true, text.slice(0, 20));
  }
});

test('what is long but flat, or only looks deep, is let through', () => {
  const brackets = '['.repeat(100);
  const flat = [
    '[a], '.repeat(5000),
    '- a\n'.repeat(5000),
    `a: "${brackets}"\n`,
    `a: |\n  ${brackets}\n${' '.repeat(300)}- x\n`,
    `a: 1 ${' '.repeat(300)}# ${brackets}\n${' '.repeat(300)}# so\n${' '.repeat(300)}\nb: 2\n`,
    `a: [1,\n${' '.repeat(300)}2]\n`,
    indented(20),
    `a: b${' -'.repeat(100)}\n`,
  ];
  for (const text of flat) assert.equal(nestsDeeper(text, 32), false, text.slice(0, 20));
});
