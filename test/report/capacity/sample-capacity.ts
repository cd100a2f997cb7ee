/** A capacity as a real search finds one. */
import type { Capacity, CapacityTrial } from '#src/result/capacity.js';

const trial = (
  purpose: CapacityTrial['purpose'],
  ratePerSec: number,
  verdict: CapacityTrial['verdict'],
): CapacityTrial => ({
  ...{ purpose, ratePerSec, seconds: 60, verdict },
  reasons: verdict === 'pass' ? [] : ['smtp_message_duration p(99)<250 (was 312.5)'],
  ...{ acceptedPerSec: ratePerSec, medianMs: 12, p99Ms: 230, failedShare: 0, deliveredMs: null },
  run: 'runs/20261123-100000-abcd',
});

export function sampleCapacity(change: Partial<Capacity> = {}): Capacity {
  const { purpose: _, ...profiled } = trial('profile', 380, 'pass');
  return {
    schemaVersion: 1,
    name: 'inbound',
    at: '2026-11-23T10:00:00.000Z',
    mailbench: '1.0.0',
    host: 'bench',
    target: 'smtp://127.0.0.1:2525',
    seed: 7,
    by: 'rate',
    sustainedPerSec: 475,
    sustainedMessagesPerSec: 475,
    bracketPerSec: [475, 490],
    precision: 0.05,
    bindingRule: 'smtp_message_duration p(99)<250',
    generatorLimited: false,
    didNotRecover: false,
    notMonotonic: false,
    endedBy: 'precision',
    rules: ['smtp_message_duration p(99)<250'],
    trials: [
      trial('bracket', 100, 'pass'),
      trial('bracket', 675, 'fail'),
      trial('confirm', 475, 'pass'),
      trial('confirm', 490, 'void'),
      trial('confirm', 490, 'fail'),
    ],
    profile: [{ ...profiled, share: 0.8 }],
    concurrency: null,
    demand: null,
    warnings: [],
    ...change,
  };
}

export function sampleSweep(): Capacity {
  const levels = [1, 2, 4, 8, 16, 32].map((vus) => ({
    ...{ vus, acceptedPerSec: 100 * vus, medianMs: 12, p99Ms: 40, failedShare: 0, deliveredMs: null },
    run: `runs/${vus}`,
  }));
  const interval = { low: 0.01, high: 0.02 };
  return sampleCapacity({
    by: 'vus',
    sustainedPerSec: null,
    sustainedMessagesPerSec: null,
    bracketPerSec: [null, null],
    bindingRule: null,
    trials: [],
    profile: [],
    concurrency: {
      levels,
      scaling: {
        ...{ gamma: 100, sigma: 0.015, kappa: 0.0005, gamma95: interval, sigma95: interval, kappa95: null },
        ...{ peak: { concurrency: 44, throughput: 1_900 }, peak95: { low: 40, high: 50 } },
      },
    },
  });
}
