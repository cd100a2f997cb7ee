/**
 * A server that stands still for a second in every ten, at 500 arrivals a second: what is recorded is what the arithmetic of the
 * schedule says, in virtual time to the millisecond. Nobody who was due is left out, and nothing is filled in.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from '#src/metrics/histogram.js';
import type { ExecutorSpec } from '#src/scenario/executor-spec.js';
import type { Answers } from '../load/fake-workload.js';
import {
  constantArrivalRate,
  constantVus,
  countDropped,
  createRig,
  type Rig,
  START_US,
} from '../load/rig.js';

const MS = 1_000;
const CYCLE_US = 10_000 * MS;
const CYCLES = 6;
/** Of each cycle. Ends between two arrivals, so that no two things happen at once. */
const STALL = { fromUs: 9_000 * MS, untilUs: 9_999 * MS };
const REPLY_US = 5 * MS;
const AT_500 = { rate: 500, durationMs: (CYCLES * CYCLE_US) / MS };

/** When the server replies to what reaches it at this moment, both µs from the start. */
function replyUs(atUs: number): number {
  const dueUs = atUs + REPLY_US;
  const inCycle = dueUs % CYCLE_US;
  const isStalled = inCycle >= STALL.fromUs && inCycle < STALL.untilUs;
  return isStalled ? dueUs - inCycle + STALL.untilUs : dueUs;
}

interface Times {
  readonly response: Histogram;
  readonly service: Histogram;
  /** Those over 100 ms, ms, ascending. */
  readonly slowMs: readonly number[];
  readonly started: number;
  readonly dropped: number;
}

/** Runs it; `before` may prepare the clock. */
function timesOf(spec: ExecutorSpec, before: (rig: Rig) => void = () => {}): Times {
  const [response, service, slowMs] = [new Histogram(), new Histogram(), [] as number[]];
  const rig: Rig = createRig(spec, {
    answers: (_vu, { scheduledAtUs }): Answers => {
      const nowUs = rig.clock.nowUs() - START_US;
      const endedUs = replyUs(nowUs);
      response.record(endedUs - (scheduledAtUs - START_US));
      service.record(endedUs - nowUs);
      const ms = (endedUs - (scheduledAtUs - START_US)) / MS;
      if (ms > 100) slowMs.push(ms);
      return { readyUs: endedUs - nowUs, doneUs: endedUs - nowUs };
    },
  });
  before(rig);
  rig.run();
  const started = rig.shards[0]!.started.length;
  return {
    response,
    service,
    slowMs: slowMs.sort((a, b) => a - b),
    started,
    dropped: countDropped(rig.shards),
  };
}

/** Three significant digits, and polls a few µs after what is due. */
function assertMs(histogram: Histogram, percentile: number, expectedMs: number): void {
  const ms = histogram.percentile(percentile) / MS;
  assert.ok(Math.abs(ms - expectedMs) <= expectedMs / 1_000 + 0.05, `p(${percentile}) is ${ms}`);
}

test('with a VU for everybody, each arrival in the stall waits for its end, and the percentiles say so', () => {
  const { response, service, started, dropped } = timesOf(
    constantArrivalRate({ ...AT_500, preAllocatedVUs: 600, maxVUs: 600 }),
  );
  assert.deepEqual([started, dropped], [30_000, 0]);
  assert.equal(response.count, 30_000);
  // Of 5,000 arrivals of a cycle the 499 at 8,996, 8,998 … 9,992 ms get their reply at 9,999 ms: after 1,003, 1,001 … 7 ms.
  assertMs(response, 50, 5);
  assertMs(response, 90, 5);
  // The 4,750th of 5,000 is the 249th of those 499, the 4,950th is the 449th.
  assertMs(response, 95, 7 + 2 * 248);
  assertMs(response, 99, 7 + 2 * 448);
  assertMs(response, 100, 1_003);
  assert.ok(Math.abs(response.mean / MS - (4_501 * 5 + (499 * (7 + 1_003)) / 2) / 5_000) < 0.1);
  // Everybody began when due, so nothing was waited for before.
  assertMs(service, 99, 903);
});

test('with fifty VUs the others are dropped: counted, not started later and not filled in', () => {
  const { response, slowMs, started, dropped } = timesOf(
    constantArrivalRate({ ...AT_500, preAllocatedVUs: 50, maxVUs: 50 }),
  );
  // From 9,096 to 9,998 ms nobody is free.
  const perCycle = (9_998 - 9_096) / 2 + 1;
  assert.deepEqual([started, dropped], [30_000 - CYCLES * perCycle, CYCLES * perCycle]);
  assert.equal(response.count, started);
  assert.equal(slowMs.length, CYCLES * 50);
  assertMs(response, 100, 1_003);
  assert.ok(slowMs[0]! > 904.9, `${slowMs[0]}`);
});

test('a generator that stands still itself makes response times longer, and service times show that it was not the server', () => {
  const spec = constantArrivalRate({ ...AT_500, durationMs: 8_000, preAllocatedVUs: 600, maxVUs: 600 });
  const { response, service, started, dropped } = timesOf(spec, ({ clock }) => {
    clock.at(START_US + 4_001 * MS, () => clock.spend(998 * MS));
  });
  assert.deepEqual([started, dropped], [4_000, 0]);
  // What was due from 4,002 to 4,998 ms begins at 4,999: 499 of 4,000, after 997, 995 … 1 ms.
  assertMs(response, 50, 5);
  assertMs(response, 99, 5 + 997 - 2 * 40);
  assertMs(response, 100, 5 + 997);
  for (const percentile of [50, 99, 100]) assertMs(service, percentile, 5);
});

test('one busy client sees each stall once: a closed executor measures another thing, and says nothing of who would have come', () => {
  const { response, service, slowMs } = timesOf(constantVus({ vus: 1, durationMs: AT_500.durationMs }));
  assert.equal(slowMs.length, CYCLES);
  assertMs(response, 99, 5);
  assertMs(service, 99, 5);
  assertMs(response, 100, 1_004);
});
