import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Snapshot } from '#src/metrics/snapshot.js';
import { seriesRowSchema } from '#src/result/result.js';
import { Series } from '#src/result/series.js';
import { START_US, sampleSnapshot } from '#test/result/sample-journal.js';

function seriesOf(snapshots: readonly Snapshot[], maxRows = 3600): Series {
  const series = new Series({ startUs: START_US, rowMs: 1000, maxRows });
  for (const snapshot of snapshots) series.add(snapshot);
  return series;
}

test('the sources of one second are one row', () => {
  const rows = seriesOf([
    sampleSnapshot({ source: 'shard-0', acceptedUs: [1000], sessionsOpen: 3, busy: 0.2 }),
    sampleSnapshot({ source: 'shard-1', acceptedUs: [2000], sessionsOpen: 4, busy: 0.6, rejected: 2 }),
  ]).rows();
  assert.deepEqual(rows, [
    {
      t: 0,
      scheduled: 4,
      started: 4,
      dropped: 0,
      accepted: 2,
      rejected: 2,
      failed: 0,
      p50: 1,
      p95: 2,
      p99: 2,
      sessionsOpen: 7,
      utilisation: 0.6,
      latenessP99: 0.02,
      backlog: null,
    },
  ]);
});

test('a second in which no message ended has no percentiles', () => {
  const [row] = seriesOf([sampleSnapshot({ acceptedUs: [] })]).rows();
  assert.deepEqual([row?.p50, row?.p99, row?.latenessP99], [null, null, null]);
});

test('a run that outgrows its rows has twice as wide ones and the same sums', () => {
  const seconds = Array.from({ length: 9 }, (_, seq) =>
    sampleSnapshot({ seq, acceptedUs: [seq * 1000 + 1000] }),
  );
  const rows = seriesOf(seconds, 4).rows();
  assert.deepEqual(
    rows.map(({ t, accepted, sessionsOpen }) => [t, accepted, sessionsOpen]),
    [
      [0, 4, 5],
      [4, 4, 5],
      [8, 1, 5],
    ],
  );
});

test('percentiles of a merged row are those of all its messages, not a mean of percentiles', () => {
  const slow = sampleSnapshot({ seq: 1, acceptedUs: [9000] });
  const fast = sampleSnapshot({ seq: 0, acceptedUs: Array.from({ length: 99 }, () => 1000) });
  const [row] = seriesOf([fast, slow, sampleSnapshot({ seq: 2 })], 2).rows();
  assert.deepEqual([row?.p50, row?.p95, row?.p99], [1, 1, 1]);
});

test('seconds in which nothing was reported are left out', () => {
  const rows = seriesOf([sampleSnapshot({ seq: 0 }), sampleSnapshot({ seq: 5 })]).rows();
  assert.deepEqual(
    rows.map((row) => row.t),
    [0, 5],
  );
});

test('never more rows than allowed, all of them valid, whatever the order', () => {
  const seconds = fc.uniqueArray(fc.nat(200), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(seconds, fc.integer({ min: 1, max: 8 }), (seqs, maxRows) => {
      const snapshots = seqs.map((seq) =>
        sampleSnapshot({ seq, acceptedUs: [seq + 1], sessionsOpen: seq % 7 }),
      );
      const rows = seriesOf(snapshots, maxRows).rows();
      const sorted = [...snapshots].sort((a, b) => a.seq - b.seq);
      assert.deepEqual(rows, seriesOf(sorted, maxRows).rows());
      assert.ok(rows.length <= maxRows);
      for (const row of rows) seriesRowSchema.parse(row);
    }),
    { numRuns: 30 },
  );
});

test('the row of a snapshot can be asked for', () => {
  const latest = sampleSnapshot({ seq: 1, acceptedUs: [700] });
  const row = seriesOf([sampleSnapshot({ seq: 0 }), latest]).rowOf(latest);
  assert.deepEqual([row?.t, row?.p50], [1, 0.7]);
  assert.equal(seriesOf([]).rowOf(latest), null);
});
