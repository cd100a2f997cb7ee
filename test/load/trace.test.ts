import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceSchedule } from '#src/load/trace.js';
import { createRig, dueOf, rampingArrivalRate } from './rig.js';

const TIMES_US = [0, 250, 250, 90_000, 1_000_000];

test('each arrival is made at its own time, and no more after the last', () => {
  const { reachesUs, first } = traceSchedule(TIMES_US);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map((n) => reachesUs(n + first)),
    [...TIMES_US, Number.POSITIVE_INFINITY],
  );
});

test('a trace is replayed over any number of shards, from startTime on', () => {
  for (const shards of [1, 2, 3]) {
    const rig = createRig(
      rampingArrivalRate({
        ...{ arrival: 'trace', stages: [], traceUs: TIMES_US, durationMs: 1_001, startTimeMs: 3_000 },
        ...{ preAllocatedVUs: 6, maxVUs: 6 },
      }),
      { shards },
    );
    rig.run();
    assert.deepEqual(
      dueOf(rig.shards),
      TIMES_US.map((us) => us + 3_000_000),
    );
  }
});
