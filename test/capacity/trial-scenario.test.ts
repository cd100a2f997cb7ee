import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { atRate, atVus, searchedExecutor, startOf } from '#src/capacity/trial-scenario.js';
import type { Override } from '#src/scenario/overrides.js';
import type { Scenario } from '#src/scenario/scenario.js';
import { load } from '#test/scenario/load.js';

const ASKED = { ratePerSec: 123.4, seconds: 12, warmupSeconds: 2 };

function over(text: string, make: (scenario: Scenario) => readonly Override[]): Scenario {
  const { scenario } = load(text);
  return load(text, { over: make(scenario) }).scenario;
}

const EXECUTORS: Readonly<Record<string, string>> = {
  'constant-arrival-rate':
    'rate: 70, timeUnit: 1m, duration: 1m, arrival: uniform, preAllocatedVUs: 7, maxVUs: 9',
  'ramping-arrival-rate':
    'stages: [{ duration: 1m, target: 70 }], startRate: 5, preAllocatedVUs: 7, maxVUs: 9',
  'constant-vus': 'vus: 12, duration: 1m',
  'ramping-vus': 'stages: [{ duration: 1m, target: 12 }], startVUs: 2, gracefulRampDown: 1s',
  'shared-iterations': 'vus: 12, iterations: 100, maxDuration: 1m',
  'per-vu-iterations': 'vus: 12, iterations: 100',
};

describe('the executor of a trial', () => {
  for (const [executor, words] of Object.entries(EXECUTORS)) {
    const text = `client: { messagesPerSession: 3 }
scenarios: { a: { executor: ${executor}, ${words}, warmup: 5s, startTime: 9s, iteration: session, tags: { x: y } } }`;

    test(`takes the place of ${executor}, and keeps what is done`, () => {
      const { scenarios } = over(text, (scenario) => atRate(scenario, 'a', ASKED));
      const { preAllocatedVUs, maxVUs, ...rest } = scenarios.a as Extract<
        Scenario['scenarios'][string],
        { executor: 'constant-arrival-rate' }
      >;
      assert.deepEqual(rest, {
        executor: 'constant-arrival-rate',
        arrival: 'poisson',
        rate: 123.4,
        timeUnitMs: 1_000,
        durationMs: 12_000,
        warmupMs: 2_000,
        startTimeMs: 0,
        gracefulStopMs: 30_000,
        iteration: 'session',
        tags: { x: 'y' },
      });
      const isOpen = executor.includes('arrival');
      assert.deepEqual([preAllocatedVUs, maxVUs], isOpen ? [7, 9] : [12, 1_000]);
    });

    test(`by VUs, too, in the place of ${executor}`, () => {
      const { scenarios } = over(text, (scenario) =>
        atVus(scenario, 'a', { vus: 33, seconds: 12, warmupSeconds: 2 }),
      );
      const spec = scenarios.a as { executor: string; vus: number; durationMs: number };
      assert.deepEqual([spec.executor, spec.vus, spec.durationMs], ['constant-vus', 33, 12_000]);
    });
  }

  test('is the one that is named; the others are left out', () => {
    const text = `scenarios:
  a: { executor: constant-vus, duration: 1m }
  b: { executor: constant-vus, duration: 1m, with: { client: { pipelining: off } } }`;
    const { scenario } = load(text);
    const code = 'CAPACITY_EXECUTOR';
    assert.throws(() => searchedExecutor(scenario, undefined), { code, message: /several executors: a, b/ });
    assert.throws(() => searchedExecutor(scenario, 'c'), { code, message: /no executor "c"/ });
    assert.equal(searchedExecutor(scenario, 'b'), 'b');
    const { scenarios, own } = over(text, (whole) => atRate(whole, 'b', ASKED));
    assert.deepEqual(Object.keys(scenarios), ['b']);
    assert.equal(own.b?.client?.pipelining, 'off');
  });

  test('is the one there is, also where no file names it', () => {
    assert.equal(searchedExecutor(load('{}').scenario, undefined), 'default');
  });
});

test('a search starts at the rate of the scenario, or low', () => {
  const start = (executor: string) =>
    startOf(
      load(`scenarios: { a: { executor: ${executor}, ${EXECUTORS[executor]} } }`).scenario.scenarios.a!,
    );
  assert.ok(Math.abs(start('constant-arrival-rate') - 70 / 60) < 1e-9);
  assert.equal(start('ramping-arrival-rate'), 35);
  assert.equal(start('constant-vus'), 20);
});
