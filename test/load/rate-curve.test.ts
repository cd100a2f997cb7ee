import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateCurve, type RateSchedule } from '#src/load/rate-curve.js';

type Stages = readonly (readonly [durationMs: number, target: number])[];

function schedule(startRate: number, stages: Stages, timeUnitMs = 1_000): RateSchedule {
  return { startRate, timeUnitMs, stages: stages.map(([durationMs, target]) => ({ durationMs, target })) };
}

for (const [title, curve, moments] of [
  [
    'up from 0',
    schedule(0, [[10_000, 10]]),
    [
      [0.5, 1],
      [2, 2],
      [12.5, 5],
      [50, 10],
    ],
  ],
  [
    'down to 0',
    schedule(10, [[10_000, 0]]),
    [
      [9.5, 1],
      [37.5, 5],
      [50, 10],
    ],
  ],
  [
    'flat',
    schedule(4, [[5_000, 4]]),
    [
      [1, 0.25],
      [3, 0.75],
      [20, 5],
    ],
  ],
  [
    'a jump',
    schedule(1, [
      [2_000, 1],
      [0, 100],
      [1_000, 100],
    ]),
    [
      [1, 1],
      [2, 2],
      [3, 2.01],
      [102, 3],
    ],
  ],
  [
    'a pause',
    schedule(2, [
      [1_000, 2],
      [0, 0],
      [5_000, 0],
      [0, 2],
      [1_000, 2],
    ]),
    [
      [2, 1],
      [3, 6.5],
      [4, 7],
    ],
  ],
  [
    'up, over and down',
    schedule(0, [
      [2_000, 10],
      [1_000, 10],
      [2_000, 0],
    ]),
    [
      [10, 2],
      [15, 2.5],
      [20, 3],
      [30, 5],
    ],
  ],
  [
    'per minute',
    schedule(60, [[3_000, 60]], 60_000),
    [
      [1, 1],
      [3, 3],
    ],
  ],
] as [string, RateSchedule, [number, number][]][]) {
  test(`${title}: the curve makes what the area under it is`, () => {
    const asked = new RateCurve(curve);
    for (const [count, seconds] of moments) {
      const reachedUs = asked.reachesUs(count);
      assert.ok(
        Math.abs(reachedUs - seconds * 1_000_000) < 0.001,
        `${count} at ${reachedUs}, not ${seconds} s`,
      );
    }
    assert.equal(asked.reachesUs(moments.at(-1)![0] + 1e-6), Number.POSITIVE_INFINITY);
  });
}

test('nothing is made at once, even where the rate begins at 0', () => {
  assert.equal(new RateCurve(schedule(0, [[1_000, 5]])).reachesUs(0), 0);
});

test('the end of a long fall to 0 is a number and not past the end', () => {
  const curve = new RateCurve(schedule(333.3, [[86_400_000, 0]]));
  const reachedUs = curve.reachesUs((333.3 * 86_400) / 2);
  assert.ok(reachedUs > 86_399_000_000 && reachedUs <= 86_400_000_000, `${reachedUs}`);
});

test('where rounding would take the end of a fall beyond it, it is the end', () => {
  for (const [startRate, durationMs] of [
    [3.4, 1_024],
    [3.3000000000000003, 993],
  ] as const) {
    const curve = new RateCurve(schedule(startRate, [[durationMs, 0]]));
    const reachedUs = curve.reachesUs((startRate * durationMs) / 2 / 1_000);
    assert.ok(reachedUs <= durationMs * 1_000 && reachedUs > durationMs * 1_000 - 1, `${reachedUs}`);
  }
});
