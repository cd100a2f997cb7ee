/**
 * The search for a capacity, on servers whose capacity is known: queues in virtual time. Seeds 1 to 20.
 *
 * M/M/1 with μ = 1,000/s: p(99) of the response time is ln(100) / (μ − λ), so it stays below 20 ms up to λ = 769.7/s. Trials
 * differ by σ 3 % of μ, as runs on a real machine do.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeTrial } from '#src/capacity/judge-trial.js';
import { type CapacityFound, searchCapacity, type TrialRequest } from '#src/capacity/search.js';
import { drawsOf, observeQueue, type Queue } from './queue.js';

const SERVED = 1_000;
const LIMIT_MS = 20;
const TRUE_CAPACITY = SERVED - Math.log(100) / (LIMIT_MS / 1000);

interface Searched extends CapacityFound {
  readonly asked: readonly TrialRequest[];
}

async function search(queue: Queue, precision = 0.05, limitMs = LIMIT_MS): Promise<Searched> {
  const asked: TrialRequest[] = [];
  const found = await searchCapacity(
    { startPerSec: 100, precision, maxSeconds: 1_800, trialSeconds: 15 },
    async (request) => {
      asked.push(request);
      const seen = observeQueue(queue, { ...request, limitMs });
      return { ...judgeTrial(seen, request.ratePerSec), tookSeconds: request.seconds };
    },
  );
  return { ...found, asked };
}

describe('the capacity of a queue with a known answer', () => {
  test('is found within −5 % and +1 %, in 18 of 20 searches at least', async (t) => {
    const errors: number[] = [];
    for (let seed = 1; seed <= 20; seed++) {
      const { sustainedPerSec } = await search({
        servedPerSec: SERVED,
        runNoise: 0.03,
        deliveredPerSec: null,
        draw: drawsOf(seed),
      });
      errors.push((sustainedPerSec ?? 0) / TRUE_CAPACITY - 1);
    }
    const text = errors.map((error) => (100 * error).toFixed(1)).join(' ');
    t.diagnostic(`per cent off: ${text}`);
    assert.ok(errors.filter((error) => error >= -0.05 && error <= 0.01).length >= 18, text);
  });
});

describe('a server that takes in more than it passes on', () => {
  test('is not passed above what it passes on, whatever its replies look like', async (t) => {
    for (let seed = 1; seed <= 10; seed++) {
      const { sustainedPerSec, bindingRule } = await search({
        servedPerSec: SERVED,
        runNoise: 0.03,
        deliveredPerSec: 400,
        draw: drawsOf(seed),
      });
      t.diagnostic(`${sustainedPerSec} ${bindingRule}`);
      assert.equal(bindingRule, 'backlog');
      assert.ok(
        sustainedPerSec !== null && sustainedPerSec < 410 && sustainedPerSec > 370,
        `${sustainedPerSec}`,
      );
    }
  });

  test('nor one whose time is not limited, above what it can do', async (t) => {
    for (let seed = 1; seed <= 5; seed++) {
      const { sustainedPerSec, bindingRule } = await search(
        { servedPerSec: SERVED, runNoise: 0, deliveredPerSec: null, draw: drawsOf(seed) },
        0.05,
        1e9,
      );
      t.diagnostic(`${sustainedPerSec} ${bindingRule}`);
      assert.equal(bindingRule, 'open');
      assert.ok(sustainedPerSec !== null && sustainedPerSec < 1.02 * SERVED, `${sustainedPerSec}`);
    }
  });
});
