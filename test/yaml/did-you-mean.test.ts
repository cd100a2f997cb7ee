import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { editDistance, nearestWord, suggestion } from '#src/yaml/did-you-mean.js';

test('insertions, deletions, substitutions and swaps cost one each', () => {
  assert.equal(editDistance('rate', 'rate'), 0);
  assert.equal(editDistance('rate', 'rates'), 1);
  assert.equal(editDistance('rate', 'rat'), 1);
  assert.equal(editDistance('rate', 'rake'), 1);
  assert.equal(editDistance('rate', 'raet'), 1);
  assert.equal(editDistance('', 'rate'), 4);
  assert.equal(editDistance('kitten', 'sitting'), 3);
});

test('the distance is symmetric, zero only for equal words and never above the longer length', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      const distance = editDistance(a, b);
      assert.equal(distance, editDistance(b, a));
      assert.equal(distance === 0, a === b);
      assert.ok(distance <= Math.max(a.length, b.length));
    }),
  );
});

test('a near word is suggested without regard to case, and a far one is not', () => {
  const known = ['rate', 'duration', 'preAllocatedVUs'];
  assert.equal(nearestWord('Rate', known), 'rate');
  assert.equal(nearestWord('durration', known), 'duration');
  assert.equal(nearestWord('preallocatedvus', known), 'preAllocatedVUs');
  assert.equal(nearestWord('banana', known), null);
  assert.equal(nearestWord('r'.repeat(10_000), known), null);
});

test('where nothing is near, a short list of what is known is offered', () => {
  assert.equal(suggestion('rte', ['rate', 'vus']), 'Did you mean `rate`?');
  assert.equal(suggestion('banana', ['rate', 'vus']), 'Known here: `rate`, `vus`.');
  assert.equal(suggestion('banana', []), undefined);
});
