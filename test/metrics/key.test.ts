import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasTags, metricKey, parseKey } from '#src/metrics/key.js';

test('a metric without tags is its name', () => {
  assert.equal(metricKey('iterations'), 'iterations');
  assert.deepEqual(parseKey('iterations'), { name: 'iterations', tags: {} });
});

test('tags are sorted by name, whatever order they come in', () => {
  const key = 'smtp_replies{class:accepted,code:250,command:RCPT}';
  assert.equal(metricKey('smtp_replies', { command: 'RCPT', code: '250', class: 'accepted' }), key);
  assert.equal(metricKey('smtp_replies', { code: '250', class: 'accepted', command: 'RCPT' }), key);
});

test("what a server says cannot break the key's grammar", () => {
  assert.equal(metricKey('x', { t: 'a,b:c{d}e\r\n\0é\u{1f600}' }), 'x{t:a_b_c_d_e______}');
});

test('a value is cut at 64 characters', () => {
  assert.equal(metricKey('x', { t: 'a'.repeat(1000) }), `x{t:${'a'.repeat(64)}}`);
});

test('parsing gives back the label set of any key that was made', () => {
  const tagName = fc.stringMatching(/^[a-z]{1,8}$/);
  fc.assert(
    fc.property(fc.dictionary(tagName, fc.string({ unit: 'binary' })), (tags) => {
      const key = metricKey('name', tags);
      const parsed = parseKey(key);
      assert.equal(parsed.name, 'name');
      assert.deepEqual(Object.keys(parsed.tags).sort(), Object.keys(tags).sort());
      assert.equal(metricKey(parsed.name, parsed.tags), key);
      assert.ok(hasTags(parsed.tags, tags), 'a label set has the tags it was made of');
    }),
  );
});

test('a label set has the tags asked for only when each is there with that value', () => {
  const tags = { command: 'RCPT', code: '550' };
  assert.ok(hasTags(tags, {}));
  assert.ok(hasTags(tags, { command: 'RCPT' }));
  assert.ok(!hasTags(tags, { command: 'MAIL' }));
  assert.ok(!hasTags(tags, { command: 'RCPT', class: 'accepted' }));
  assert.ok(!hasTags({}, { toString: 'x' }));
});
