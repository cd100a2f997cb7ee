import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricTagsOf } from '#src/shard/metric-tags.js';
import { load } from '../scenario/load.js';

function tagsOf(text: string) {
  return metricTagsOf(load(text).scenario);
}

const TWO =
  'scenarios:\n  a: { executor: shared-iterations, tags: { team: red } }\n  b: { executor: shared-iterations }';

test('one executor that nobody asks about has no tags, and several have their names', () => {
  assert.deepEqual(tagsOf('tags: { build: "7" }'), [{}]);
  assert.deepEqual(tagsOf(TWO), [{ scenario: 'a' }, { scenario: 'b' }]);
});

test('what a threshold asks for is a tag: of the run, and of the executor over it', () => {
  const thresholds =
    'thresholds: { "smtp_messages{team:red}": "count>0", "smtp_messages{outcome:accepted,site:x}": "count>0" }';
  assert.deepEqual(tagsOf(`tags: { team: blue, site: x, build: "7" }\n${thresholds}\n${TWO}`), [
    { team: 'red', site: 'x', scenario: 'a' },
    { team: 'blue', site: 'x', scenario: 'b' },
  ]);
  assert.deepEqual(tagsOf('thresholds: { "checks{scenario:default}": "rate>0" }'), [{ scenario: 'default' }]);
});
