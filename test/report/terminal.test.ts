import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bar, clip, columns, flow, left, right, wrap } from '#src/report/terminal.js';

describe('columns', () => {
  it('counts wide characters twice and combining marks not at all', () => {
    assert.deepEqual(['abc', '世界', 'e\u0301', '👍', '█▏'].map(columns), [3, 4, 1, 2, 2]);
  });
});

describe('clip', () => {
  it('leaves what fits and marks what was cut', () => {
    assert.equal(clip('250 ok', 6), '250 ok');
    assert.equal(clip('250 okay', 6), '250 o…');
  });

  it('does not halve a wide character', () => {
    assert.equal(clip('世界世界', 4), '世…');
  });

  it('never exceeds its width', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, width) =>
        assert.ok(columns(clip(text, width)) <= width),
      ),
    );
  });
});

describe('padding', () => {
  it('fills up to the width and never cuts', () => {
    assert.equal(left('n', 4, '.'), 'n...');
    assert.equal(right('世', 4), '  世');
    assert.equal(right('30,000', 3), '30,000');
  });
});

describe('bar', () => {
  it('is drawn in eighths', () => {
    assert.deepEqual(
      [0, 0.5, 0.5625, 1].map((share) => bar(share, 2)),
      ['', '█', '█▏', '██'],
    );
  });

  it('shows that there is something, however little', () => {
    assert.equal(bar(1e-9, 10), '▏');
  });

  it('stays within its width', () => {
    assert.equal(bar(7, 3), '███');
  });
});

describe('wrap and flow', () => {
  it('break between words and between pieces only', () => {
    assert.deepEqual(wrap('one two three', 7), ['one two', 'three']);
    assert.deepEqual(flow(['p50 38 ms', 'p99 402 ms'], 12, '   '), ['p50 38 ms', 'p99 402 ms']);
  });

  it('cut a word that fits no line', () => {
    assert.deepEqual(wrap('a wonderful day', 6), ['a', 'wonde…', 'day']);
  });
});
