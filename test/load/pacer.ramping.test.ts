import assert from 'node:assert/strict';
import { test } from 'node:test';
import { steadyRate } from '#src/load/constant-arrival-rate.js';
import { createPacer, type Pacer } from '#src/load/pacer.js';
import { RateCurve, type RateSchedule } from '#src/load/rate-curve.js';
import type { Share } from '#src/load/share.js';
import { hashDraw, range } from './rig.js';

const WHOLE: Share = { index: 0, count: 1 };
const START_US = 5_000;

type RampingProcess = RateSchedule & { readonly arrival: 'uniform' | 'poisson' };

interface Arrival {
  readonly number: number;
  readonly offsetUs: number;
}

type Stages = readonly (readonly [durationMs: number, target: number])[];

function ramp(arrival: RampingProcess['arrival'], startRate: number, stages: Stages): RampingProcess {
  const asStages = stages.map(([durationMs, target]) => ({ durationMs, target }));
  return { arrival, startRate, timeUnitMs: 1_000, stages: asStages };
}

function walk(pacer: Pacer): Arrival[] {
  const arrivals: Arrival[] = [];
  for (; pacer.nextUs() < Number.POSITIVE_INFINITY; pacer.advance()) {
    arrivals.push({ number: pacer.number(), offsetUs: pacer.nextUs() - START_US });
  }
  return arrivals;
}

function arrivalsOf(process: RampingProcess, share: Share = WHOLE): Arrival[] {
  return walk(
    createPacer(new RateCurve(process), process.arrival, { startUs: START_US, share, draw: hashDraw }),
  );
}

for (const [startRate, stages, offsetsS] of [
  [0, [[2_000, 4]], [1, Math.SQRT2, Math.sqrt(3), 2]],
  [4, [[2_000, 0]], [2 - Math.sqrt(3), 2 - Math.SQRT2, 1, 2]],
  [2, [[2_000, 2]], [0.5, 1, 1.5, 2]],
  [
    0,
    [
      [0, 2],
      [1_000, 2],
      [0, 4],
      [500, 4],
    ],
    [0.5, 1, 1.25, 1.5],
  ],
  [0, [[1_000, 1]], []],
  [
    7,
    [
      [0, 0],
      [9_000, 0],
    ],
    [],
  ],
  [
    0,
    [
      [1_000, 2],
      [1_000, 0],
      [1_000, 2],
    ],
    [1, 2, 3],
  ],
] as [number, Stages, number[]][]) {
  test(`from ${startRate}/s by ${JSON.stringify(stages)}: ${offsetsS.length} arrivals, each when the curve has made one more`, () => {
    const arrivals = arrivalsOf(ramp('uniform', startRate, stages));
    assert.deepEqual(
      arrivals.map(({ number }) => number),
      range(offsetsS.length),
    );
    for (const [n, { offsetUs }] of arrivals.entries()) {
      assert.ok(Math.abs(offsetUs - offsetsS[n]! * 1_000_000) < 0.001, `${n} at ${offsetUs}`);
    }
  });
}

test('a Poisson ramp that stays flat is the Poisson process of that rate', () => {
  const options = { startUs: START_US, share: WHOLE, draw: hashDraw };
  const constant = walk(
    createPacer(steadyRate({ rate: 200, timeUnitMs: 1_000, durationMs: 5_000 }), 'poisson', options),
  );
  const ramped = arrivalsOf(
    ramp('poisson', 200, [
      [2_000, 200],
      [3_000, 200],
    ]),
  );
  assert.ok(constant.length > 800);
  assert.equal(ramped.length, constant.length);
  for (const [n, { offsetUs }] of ramped.entries()) {
    assert.ok(Math.abs(offsetUs - constant[n]!.offsetUs) < 0.01, `${n}`);
  }
});

test('a Poisson ramp makes in each part what the area under it is, within four standard errors', () => {
  const arrivals = arrivalsOf(
    ramp('poisson', 0, [
      [100_000, 400],
      [100_000, 0],
    ]),
  );
  for (const [fromS, toS, expected] of [
    [0, 50, 5_000],
    [50, 100, 15_000],
    [100, 150, 15_000],
    [150, 200, 5_000],
  ] as const) {
    const count = arrivals.filter(
      ({ offsetUs }) => offsetUs >= fromS * 1_000_000 && offsetUs < toS * 1_000_000,
    ).length;
    assert.ok(Math.abs(count - expected) < 4 * Math.sqrt(expected), `${fromS} s to ${toS} s: ${count}`);
  }
});

for (const arrival of ['uniform', 'poisson'] as const) {
  const process = ramp(arrival, 10, [
    [2_000, 500],
    [500, 500],
    [0, 100],
    [1_500, 0],
    [1_000, 333],
  ]);
  for (const count of [1, 2, 3, 4]) {
    test(`the ${arrival} arrivals of ${count} shards are together exactly those of one`, () => {
      const sharded = range(count).flatMap((index) => arrivalsOf(process, { index, count }));
      const whole = arrivalsOf(process);
      assert.ok(whole.length > 800);
      assert.deepEqual(
        sharded.sort((a, b) => a.number - b.number),
        whole,
      );
    });
  }

  test(`a shard outside the share has no ${arrival} arrivals`, () => {
    assert.deepEqual(arrivalsOf(process, { index: 2, count: 2 }), []);
  });
}
