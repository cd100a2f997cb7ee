import assert from 'node:assert/strict';
import { test } from 'node:test';
import { steadyRate } from '#src/load/constant-arrival-rate.js';
import { createPacer } from '#src/load/pacer.js';
import type { Share } from '#src/load/share.js';
import type { Draw } from '#src/scenario/draw.js';
import { hashDraw, range } from './rig.js';

interface ArrivalProcess {
  readonly rate: number;
  readonly timeUnitMs: number;
  readonly durationMs: number;
  readonly arrival: 'uniform' | 'poisson';
}

interface Arrival {
  readonly number: number;
  readonly offsetUs: number;
}

const WHOLE: Share = { index: 0, count: 1 };

function arrivalsOf(process: ArrivalProcess, share: Share = WHOLE, startUs = 0, draw: Draw = hashDraw) {
  const pacer = createPacer(steadyRate(process), process.arrival, { startUs, share, draw });
  const arrivals: Arrival[] = [];
  for (; pacer.nextUs() < Number.POSITIVE_INFINITY; pacer.advance()) {
    arrivals.push({ number: pacer.number(), offsetUs: pacer.nextUs() - startUs });
  }
  return arrivals;
}

function uniform(rate: number, timeUnitMs: number, durationMs: number): ArrivalProcess {
  return { rate, timeUnitMs, durationMs, arrival: 'uniform' };
}

function poisson(rate: number, timeUnitMs: number, durationMs: number): ArrivalProcess {
  return { rate, timeUnitMs, durationMs, arrival: 'poisson' };
}

for (const [process, count, thirdUs] of [
  [uniform(4, 1_000, 1_000), 4, 500_000],
  [uniform(3, 1_000, 1_000), 3, 666_666.666],
  [uniform(30, 60_000, 60_000), 30, 4_000_000],
  [uniform(2.5, 1_000, 2_000), 5, 800_000],
  [uniform(10, 1_000, 1_001), 11, 200_000],
  [uniform(10_000, 1_000, 1_000), 10_000, 200],
] as const) {
  test(`${process.rate} per ${process.timeUnitMs} ms make ${count} arrivals in ${process.durationMs} ms`, () => {
    const arrivals = arrivalsOf(process);
    assert.equal(arrivals.length, count);
    assert.deepEqual(
      arrivals.map(({ number }) => number),
      range(count),
    );
    assert.equal(arrivals[0]!.offsetUs, 0);
    assert.ok(Math.abs(arrivals[2]!.offsetUs - thirdUs) < 0.001);
  });
}

test('an arrival at the very end of the duration does not exist', () => {
  assert.equal(arrivalsOf(uniform(1, 1_000, 3_000)).at(-1)!.offsetUs, 2_000_000);
});

test('a rate that is no fraction of a microsecond has not drifted after a day', () => {
  const pacer = createPacer(steadyRate(uniform(7, 1_000, 86_400_000)), 'uniform', {
    startUs: 0,
    share: WHOLE,
    draw: hashDraw,
  });
  for (let n = 0; n < 7 * 86_399; n++) pacer.advance();
  assert.equal(pacer.nextUs(), 86_399_000_000);
});

test('arrivals are counted from the start, at today’s epoch too', () => {
  const startUs = 1_790_000_000_000_000;
  assert.deepEqual(
    arrivalsOf(uniform(4, 1_000, 1_000), WHOLE, startUs),
    arrivalsOf(uniform(4, 1_000, 1_000)),
  );
});

test('Poisson arrivals come at the asked rate, within four standard errors', () => {
  const count = arrivalsOf(poisson(200, 1_000, 500_000)).length;
  assert.ok(Math.abs(count - 100_000) < 4 * Math.sqrt(100_000), `${count} arrivals`);
});

test('Poisson gaps spread as exponential ones do: coefficient of variation 1, a share 1/e above the mean', () => {
  const offsets = arrivalsOf(poisson(200, 1_000, 500_000)).map(({ offsetUs }) => offsetUs);
  const gaps = offsets.map((offsetUs, i) => offsetUs - (offsets[i - 1] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  const aboveMean = gaps.filter((gap) => gap > mean).length / gaps.length;
  // Standard errors over 100,000 gaps: 0.0032 and 0.0015; four of them are allowed.
  assert.ok(Math.abs(Math.sqrt(variance) / mean - 1) < 0.013);
  assert.ok(Math.abs(aboveMean - 1 / Math.E) < 0.006);
});

test('Poisson gaps do not depend on their neighbours', () => {
  const offsets = arrivalsOf(poisson(200, 1_000, 500_000)).map(({ offsetUs }) => offsetUs);
  const gaps = offsets.map((offsetUs, i) => (offsetUs - (offsets[i - 1] ?? 0)) / 5_000 - 1);
  const correlation = gaps.slice(1).reduce((sum, gap, i) => sum + gap * gaps[i]!, 0) / gaps.length;
  assert.ok(Math.abs(correlation) < 4 / Math.sqrt(gaps.length), `${correlation}`);
});

test('the largest possible draw still gives a finite gap', () => {
  const [first] = arrivalsOf(poisson(1, 1_000, 3_600_000), WHOLE, 0, (n) => (n === 0 ? 1 - 2 ** -53 : 0.5));
  assert.ok(first!.offsetUs > 30_000_000 && first!.offsetUs < 60_000_000);
});

for (const process of [uniform(333, 1_000, 3_000), poisson(333, 1_000, 3_000)]) {
  for (const count of [1, 2, 3, 4]) {
    test(`the ${process.arrival} arrivals of ${count} shards are together exactly those of one`, () => {
      const startUs = 5_000;
      const sharded = range(count).flatMap((index) => arrivalsOf(process, { index, count }, startUs));
      const whole = arrivalsOf(process, WHOLE, startUs);
      assert.ok(whole.length > 800);
      assert.deepEqual(
        sharded.sort((a, b) => a.number - b.number),
        whole,
      );
    });
  }
}

test('a shard outside the share has no arrivals', () => {
  for (const process of [uniform(100, 1_000, 1_000), poisson(100, 1_000, 1_000)]) {
    assert.deepEqual(arrivalsOf(process, { index: 2, count: 2 }), []);
  }
});
