import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionsOf, crossingsOf } from '#src/report/actions.js';
import { passedResult } from './fixture.js';

test('actions come from the scenario; those behind the end, or unreadable, are left out', () => {
  const result = passedResult();
  const actions = [
    { at: '20s', name: 'crash', run: './crash.sh' },
    { at: 500, name: 'warm', run: 'true' },
    { at: '2m', name: 'never came', run: 'true' },
    { at: 'soon', name: 'unreadable', run: 'true' },
    { at: '1s', run: 'true' },
    null,
  ];
  assert.deepEqual(actionsOf({ ...result, scenario: { ...result.scenario, actions } }), [
    { atMs: 20_000, name: 'crash' },
    { atMs: 500, name: 'warm' },
  ]);
  assert.deepEqual(actionsOf(result), []);
});

test('thresholds that first failed at the same moment share a mark; those without a moment have none', () => {
  const row = (threshold: string, crossedAtMs?: number) => ({
    metric: 'smtp_message_duration',
    threshold,
    ok: crossedAtMs === undefined,
    value: 1,
    abortOnFail: false,
    ...(crossedAtMs !== undefined && { crossedAtMs }),
  });
  const thresholds = [row('med<1', 3000), row('max<9'), row('p(95)<2', 3000), row('avg<1', 5000)];
  assert.deepEqual(crossingsOf({ thresholds }), [
    { atMs: 3000, name: '✗ med<1, p(95)<2' },
    { atMs: 5000, name: '✗ avg<1' },
  ]);
});
