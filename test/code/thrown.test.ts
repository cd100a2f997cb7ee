import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeText, sentenceOf, strayError, thrownAt, thrownError } from '#src/code/thrown.js';

const CODE = { file: 'scenarios/s.ts', path: '/home/u/project/scenarios/s.ts' };

function withStack(...frames: string[]): Error {
  const error = new TypeError('no');
  error.stack = ['TypeError: no', ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return error;
}

const OURS = new URL('../../dist/code/code-run.js', import.meta.url).href;

test('the place is the topmost frame that is neither ours nor Node’s nor of a package', () => {
  const cases: [frames: string[], place: string | null][] = [
    [['message (file:///home/u/project/scenarios/s.ts:5:7)', `run (${OURS}:1:2)`], 'scenarios/s.ts:5:7'],
    [['Array.map (<anonymous>)', 'file:///home/u/project/scenarios/lib/a.ts:1:9'], 'scenarios/lib/a.ts:1:9'],
    [
      ['f (/home/u/project/node_modules/x/y.js:3:4)', 'g (/home/u/project/scenarios/s.ts:8:1)'],
      'scenarios/s.ts:8:1',
    ],
    [['async file:///home/u/project/shared/b.mjs:2:3'], 'shared/b.mjs:2:3'],
    [['file:///home/u/project/scenarios/s%20x.ts:1:2'], 'scenarios/s x.ts:1:2'],
    [[`x (${OURS}:1:2)`, 'y (node:internal/timers:5:6)'], null],
    [[], null],
  ];
  for (const [frames, expected] of cases) {
    const place = thrownAt(withStack(...frames));
    assert.equal(place === null ? null : placeText(place, CODE), expected, frames.join());
  }
});

test('whatever is thrown becomes one line', () => {
  assert.equal(sentenceOf(new RangeError('a\n  b\n\nc')), 'RangeError: a b c');
  assert.equal(sentenceOf('text'), 'text');
  assert.equal(sentenceOf({ code: 5 }), '{"code":5}');
  assert.equal(sentenceOf(undefined), 'undefined');
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  assert.equal(sentenceOf(cyclic), 'something that is no error');
  assert.equal(sentenceOf('x'.repeat(1000)).length, 500);
});

test('an exception without a place names the file', () => {
  assert.equal(thrownError('setup()', 'why', CODE).message, 'setup() threw in scenarios/s.ts: why');
});

test('a stray exception is the code’s only where its stack leads there', () => {
  const stray = strayError(withStack('Timeout._onTimeout (file:///nowhere/s.mjs:2:9)'));
  assert.match(stray?.message ?? '', /^Scenario code threw at .*nowhere\/s\.mjs:2:9: TypeError: no$/);
  assert.equal(strayError(withStack(`x (${OURS}:1:2)`)), null);
  assert.equal(strayError('text'), null);
});
