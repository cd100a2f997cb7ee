import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  hostInfo,
  isRamped,
  loadModelOf,
  longestMsOf,
  makePlans,
  plannedIterationsOf,
  plannedMsOf,
  steadyOf,
} from '#src/run/plans.js';
import type { Scenario } from '#src/scenario/scenario.js';
import { settingsOf } from '#src/scenario/settings.js';
import { load } from '#test/scenario/load.js';

const SHARED = { executor: 'shared-iterations', vus: 2, iterations: 30 };
const PER_VU = { executor: 'per-vu-iterations', vus: 4, iterations: 5 };
const VUS = { executor: 'constant-vus', duration: '20s' };
const RAMP = {
  executor: 'ramping-arrival-rate',
  stages: [
    { duration: '3s', target: 10 },
    { duration: '4s', target: 0 },
  ],
  preAllocatedVUs: 1,
};
const RATE = { executor: 'constant-arrival-rate', rate: 5, duration: '10s', preAllocatedVUs: 1 };

test('there is a plan for each shard, alike but for its number', () => {
  const scenario = scenarioOf(SHARED);
  const anchor = { wallUs: 1, hrtimeUs: 2 };
  const plans = makePlans(scenario, { runId: 'r', anchor, workers: 3, logMessages: 'all' });
  assert.deepEqual(
    plans.map(({ shard }) => shard),
    [
      { index: 0, count: 3 },
      { index: 1, count: 3 },
      { index: 2, count: 3 },
    ],
  );
  for (const plan of plans) {
    assert.deepEqual(
      { ...plan, shard: null },
      {
        v: 1,
        run: { id: 'r', anchor },
        shard: null,
        scenario,
        settings: [settingsOf(scenario, Object.keys(scenario.scenarios)[0] as string)],
        logMessages: 'all',
      },
    );
  }
  // It is sent to other threads, later to other hosts.
  assert.deepEqual(JSON.parse(JSON.stringify(plans)), plans);
});

test('a scenario is open as soon as one executor is', () => {
  assert.equal(loadModelOf(scenarioOf(SHARED, PER_VU, VUS)), 'closed');
  assert.equal(loadModelOf(scenarioOf(SHARED, RATE)), 'open');
  assert.equal(loadModelOf(scenarioOf(SHARED, RAMP)), 'open');
});

test('its planned time is that of the last executor to end, unless a number of iterations decides', () => {
  const cases: [object[], number | null][] = [
    [[VUS], 20_000],
    [[VUS, RATE], 20_000],
    [[VUS, { ...RATE, startTime: '15s' }], 25_000],
    [[RAMP], 7_000],
    [[{ ...RAMP, startTime: '15s' }, VUS], 22_000],
    [[SHARED], null],
    [[SHARED, VUS], null],
  ];
  for (const [specs, expected] of cases) {
    assert.equal(plannedMsOf(scenarioOf(...specs)), expected, JSON.stringify(specs));
  }
});

test('a scenario is ramped as soon as one executor is', () => {
  assert.equal(isRamped(scenarioOf(SHARED, RATE)), false);
  assert.equal(isRamped(scenarioOf(RATE, RAMP)), true);
});

test('its planned iterations are those of all executors, unless time decides', () => {
  assert.equal(plannedIterationsOf(scenarioOf(SHARED, PER_VU)), 50);
  assert.equal(plannedIterationsOf(scenarioOf(SHARED, RATE)), null);
});

test('the steady state begins where the first warm-up is over, and ends with the last arrival', () => {
  assert.deepEqual(steadyOf(scenarioOf(RATE)), { fromMs: 0, toMs: 10_000 });
  assert.deepEqual(steadyOf(scenarioOf({ ...RATE, warmup: '2s' }, { ...VUS, warmup: '3s' })), {
    fromMs: 2000,
    toMs: 20_000,
  });
  assert.deepEqual(steadyOf(scenarioOf({ ...VUS, startTime: '4s', warmup: '1s' })), {
    fromMs: 5000,
    toMs: 24_000,
  });
  assert.deepEqual(steadyOf(scenarioOf(SHARED)), { fromMs: 0, toMs: null });
});

test('the longest time counts only what has one', () => {
  assert.equal(longestMsOf(scenarioOf(SHARED, { ...VUS, startTime: '1s' })), 21_000);
  assert.equal(longestMsOf(scenarioOf(SHARED)), 0);
});

test('the host is described by what decides how much it can do', () => {
  const info = hostInfo(3);
  assert.equal(info.workers, 3);
  assert.ok(info.cores >= 1 && info.memoryBytes > 0 && info.cpu !== '');
});

function scenarioOf(...specs: object[]): Scenario {
  const scenarios = Object.fromEntries(specs.map((spec, index) => [`s${index}`, spec]));
  return load(JSON.stringify({ scenarios })).scenario;
}
