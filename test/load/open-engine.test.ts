import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConstantArrivalRate } from '#src/scenario/executor-spec.js';
import { constantArrivalRate, countDropped, createRig, type RigShard, START_US } from './rig.js';

const ONE_VU = { preAllocatedVUs: 1, maxVUs: 1 } as const;
/** Shortly before arrival 1 at 10/s, and at no multiple of a turn, so that no poll comes at the same moment. */
const BUSY_US = START_US + 99_003;

test('an offer gets nothing when nothing is due, and does not last', () => {
  const rig = createRig(constantArrivalRate({ ...ONE_VU, rate: 10 }), {
    answers: () => ({ offerUs: 20_000, readyUs: 150_000, doneUs: 150_000 }),
  });
  rig.run();
  const { workload } = rig.shards[0]!;
  assert.deepEqual(workload.offers, Array(5).fill(false));
  assert.equal(workload.maxInFlight, 1);
  assert.equal(workload.done, 5);
  assert.equal(countDropped(rig.shards), 5);
});

/** VU 0 offers when the loop has been busy for `busyUs` just before arrival 1, and has iteration 0 in flight meanwhile. */
function offering(room: number, keys: Partial<ConstantArrivalRate>, busyUs = 2_000) {
  const rig = createRig(constantArrivalRate({ ...ONE_VU, rate: 10, durationMs: 200, ...keys }), {
    answers: (_vu, { iteration, startedAtUs }) => ({
      ...(iteration === 0 && { offerUs: BUSY_US - startedAtUs, room }),
      readyUs: 900_000,
      doneUs: 900_000,
    }),
  });
  rig.clock.at(BUSY_US, () => rig.clock.spend(busyUs));
  rig.run();
  return rig.shards;
}

test('an offer gets the arrival that has fallen due by then, inside the call', () => {
  const [{ started, workload }] = offering(1, {}) as [RigShard];
  assert.deepEqual(
    started.map((slot) => slot.iteration),
    [0, 1],
  );
  assert.deepEqual(workload.offers, [true]);
  assert.equal(workload.maxInFlight, 2);
});

test('a free VU is preferred to one that offers, and that to a new one', () => {
  for (const [preAllocatedVUs, vus, offers] of [
    [2, [0, 1], [false]],
    [1, [0, 0], [true]],
  ] as const) {
    const [{ workload }] = offering(1, { preAllocatedVUs, maxVUs: 9 }) as [RigShard];
    assert.deepEqual(
      workload.iterations.map(({ vu }) => vu),
      vus,
    );
    assert.deepEqual(workload.offers, offers);
  }
});

test('an offer gets one arrival, and whoever has room for the next offers again', () => {
  for (const [room, begun] of [
    [1, 2],
    [2, 3],
  ] as const) {
    const shards = offering(room, { durationMs: 300 }, 102_000);
    assert.equal(shards[0]!.started.length, begun);
    assert.equal(countDropped(shards), 3 - begun);
  }
});

test('an offer made while arrivals are given out leaves them to free VUs, or takes the next one due', () => {
  for (const [preAllocatedVUs, vus] of [
    [2, [0, 1]],
    [1, [0, 0]],
  ] as const) {
    const spec = constantArrivalRate({ rate: 10, durationMs: 200, preAllocatedVUs, maxVUs: preAllocatedVUs });
    const rig = createRig(spec, { answers: () => ({ offerUs: null, readyUs: 900_000, doneUs: 900_000 }) });
    // Both arrivals are due when the loop gets to them.
    rig.clock.at(START_US, () => rig.clock.spend(150_000));
    rig.run();
    const { workload } = rig.shards[0]!;
    assert.deepEqual(
      workload.iterations.map(({ vu }) => vu),
      vus,
    );
    assert.equal(countDropped(rig.shards), 0);
  }
});

test('offers made while many arrivals are given out do not nest', () => {
  const spec = constantArrivalRate({ rate: 1_000, durationMs: 100, preAllocatedVUs: 100, maxVUs: 100 });
  const rig = createRig(spec, { answers: () => ({ offerUs: null, readyUs: 900_000, doneUs: 900_000 }) });
  rig.clock.at(START_US, () => rig.clock.spend(150_000));
  rig.run();
  const { workload } = rig.shards[0]!;
  assert.equal(workload.done, 100);
  assert.ok(workload.maxDepth <= 2, `${workload.maxDepth} deep`);
});

test('nor do offers of the free VUs that an offer gives what is due', () => {
  const spec = constantArrivalRate({ rate: 1_000, durationMs: 100, preAllocatedVUs: 100, maxVUs: 100 });
  const busyUs = START_US + 303;
  const rig = createRig(spec, {
    answers: (_vu, { iteration, startedAtUs }) => ({
      offerUs: iteration === 0 ? busyUs - startedAtUs : null,
      readyUs: 900_000,
      doneUs: 900_000,
    }),
  });
  rig.clock.at(busyUs, () => rig.clock.spend(150_000));
  rig.run();
  const { workload } = rig.shards[0]!;
  assert.equal(workload.done, 100);
  assert.ok(workload.maxDepth <= 2, `${workload.maxDepth} deep`);
});

test('a VU that was ready and is busy gets nothing until it says ready again', () => {
  const rig = createRig(constantArrivalRate({ ...ONE_VU, rate: 10, durationMs: 500 }));
  const { executor } = rig.shards[0]!;
  rig.clock.at(START_US + 50_000, () => executor.busy(0));
  rig.clock.at(START_US + 250_000, () => executor.ready(0));
  rig.run();
  assert.deepEqual(
    rig.shards[0]!.started.map((slot) => slot.iteration),
    [0, 3, 4],
  );
  assert.equal(countDropped(rig.shards), 2);
});

test('a free VU that says ready again is still one VU', () => {
  const spec = constantArrivalRate({ rate: 10, preAllocatedVUs: 2, maxVUs: 2 });
  const rig = createRig(spec, { answers: () => ({ readyUs: 5_000_000, doneUs: 5_000_000 }) });
  rig.clock.at(START_US + 50_000, () => rig.shards[0]!.executor.ready(1));
  rig.run();
  assert.deepEqual(
    rig.shards[0]!.workload.iterations.map(({ vu }) => vu),
    [0, 1],
  );
});

test('a VU is free once it is ready, whether or not its last iteration is done', () => {
  for (const answers of [
    { readyUs: 60_000, doneUs: 210_000 },
    { readyUs: 60_000, doneUs: 10_000 },
    { readyUs: 60_000, doneUs: null },
    { readyUs: 60_000, doneUs: 60_000, first: 'done' },
  ] as const) {
    const rig = createRig(constantArrivalRate({ ...ONE_VU, rate: 20 }), { answers: () => answers });
    rig.run();
    assert.equal(rig.shards[0]!.started.length, 10, JSON.stringify(answers));
    assert.equal(countDropped(rig.shards), 10);
  }
});

test('a workload slower than the rate, answering within iterate, does not keep the loop', () => {
  const rig = createRig(constantArrivalRate({ ...ONE_VU, rate: 10_000, durationMs: 100 }), {
    answers: () => {
      rig.clock.spend(1_000);
      return { readyUs: null, doneUs: null };
    },
  });
  let otherTurns = 0;
  const other = () => {
    otherTurns++;
    if (rig.shards[0]!.endsUs.length === 0) rig.clock.setImmediate(other);
  };
  rig.clock.setImmediate(other);
  rig.run();
  assert.equal(rig.shards[0]!.workload.done + countDropped(rig.shards), 1_000);
  assert.ok(otherTurns > 3, `${otherTurns} turns`);
});

test('stopping starts or drops what is due by then, and nothing later', () => {
  const rig = createRig(constantArrivalRate({ ...ONE_VU, rate: 100 }));
  rig.clock.at(START_US + 95_000, () => {
    rig.clock.spend(30_000);
    rig.shards[0]!.executor.stop();
  });
  rig.run();
  assert.equal(rig.shards[0]!.started.length, 11);
  assert.equal(countDropped(rig.shards), 2);
});

test('aborting drops what is due by then, and starts nothing', () => {
  const rig = createRig(constantArrivalRate({ ...ONE_VU, rate: 100 }));
  rig.clock.at(START_US + 95_000, () => {
    rig.clock.spend(30_000);
    rig.shards[0]!.executor.abort();
  });
  rig.run();
  assert.equal(rig.shards[0]!.started.length, 10);
  assert.equal(countDropped(rig.shards), 3);
});

test('an arrival that stop still starts may itself stop or abort the executor', () => {
  for (const action of ['stop', 'abort'] as const) {
    const rig = createRig(constantArrivalRate({ ...ONE_VU, rate: 100 }), {
      answers: (_vu, { iteration }) => {
        if (iteration === 10) rig.shards[0]!.executor[action]();
        return { readyUs: null, doneUs: null };
      },
    });
    const { executor, workload, endsUs } = rig.shards[0]!;
    rig.clock.at(START_US + 95_000, () => {
      rig.clock.spend(10_000);
      executor.stop();
    });
    rig.run();
    assert.equal(workload.done, 11);
    assert.equal(endsUs.length, 1);
  }
});

test('arrivals that fell due in the last moment before the end are not forgotten', () => {
  const rig = createRig(constantArrivalRate({ ...ONE_VU, rate: 100 }));
  rig.clock.at(START_US + 985_000, () => rig.clock.spend(50_000));
  rig.run();
  assert.equal(rig.shards[0]!.started.length + countDropped(rig.shards), 100);
});
