import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import {
  type CapacityPlan,
  type CapacityRunOptions,
  searchByRate,
  sweepByVus,
} from '#src/capacity/run-capacity.js';
import { SEARCH_LOG_FILE } from '#src/capacity/search-log.js';
import type { Result } from '#src/result/result.js';
import type { ConstantArrivalRate, ConstantVus } from '#src/scenario/executor-spec.js';
import type { LoadedScenario } from '#src/scenario/load-scenario.js';
import { throughputAt } from '#src/statistics/usl.js';
import { resultOf } from '#test/compare/sample-results.js';
import { load } from '#test/scenario/load.js';
import { temporaryDir } from '#test/tmp.js';

const TEXT =
  'scenarios: { a: { executor: constant-arrival-rate, rate: 10, duration: 1s, preAllocatedVUs: 2, maxVUs: 9 } }';
const SEARCH = { startPerSec: 100, precision: 0.05, maxSeconds: null, trialSeconds: 15 };

interface Around {
  readonly plan: CapacityPlan;
  readonly options: CapacityRunOptions;
  readonly asked: LoadedScenario[];
}

/** Runs that take no time, of a server that takes so many. */
async function around(
  t: TestContext,
  answer: (scenario: LoadedScenario) => Result,
  change: { readonly directory?: string; readonly stopAfter?: number; readonly digest?: string } = {},
): Promise<Around> {
  const { directory = await temporaryDir(t), stopAfter = Number.POSITIVE_INFINITY, digest = 'd' } = change;
  const asked: LoadedScenario[] = [];
  const options: CapacityRunOptions = {
    ...{ directory, isResumed: change.directory !== undefined, startedAt: '2026-11-23T10:00:00.000Z' },
    ...{ drained: null, drainWithinMs: 1_000, folder: directory },
    now: () => asked.length * 20_000,
    perform: async (loaded) => {
      asked.push(loaded);
      const name = `r${asked.length}`;
      return { directory: `/runs/${name}`, result: answer(loaded), warnings: [], cause: 'end', error: null };
    },
    isStopped: () => asked.length >= stopAfter,
    onNote: () => {},
    untilIdle: async () => true,
    onTrial: () => {},
    onJudged: () => {},
  };
  const plan: CapacityPlan = {
    base: load(TEXT),
    executor: 'a',
    load: async (over, seed) => load(TEXT, { over, flags: { seed } }),
    seed: 40,
    digest,
  };
  return { plan, options, asked };
}

const upTo =
  (capacity: number) =>
  ({ scenario }: LoadedScenario): Result => {
    const { rate } = scenario.scenarios.a as ConstantArrivalRate;
    const result = resultOf({ acceptedPerSec: Math.min(rate, capacity) });
    const threshold = {
      metric: 'smtp_message_duration',
      threshold: 'p(99)<50',
      value: 40,
      abortOnFail: false,
    };
    return { ...result, series: [], thresholds: [{ ...threshold, ok: rate <= capacity }] };
  };

describe('a search by real runs', () => {
  test('asks each for a rate by chance, with a warm-up and a seed of its own', async (t) => {
    const { plan, options, asked } = await around(t, upTo(250));
    const { found, trials } = await searchByRate(plan, SEARCH, options);
    assert.ok(found.sustainedPerSec! <= 250 && found.sustainedPerSec! > 235);
    assert.equal(found.bindingRule, 'smtp_message_duration p(99)<50');
    assert.deepEqual(
      asked.map(({ scenario }) => scenario.seed),
      asked.map((_, at) => 40 + at),
    );
    const specs = asked.map(({ scenario }) => scenario.scenarios.a as ConstantArrivalRate);
    assert.ok(
      specs.every(
        ({ arrival, warmupMs, durationMs }) =>
          arrival === 'poisson' && warmupMs >= 1_000 && durationMs > warmupMs,
      ),
    );
    const first = trials[0]!;
    assert.deepEqual(
      [
        first.purpose,
        first.ratePerSec,
        first.seconds,
        first.verdict,
        first.run,
        first.acceptedPerSec,
        first.p99Ms,
      ],
      ['bracket', 100, 10, 'pass', 'r1', 100, 40],
    );
  });

  test('goes on where it was ended: no trial twice, the same answer', async (t) => {
    const whole = await around(t, upTo(250));
    const wanted = await searchByRate(whole.plan, SEARCH, whole.options);
    const first = await around(t, upTo(250), { stopAfter: 6 });
    const stopped = await searchByRate(first.plan, SEARCH, first.options);
    assert.equal(stopped.found.endedBy, 'stopped');
    const second = await around(t, upTo(250), { directory: first.options.directory });
    const resumed = await searchByRate(second.plan, SEARCH, second.options);
    assert.equal(first.asked.length + second.asked.length, whole.asked.length);
    assert.deepEqual(resumed.found, wanted.found);
    assert.deepEqual(
      resumed.trials.map(({ ratePerSec, purpose }) => [ratePerSec, purpose]),
      wanted.trials.map(({ ratePerSec, purpose }) => [ratePerSec, purpose]),
    );
  });

  test('goes on only as the same, and refuses a log that was changed', async (t) => {
    const first = await around(t, upTo(250), { stopAfter: 2 });
    await searchByRate(first.plan, SEARCH, first.options);
    const { directory } = first.options;
    const other = await around(t, upTo(250), { directory, digest: 'e' });
    await assert.rejects(searchByRate(other.plan, SEARCH, other.options), { code: 'CAPACITY_CHANGED' });
    const log = join(directory, SEARCH_LOG_FILE);
    writeFileSync(log, readFileSync(log, 'utf8').replace('"verdict":"pass"', '"verdict":"fine"'));
    const damaged = await around(t, upTo(250), { directory });
    await assert.rejects(searchByRate(damaged.plan, SEARCH, damaged.options), {
      code: 'TRIAL_LOG_INVALID',
      message: /line 2: verdict/,
    });
  });

  test('counts what has not been delivered against the server, as a fail', async (t) => {
    const base = load(
      `${TEXT}\ntarget: { url: "smtp://127.0.0.1:2525" }\ndelivery: { expect: sink, sink: { listen: "127.0.0.1:2699" } }`,
    );
    const { plan, options } = await around(t, (loaded) => ({
      ...upTo(1e9)(loaded),
      delivery: {
        ...{ accepted: 10, delivered: 9, bounced: 0, lost: 1, pending: 0, duplicated: 0 },
        ...{
          duplicatedUnacknowledged: 0,
          corrupted: 0,
          reencoded: 0,
          late: 0,
          unconfirmed: 0,
          unexpected: 0,
        },
      },
    }));
    const { found } = await searchByRate({ ...plan, base, load: async () => base }, SEARCH, options);
    assert.equal(found.endedBy, 'nothing-sustained');
    assert.equal(found.bindingRule, 'drained');
  });
});

describe('a sweep over VUs', () => {
  const scaling = ({ scenario }: LoadedScenario): Result => {
    const { vus } = scenario.scenarios.a as ConstantVus;
    return resultOf({ acceptedPerSec: throughputAt({ gamma: 100, sigma: 0.05, kappa: 0.002 }, vus) });
  };
  const LEVELS = { vus: [1, 2, 4, 8, 16, 32], rounds: 2, seconds: 10 };

  test('measures every level in turn, and lays a curve through them', async (t) => {
    const { plan, options } = await around(t, scaling);
    const { levels, scaling: fit, isStopped } = await sweepByVus(plan, LEVELS, options);
    assert.deepEqual(
      levels.map(({ vus }) => vus),
      [...LEVELS.vus, ...LEVELS.vus],
    );
    assert.ok(Math.abs(fit!.kappa - 0.002) < 1e-6);
    assert.equal(isStopped, false);
  });

  test('goes on where it was ended', async (t) => {
    const first = await around(t, scaling, { stopAfter: 5 });
    assert.equal((await sweepByVus(first.plan, LEVELS, first.options)).isStopped, true);
    const second = await around(t, scaling, { directory: first.options.directory });
    const { levels } = await sweepByVus(second.plan, LEVELS, second.options);
    assert.equal(levels.length, 12);
    assert.equal(first.asked.length + second.asked.length, 12);
  });

  test('with few levels has no curve', async (t) => {
    const { plan, options } = await around(t, scaling);
    assert.equal((await sweepByVus(plan, { ...LEVELS, vus: [1, 2, 4] }, options)).scaling, null);
  });
});
