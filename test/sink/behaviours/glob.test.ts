import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fitsGlob } from '#src/sink/behaviours/glob.js';

test('a star stands for any characters, none too, and a question mark for one', () => {
  const cases: readonly [text: string, pattern: string, fits: boolean][] = [
    ['vip1@a.example.test', 'vip*@*', true],
    ['vip@a.example.test', 'vip*@*', true],
    ['avip@a.example.test', 'vip*@*', false],
    ['a.example.test', '*.example.test', true],
    ['example.test', '*.example.test', false],
    ['user7', 'user?', true],
    ['user', 'user?', false],
    ['user77', 'user?', false],
    ['', '', true],
    ['', '*', true],
    ['x', '', false],
    ['a+b', 'a+b', true],
    ['aab', 'a+b', false],
  ];
  for (const [text, pattern, fits] of cases) {
    assert.equal(fitsGlob(text, pattern), fits, `${JSON.stringify(text)} ${JSON.stringify(pattern)}`);
  }
});

test('it fits as the same regular expression would', () => {
  const word = (chars: string) => fc.string({ unit: fc.constantFrom(...chars), maxLength: 8 });
  fc.assert(
    fc.property(word('ab'), word('ab*?'), (text, pattern) => {
      const same = new RegExp(`^${pattern.replace(/\*/g, '.*').replace(/\?/g, '.')}$`);
      assert.equal(fitsGlob(text, pattern), same.test(text));
    }),
    { numRuns: 2000 },
  );
});

test('many stars against a long text end soon', () => {
  // A backtracking matcher would take longer than the sun shines.
  assert.equal(fitsGlob('a'.repeat(10_000), `${'a*'.repeat(40)}b`), false);
});
