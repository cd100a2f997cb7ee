import { test } from 'node:test';
import { assertRules } from '../load.js';

const sized = (size: string) => `messages: [{ size: ${size} }]`;

test('sizes leave room for header fields, and distributions are ones', () => {
  assertRules([
    ['SCENARIO_MESSAGE_SIZE', 'messages[0].size', sized('511'), sized('512')],
    [
      'SCENARIO_MESSAGE_SIZE',
      'messages[0].size.min',
      sized('{ min: 511B, max: 1KiB }'),
      sized('{ min: 512B, max: 1KiB }'),
    ],
    [
      'SCENARIO_RANGE_REVERSED',
      'messages[0].size',
      sized('{ min: 3KiB, max: 2KiB }'),
      sized('{ min: 2KiB, max: 2KiB }'),
    ],
    [
      'SCENARIO_MESSAGE_SIZE',
      'messages[0].size.lognormal',
      sized('{ lognormal: { median: 20KiB, p95: 20KiB } }'),
      sized('{ lognormal: { median: 20KiB, p95: 21KiB } }'),
    ],
    [
      'SCENARIO_MESSAGE_SIZE',
      'messages[0].size.lognormal',
      sized('{ lognormal: { median: 20KiB, p95: 90KiB }, max: 19KiB }'),
      sized('{ lognormal: { median: 20KiB, p95: 90KiB }, max: 20KiB }'),
    ],
    [
      'SCENARIO_MESSAGE_SIZE',
      'messages[0].size.lognormal',
      sized('{ lognormal: { median: 900B, p95: 90KiB } }'),
      sized('{ lognormal: { median: 900B, p95: 90KiB }, min: 800B }'),
    ],
  ]);
});
