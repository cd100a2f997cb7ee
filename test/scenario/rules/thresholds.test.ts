import { test } from 'node:test';
import { assertRules } from '../load.js';

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
