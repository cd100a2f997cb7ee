import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRules, load, problem } from '../load.js';

test('thresholds follow the grammar, on metrics, aggregations and tags that exist', () => {
  const threshold = (metric: string, source: string) => `thresholds: { "${metric}": ["${source}"] }`;
  assertRules([
    [
      'SCENARIO_THRESHOLD',
      'thresholds.smtp_nothing',
      threshold('smtp_nothing', 'rate<1'),
      threshold('checks', 'rate<1'),
    ],
    [
      'SCENARIO_THRESHOLD',
      'thresholds.checks[0]',
      threshold('checks', 'p(95)<1'),
      threshold('smtp_message_duration', 'p(95)<1'),
    ],
    [
      'SCENARIO_THRESHOLD',
      'thresholds.checks[0]',
      threshold('checks', 'rate<'),
      threshold('checks', 'rate<1'),
    ],
    [
      'SCENARIO_THRESHOLD',
      'thresholds["smtp_messages{colour:red}"]',
      threshold('smtp_messages{colour:red}', 'count>1'),
      threshold('smtp_messages{outcome:accepted}', 'count>1'),
    ],
    [
      'SCENARIO_THRESHOLD',
      'thresholds.checks',
      'thresholds: { checks: "avg<1" }',
      'thresholds: { checks: "rate<1" }',
    ],
    [
      'SCENARIO_THRESHOLD',
      'thresholds.checks[1].threshold',
      'thresholds: { checks: ["rate<1", { threshold: "avg<1" }] }',
      'thresholds: { checks: ["rate<1", { threshold: "rate<1" }] }',
    ],
  ]);
});

test('a window is whole seconds, at most five minutes, of a metric that has windows', () => {
  const windowed = (metric: string, window: string, source = 'rate<1') =>
    `thresholds: { ${metric}: [{ threshold: "${source}", window: ${window} }] }\ndelivery: { expect: sink }`;
  assertRules([
    [
      'SCENARIO_THRESHOLD',
      'thresholds.checks[0].window',
      windowed('checks', '1500ms'),
      windowed('checks', '1s'),
    ],
    [
      'SCENARIO_THRESHOLD',
      'thresholds.checks[0].window',
      windowed('checks', '301s'),
      windowed('checks', '5m'),
    ],
    [
      'SCENARIO_THRESHOLD',
      'thresholds.vus[0].window',
      windowed('vus', '10s', 'max<5'),
      windowed('vus', '0s', 'max<5'),
    ],
    [
      'SCENARIO_THRESHOLD',
      'thresholds.delivery_lost[0].window',
      windowed('delivery_lost', '10s', 'count<1'),
      windowed('delivery_lost', '0s', 'count<1'),
    ],
  ]);
});

test('a threshold may ask for a scenario and for tags, and only for those that there are', () => {
  const rest =
    'tags: { site: x }\nscenarios:\n  peak: { executor: shared-iterations, tags: { team: red } }\n';
  const asking = (expression: string) =>
    `${rest}thresholds: { "${expression}": "${expression.startsWith('vus') ? 'value' : 'count'}>=0" }`;
  for (const expression of [
    'smtp_messages{scenario:peak}',
    'smtp_messages{team:red,outcome:accepted}',
    'smtp_sessions{site:x}',
  ])
    load(asking(expression));
  for (const [expression, message, hint] of [
    ['smtp_messages{scenario:peek}', /asks for scenario:peek, which nothing has/, /peak/],
    ['smtp_messages{team:blue}', /asks for team:blue/, /red/],
    ['smtp_messages{taem:red}', /asks for the tag taem/, /team/],
    ['vus{scenario:peak}', /asks for the tag scenario, which vus does not have/, /no tags/],
  ] as const) {
    const found = problem(asking(expression));
    assert.equal(found.code, 'SCENARIO_THRESHOLD');
    assert.match(found.message, message);
    assert.match(found.hint ?? '', hint);
  }
});
