import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constantArrivalRate, countDropped, createRig, START_US } from './rig.js';

const ONE_VU = { preAllocatedVUs: 1, maxVUs: 1 } as const;
/** Shortly before arrival 1 at 10/s, and at no multiple of a turn, so that no poll comes at the same moment. */
const BUSY_US = START_US + 99_003;

test('a VU ready with an iteration in flight gets none when nothing is due', () => {
  const rig = createRig(constantArrivalRate({ ...ONE_VU, rate: 10 }), {
    answers: () => ({ readyUs: 20_000, doneUs: 150_000 }),
  });
  rig.run();
  const { workload } = rig.shards[0]!;
  assert.equal(workload.maxInFlight, 1);
  assert.equal(workload.done, 5);
  assert.equal(countDropped(rig.shards), 5);
});

test('a VU ready with an iteration in flight gets the arrival that has fallen due at that moment', () => {
  const rig = createRig(constantArrivalRate({ ...ONE_VU, rate: 10, durationMs: 200 }), {
    answers: (_vu, { iteration, startedAtUs }) => ({
      readyUs: iteration === 0 ? BUSY_US - startedAtUs : 100_000,
      doneUs: 250_000,
    }),
  });
  // The loop is busy when arrival 1 falls due, and before the next poll comes the ready of VU 0.
  rig.clock.at(BUSY_US, () => rig.clock.spend(2_000));
  rig.run();
  const { started, workload } = rig.shards[0]!;
  assert.deepEqual(
    started.map((slot) => slot.iteration),
    [0, 1],
  );
  assert.equal(workload.maxInFlight, 2);
});

test('a free VU is preferred to one with an iteration in flight, and that to a new one', () => {
  for (const [preAllocatedVUs, vus] of [
    [2, [0, 1]],
    [1, [0, 0]],
  ] as const) {
    const spec = constantArrivalRate({ rate: 10, durationMs: 200, preAllocatedVUs, maxVUs: 9 });
    const rig = createRig(spec, {
      answers: (_vu, { iteration, startedAtUs }) => ({
        readyUs: iteration === 0 ? BUSY_US - startedAtUs : 100_000,
        doneUs: 250_000,
      }),
    });
    rig.clock.at(BUSY_US, () => rig.clock.spend(2_000));
    rig.run();
    assert.deepEqual(
      rig.shards[0]!.workload.iterations.map(({ vu }) => vu),
      vus,
    );
  }
});

test('a VU ready with an iteration in flight gets one arrival, though two have fallen due', () => {
  const rig = createRig(constantArrivalRate({ ...ONE_VU, rate: 10, durationMs: 300 }), {
    answers: (_vu, { iteration, startedAtUs }) => ({
      readyUs: iteration === 0 ? BUSY_US - startedAtUs : 700_000,
      doneUs: 800_000,
    }),
  });
  rig.clock.at(BUSY_US, () => rig.clock.spend(102_000));
  rig.run();
  assert.equal(rig.shards[0]!.started.length, 2);
  assert.equal(countDropped(rig.shards), 1);
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

test('a VU is free once it was ready and its last iteration is done, in either order', () => {
  for (const answers of [
    { readyUs: 10_000, doneUs: 60_000 },
    { readyUs: 60_000, doneUs: 10_000 },
    { readyUs: null, doneUs: 60_000 },
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
