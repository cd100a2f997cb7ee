import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatKeyPath, type KeyPath, parseKeyPath } from '#src/yaml/key-path.js';

test('a path is written with dots, brackets and quotes', () => {
  assert.equal(formatKeyPath(['scenarios', 'peak', 'rate']), 'scenarios.peak.rate');
  assert.equal(formatKeyPath(['messages', 0, 'size']), 'messages[0].size');
  assert.equal(formatKeyPath(['envelope', 'to', 'domains', 'a.b']), 'envelope.to.domains["a.b"]');
  assert.equal(formatKeyPath([]), '');
});

test('a path is read as people type it', () => {
  assert.deepEqual(parseKeyPath('messages.0.size'), ['messages', '0', 'size']);
  assert.deepEqual(parseKeyPath('messages[0].size'), ['messages', 0, 'size']);
  assert.deepEqual(parseKeyPath('thresholds["smtp_messages{outcome:accepted}"]'), [
    'thresholds',
    'smtp_messages{outcome:accepted}',
  ]);
});

test('what is no path is refused', () => {
  for (const text of ['', '.', '.a', 'a.', 'a..b', 'a[', 'a[x]', 'a["x]', 'a[0]b', 'a b', 'a["\\x"]']) {
    assert.equal(parseKeyPath(text), null, text);
  }
});

test('reading is the inverse of writing', () => {
  const step = fc.oneof(fc.string(), fc.nat(9999), fc.constantFrom('rate', 'a.b', '"', '\\', '0', '[0]'));
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), (path: KeyPath) => {
      assert.deepEqual(parseKeyPath(formatKeyPath(path)), path);
    }),
  );
});
