import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backlogOf } from '#src/result/backlog.js';
import type { SeriesRow } from '#src/result/result.js';

/** One row a second, 100 copies accepted in each. */
function rows(backlogs: readonly (number | null)[]): SeriesRow[] {
  return backlogs.map((backlog, t) => ({
    t,
    scheduled: 100,
    started: 100,
    dropped: 0,
    accepted: 100,
    rejected: 0,
    failed: 0,
    p50: 1,
    p95: 1,
    p99: 1,
    sessionsOpen: 1,
    utilisation: 0.1,
    latenessP99: null,
    backlog,
  }));
}

const grew = (backlogs: readonly number[], fromS = 0, toS = backlogs.length) =>
  backlogOf(rows(backlogs), { fromS, toS, rowS: 1, isRamped: false })?.grew;

test('without a reader of copies there is no backlog', () => {
  assert.equal(backlogOf(rows([null, null]), { fromS: 0, toS: 2, rowS: 1, isRamped: false }), null);
});

test('its highest point may come after the load; the end of the load is where the load ended', () => {
  assert.deepEqual(backlogOf(rows([10, 30, 20, 40, 0]), { fromS: 0, toS: 3, rowS: 1, isRamped: false }), {
    max: 40,
    atEndOfLoad: 20,
    grew: false,
  });
});

test('it grew when it rises steadily by more than a row of copies', () => {
  assert.equal(grew([0, 50, 102, 149, 201, 250, 298]), true);
});

test('it did not grow when it rises less than that, swings, falls or stays', () => {
  assert.equal(grew([0, 10, 20, 30, 40, 50]), false);
  assert.equal(grew([0, 500, 0, 500, 0, 500, 0, 500]), false);
  assert.equal(grew([500, 400, 300, 200, 100, 0]), false);
  assert.equal(grew([100, 100, 100, 100, 100, 100]), false);
});

test('a load that is changed on purpose lets nothing grow', () => {
  const rising = rows([0, 50, 102, 149, 201, 250, 298]);
  for (const isRamped of [false, true]) {
    assert.equal(backlogOf(rising, { fromS: 0, toS: 7, rowS: 1, isRamped })?.grew, !isRamped);
  }
});

test('four rows are too few to say', () => {
  assert.equal(grew([0, 1000, 2000, 3000]), false);
  assert.equal(grew([0, 1000, 2000, 3000, 4000]), true);
});

test('what comes before the steady state and after it does not count', () => {
  const backlogs = [0, 400, 800, 1000, 1000, 1000, 1000, 1000, 1000, 800, 0];
  assert.equal(grew(backlogs, 0, 6), true);
  assert.equal(grew(backlogs, 3, 9), false);
});
