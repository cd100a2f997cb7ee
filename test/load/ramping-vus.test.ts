import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRig, numbersOf, type RigOptions, type RigShard, rampingVus, range, START_US } from './rig.js';

const SECOND = 1_000_000;
const UP_AND_DOWN = {
  startVUs: 0,
  stages: [
    { durationMs: 4_000, target: 4 },
    { durationMs: 4_000, target: 0 },
    { durationMs: 4_000, target: 4 },
  ],
};

function answersAfter(us: number) {
  return () => ({ readyUs: us, doneUs: us, first: 'done' as const });
}

/** VUs with an iteration under way in the middle of each half second, over all shards. */
function busyAt(shards: readonly RigShard[], lengthUs: number, seconds: number): number[] {
  const begun = shards.flatMap(({ workload }) =>
    workload.iterations.map(({ slot }) => slot.startedAtUs - START_US),
  );
  return range(seconds * 2).map((half) => {
    const atUs = half * (SECOND / 2) + SECOND / 4;
    return begun.filter((fromUs) => fromUs <= atUs && atUs < fromUs + lengthUs).length;
  });
}

for (const shards of [1, 2, 3, 7]) {
  test(`over ${shards} shards there are as many VUs as the line says, at every moment`, () => {
    const lengthUs = 10_000;
    const rig = createRig(rampingVus(UP_AND_DOWN), {
      shards,
      answers: answersAfter(lengthUs),
      mayReturn: true,
    });
    rig.run();
    assert.deepEqual(
      busyAt(rig.shards, lengthUs, 12),
      [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3],
    );
    const numbers = numbersOf(rig.shards);
    assert.deepEqual(new Set(numbers).size, numbers.length);
    for (const { endsUs, workload } of rig.shards) {
      assert.equal(endsUs.length, 1);
      assert.equal(workload.inFlight, 0);
    }
  });
}

/** When the VU began its iterations, ms from the start, rounded down. */
function startsMsOf(vu: number, { iterations }: RigShard['workload']): number[] {
  const own = iterations.filter((one) => one.vu === vu);
  return own.map(({ slot }) => Math.floor((slot.startedAtUs - START_US) / 1_000));
}

/** Of two VUs the second leaves at 1 s, and comes back `back` ms later; iterations take `us`. */
function leaving(
  us: number,
  gracefulRampDownMs: number,
  options: Partial<RigOptions> & { back?: number } = {},
) {
  const { back, ...rest } = options;
  const stages = [
    { durationMs: 1_000, target: 2 },
    { durationMs: 0, target: 1 },
    ...(back === undefined
      ? []
      : [
          { durationMs: back, target: 1 },
          { durationMs: 0, target: 2 },
        ]),
    { durationMs: 9_000, target: back === undefined ? 1 : 2 },
  ];
  const rig = createRig(rampingVus({ startVUs: 2, stages, gracefulRampDownMs, gracefulStopMs: 60_000 }), {
    answers: answersAfter(us),
    mayReturn: true,
    ...rest,
  });
  rig.run();
  return rig.shards[0]!;
}

test('a VU that leaves finishes its iteration and begins no other; the highest id goes first', () => {
  const { workload } = leaving(300_000, 30_000);
  const starts = startsMsOf(1, workload);
  assert.deepEqual(starts, [0, 300, 600, 900]);
  assert.deepEqual(workload.retired, [1, 0]);
  assert.deepEqual(workload.interrupted, []);
});

test('a VU that leaves is cut off when gracefulRampDown is over, and the others are not', () => {
  const { workload } = leaving(4_000_000, 500);
  assert.deepEqual(workload.interrupted, [1]);
  assert.equal(workload.iterations.filter(({ vu }) => vu === 0).length, 3);
});

test('a VU that is needed again before gracefulRampDown is over goes on', () => {
  const { workload } = leaving(4_000_000, 3_000, { back: 1_000 });
  assert.deepEqual(workload.interrupted, []);
  const starts = startsMsOf(1, workload);
  assert.deepEqual(starts, [0, 4_000, 8_000]);
  assert.deepEqual(workload.retired.length, 2);
});

test('a VU that said ready while it was leaving is not forgotten when it is needed again', () => {
  const { workload } = leaving(2_000_000, 30_000, {
    back: 500,
    answers: () => ({ readyUs: 1_200_000, doneUs: 2_000_000 }),
  });
  const starts = startsMsOf(1, workload);
  assert.deepEqual(starts.slice(0, 2), [0, 1_500]);
});

test('one that comes back after it has left is a new VU under its id', () => {
  const { workload } = leaving(100_000, 0, { back: 2_000 });
  const starts = startsMsOf(1, workload);
  assert.ok(starts.includes(3_000));
  assert.ok(starts.every((ms) => ms <= 1_000 || ms >= 3_000));
});

test('who leaves at the very end has gracefulRampDown, or gracefulStop where that is shorter', () => {
  for (const [rampDownMs, stopMs, wanted] of [
    [200, 5_000, 200],
    [5_000, 300, 300],
  ] as const) {
    const spec = rampingVus({
      startVUs: 2,
      stages: [
        { durationMs: 1_000, target: 2 },
        { durationMs: 0, target: 0 },
      ],
      gracefulRampDownMs: rampDownMs,
      gracefulStopMs: stopMs,
    });
    const rig = createRig(spec, { answers: answersAfter(60 * SECOND) });
    rig.run();
    assert.deepEqual(rig.shards[0]?.endsUs, [START_US + SECOND + wanted * 1_000]);
    assert.deepEqual(rig.shards[0]?.workload.interrupted.toSorted(), [0, 1]);
  }
});

test('without a VU the executor waits, and ends on time', () => {
  const stages = [
    { durationMs: 0, target: 0 },
    { durationMs: 5_000, target: 0 },
  ];
  const rig = createRig(rampingVus({ startVUs: 1, stages }), { answers: answersAfter(1_000) });
  rig.run();
  assert.deepEqual(rig.shards[0]?.endsUs, [START_US + 5 * SECOND]);
});

test('stop cuts a leaving VU off when its own time is over, abort at once', () => {
  const spec = rampingVus({
    startVUs: 1,
    stages: [
      { durationMs: 0, target: 2 },
      { durationMs: 1_000, target: 2 },
      { durationMs: 0, target: 1 },
      { durationMs: 60_000, target: 1 },
    ],
    gracefulRampDownMs: 5_000,
    gracefulStopMs: 20_000,
  });
  for (const how of ['stop', 'abort'] as const) {
    const rig = createRig(spec, { answers: answersAfter(600 * SECOND) });
    const { executor, workload, endsUs } = rig.shards[0]!;
    const cutUs: number[] = [];
    const { interrupt } = workload;
    workload.interrupt = (vu) => {
      cutUs.push((rig.clock.nowUs() - START_US) / SECOND);
      interrupt.call(workload, vu);
    };
    rig.clock.at(START_US + 2 * SECOND, () => executor[how]());
    rig.run();
    assert.deepEqual(cutUs, how === 'stop' ? [6, 22] : [2, 2]);
    assert.equal(endsUs.length, 1);
  }
});

test('the gauge follows: those that leave are alive until they are done', () => {
  const rig = createRig(rampingVus({ ...UP_AND_DOWN, stages: UP_AND_DOWN.stages.slice(0, 2) }), {
    answers: answersAfter(700_000),
    mayReturn: true,
  });
  const alive: number[] = [];
  for (const half of range(17))
    rig.clock.at(START_US + half * (SECOND / 2) + 1, () => alive.push(rig.shards[0]!.executor.activeVus));
  rig.run();
  assert.deepEqual(alive.slice(0, 9), [0, 0, 1, 1, 2, 2, 3, 3, 4]);
  assert.ok(alive[10]! >= 3 && alive[10]! <= 4, `${alive}`);
});
