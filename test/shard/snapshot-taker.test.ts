import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RangeCollector } from '#src/metrics/number-ranges.js';
import type { Snapshot } from '#src/metrics/snapshot.js';
import { Measurements } from '#src/shard/measurements.js';
import { type MessageReport, MessageReports } from '#src/shard/message-report.js';
import { SnapshotTaker } from '#src/shard/snapshot-taker.js';

function createRig() {
  const measurements = new Measurements();
  const reports = new MessageReports('notable');
  const accepted = new RangeCollector(1);
  const snapshots: Snapshot[] = [];
  const messages: (readonly MessageReport[])[] = [];
  const time = { nowUs: 1_000 };
  const taker = new SnapshotTaker({
    source: 'shard-3',
    nowUs: () => time.nowUs,
    takePollUs: () => 0,
    measurements,
    reports,
    accepted,
    takeRefusedCopies: () => [],
    onSnapshot: (snapshot, notable) => {
      snapshots.push(snapshot);
      messages.push(notable.reports);
    },
  });
  return { measurements, reports, accepted, snapshots, messages, time, taker };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('SnapshotTaker', () => {
  test('hands a snapshot over within some turns of the loop, one histogram a turn', async () => {
    const { taker, measurements, snapshots } = createRig();
    taker.start();
    for (const name of ['smtp_connecting', 'smtp_content_sending', 'iteration_duration'] as const) {
      measurements.recorder.trend(name).record(5);
    }
    taker.take();
    let turns = 0;
    for (; snapshots.length === 0; turns++) await turn();
    assert.ok(turns >= 3, `${turns} turns`);
    assert.equal(Object.keys(snapshots[0]!.trends).length, 3);
  });

  test('ends the window when it is taken, whenever it is encoded', async () => {
    const { taker, measurements, accepted, snapshots, time } = createRig();
    taker.start();
    measurements.iterationDone(0, 5, true);
    accepted.add(1);
    time.nowUs = 2_000;
    taker.take();
    measurements.iterationDone(0, 5, true);
    accepted.add(2);
    time.nowUs = 3_000;
    while (snapshots.length === 0) await turn();
    taker.takeLast();
    assert.deepEqual(
      snapshots.map(({ seq, fromUs, toUs, accepted: ranges }) => [seq, fromUs, toUs, ranges]),
      [
        [0, 1_000, 2_000, [[1, 1, 1]]],
        [1, 2_000, 3_000, [[2, 1, 1]]],
      ],
    );
  });

  test('finishes the snapshot before when the next one is due or the run ends', () => {
    const { taker, measurements, snapshots } = createRig();
    taker.start();
    measurements.iterationDone(0, 5, true);
    taker.take();
    assert.equal(snapshots.length, 0);
    taker.take();
    assert.equal(snapshots.length, 1);
    taker.takeLast();
    assert.deepEqual(
      snapshots.map(({ seq, final, source }) => [seq, final, source]),
      [
        [0, false, 'shard-3'],
        [1, false, 'shard-3'],
        [2, true, 'shard-3'],
      ],
    );
    assert.equal(Object.keys(snapshots[0]!.trends).length, 1);
  });

  test('sends nothing after the last one', async () => {
    const { taker, snapshots } = createRig();
    taker.start();
    taker.take();
    taker.takeLast();
    for (let i = 0; i < 5; i++) await turn();
    assert.equal(snapshots.length, 2);
  });

  test('counts bytes as metrics from the steady state on', () => {
    const { taker, measurements, snapshots } = createRig();
    taker.start();
    measurements.traffic.sentBytes = 100;
    taker.take();
    measurements.traffic.sentBytes += 10;
    taker.beginSteady();
    measurements.traffic.sentBytes += 1;
    taker.take();
    measurements.traffic.sentBytes += 2;
    taker.takeLast();
    assert.deepEqual(
      snapshots.map(({ counters }) => counters.data_sent ?? 0),
      [0, 1, 2],
    );
  });

  test('sends the slowest messages with the last snapshot, and the notable ones with each', () => {
    const { taker, reports, messages } = createRig();
    const report = { number: 1 } as MessageReport;
    taker.start();
    reports.add('failed', 5, report);
    reports.add(null, 9, report);
    taker.take();
    taker.take();
    taker.takeLast();
    assert.deepEqual(
      messages.map((some) => some.map(({ why }) => why)),
      [['failed'], [], ['slow']],
    );
  });
});
