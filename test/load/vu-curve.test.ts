import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mostVus, VuCurve } from '#src/load/vu-curve.js';

interface Shape {
  readonly startVUs: number;
  readonly stages: readonly { readonly durationMs: number; readonly target: number }[];
}

/** [ms, VUs] from the start on, one for each change. */
function changesOf(shape: Shape): [number, number][] {
  const curve = new VuCurve(shape);
  const changes: [number, number][] = [[0, curve.count]];
  while (curve.nextUs() !== Number.POSITIVE_INFINITY) {
    const atMs = curve.nextUs() / 1_000;
    curve.advance();
    changes.push([atMs, curve.count]);
  }
  return changes;
}

function stage(durationMs: number, target: number) {
  return { durationMs, target };
}

const TABLE: readonly [string, Shape, readonly [number, number][]][] = [
  [
    'up from none',
    { startVUs: 0, stages: [stage(4_000, 4)] },
    [
      [0, 0],
      [1_000, 1],
      [2_000, 2],
      [3_000, 3],
      [4_000, 4],
    ],
  ],
  [
    'down to none',
    { startVUs: 3, stages: [stage(3_000, 0)] },
    [
      [0, 3],
      [1_000, 2],
      [2_000, 1],
      [3_000, 0],
    ],
  ],
  [
    'up, held, down',
    { startVUs: 1, stages: [stage(1_000, 3), stage(5_000, 3), stage(1_000, 2)] },
    [
      [0, 1],
      [500, 2],
      [1_000, 3],
      [7_000, 2],
    ],
  ],
  [
    'a jump',
    { startVUs: 2, stages: [stage(1_000, 2), stage(0, 7), stage(1_000, 7), stage(0, 0), stage(10, 0)] },
    [
      [0, 2],
      [1_000, 7],
      [2_000, 0],
    ],
  ],
  [
    'down and up again',
    { startVUs: 4, stages: [stage(900, 1), stage(600, 3)] },
    [
      [0, 4],
      [300, 3],
      [600, 2],
      [900, 1],
      [1_200, 2],
      [1_500, 3],
    ],
  ],
  [
    'two jumps at one moment',
    { startVUs: 1, stages: [stage(0, 5), stage(0, 2), stage(100, 2)] },
    [
      [0, 1],
      [0, 5],
      [0, 2],
    ],
  ],
  ['no change at all', { startVUs: 5, stages: [stage(1_000, 5)] }, [[0, 5]]],
];

for (const [name, shape, expected] of TABLE) {
  test(`${name}: each change comes when the line reaches a whole number`, () => {
    assert.deepEqual(changesOf(shape), expected);
  });
}

const shapes = fc.record({
  startVUs: fc.integer({ min: 0, max: 40 }),
  stages: fc.array(
    fc.record({ durationMs: fc.integer({ min: 1, max: 5_000 }), target: fc.integer({ min: 0, max: 40 }) }),
    {
      minLength: 1,
      maxLength: 6,
    },
  ),
});

test('the number is the line rounded down while it rises and up while it falls', () => {
  fc.assert(
    fc.property(shapes, fc.double({ min: 0, max: 0.999, noNaN: true }), (shape, part) => {
      let [from, startMs] = [shape.startVUs, 0];
      for (const { durationMs, target } of shape.stages) {
        const line = from + (target - from) * part;
        const atMs = startMs + durationMs * part;
        // Right at a whole number rounding decides.
        if (Math.abs(line - Math.round(line)) > 1e-6) {
          const wanted = target > from ? Math.floor(line) : Math.ceil(line);
          assert.equal(changesOf(shape).findLast(([ms]) => ms <= atMs)?.[1], wanted);
        }
        [from, startMs] = [target, startMs + durationMs];
      }
    }),
  );
});

test('times never go back, and the last number is that of the last stage', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const changes = changesOf(shape);
      for (const [i, [ms]] of changes.entries()) assert.ok(i === 0 || ms >= changes[i - 1]![0]);
      assert.equal(changes.at(-1)?.[1], shape.stages.at(-1)?.target);
    }),
  );
});

test('the most there are at once counts the start too', () => {
  assert.equal(mostVus({ startVUs: 9, stages: [stage(1, 3)] }), 9);
  assert.equal(mostVus({ startVUs: 1, stages: [stage(1, 3), stage(1, 12), stage(1, 0)] }), 12);
});
