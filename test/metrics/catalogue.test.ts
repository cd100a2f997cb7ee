import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMetricName, METRICS, metricInfo } from '#src/metrics/catalogue.js';

test('every metric says in whole sentences what it measures', () => {
  for (const [name, { description }] of Object.entries(METRICS)) {
    assert.match(description, /^[A-Z].*\.$/, name);
    assert.doesNotMatch(description, /[\r\n]/, name);
  }
});

test('names and tags are lower case, because keys and thresholds are written by hand', () => {
  for (const [name, { tags }] of Object.entries(METRICS)) {
    for (const word of [name, ...tags]) assert.match(word, /^[a-z][a-z0-9_]*$/);
    assert.equal(new Set(tags).size, tags.length, name);
  }
});

test('trends are shown in ms and rates are shares', () => {
  for (const [name, { type, unit }] of Object.entries(METRICS)) {
    assert.equal(unit === 'ms', type === 'trend', name);
    assert.equal(unit === 'share', type === 'rate', name);
  }
});

test('message trends are told apart by outcome', () => {
  const byMessage = Object.entries(METRICS).filter(([name]) =>
    /^smtp_(message|transaction)_.*duration$/.test(name),
  );
  assert.equal(byMessage.length, 4);
  for (const [name, { tags }] of byMessage) assert.deepEqual([...tags], ['outcome'], name);
});

test('what is no metric has no information, not even by way of the prototype', () => {
  for (const name of ['smtp_nothing', 'constructor', '__proto__', 'toString']) {
    assert.equal(metricInfo(name), undefined);
    assert.ok(!isMetricName(name));
  }
  assert.equal(metricInfo('checks')?.type, 'rate');
});
