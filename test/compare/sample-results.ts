/** Results with the numbers that a test wants, of one scenario on one host. */

import type { Result } from '#src/result/result.js';
import { passedResult, trend } from '#test/report/fixture.js';

export interface Numbers {
  readonly medianMs?: number;
  readonly p99Ms?: number;
  readonly acceptedPerSec?: number;
  readonly failedShare?: number;
}

const SAMPLES = 20_000;

export function resultOf(numbers: Numbers = {}, run: Partial<Result['run']> = {}): Result {
  const { medianMs = 10, p99Ms = 40, acceptedPerSec = 500, failedShare = 0.001 } = numbers;
  const base = passedResult();
  const duration = trend(SAMPLES, medianMs);
  const failed = Math.round(failedShare * SAMPLES);
  return {
    ...base,
    run: { ...base.run, ...run },
    metrics: {
      smtp_message_duration: { ...duration, values: { ...duration.values, med: medianMs, 'p(99)': p99Ms } },
      'smtp_messages{outcome:accepted}': {
        type: 'counter',
        n: SAMPLES,
        values: { count: SAMPLES - failed, rate: acceptedPerSec },
      },
      smtp_message_failed: {
        type: 'rate',
        n: SAMPLES,
        values: { rate: failedShare, passes: SAMPLES - failed, fails: failed },
      },
    },
  };
}
