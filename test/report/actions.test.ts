import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionsOf } from '#src/report/actions.js';
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
