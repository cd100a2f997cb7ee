import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJournalLine, type SnapshotEntry } from '#src/result/journal.js';
import { JournalWriter } from '#src/result/journal-writer.js';
import { LineFile } from '#src/result/line-file.js';
import { header, sampleSnapshot } from '#test/result/sample-journal.js';
import { SmallDisk } from '#test/result/small-disk.js';

const END = { endedAt: '2026-11-22T08:15:00.000Z', status: 'completed', reason: '' } as const;

function setUp(intervalMs = 1000, roomBytes = 1e6): { disk: SmallDisk; writer: JournalWriter } {
  const disk = new SmallDisk(roomBytes);
  return { disk, writer: new JournalWriter(new LineFile('journal.ndjson', disk), header({ intervalMs })) };
}

function snapshotsOf(disk: SmallDisk): SnapshotEntry[] {
  return disk.lines.map(parseJournalLine).filter((entry) => entry.type === 'snapshot');
}

test('header, snapshots, events and end are read back as they were written', () => {
  const { disk, writer } = setUp();
  writer.snapshot(sampleSnapshot());
  writer.event({ atUs: 5, kind: 'signal', text: 'SIGINT' });
  writer.end(END);
  const entries = disk.lines.map(parseJournalLine);
  assert.deepEqual(entries, [
    { type: 'header', v: 1, ...header() },
    { type: 'snapshot', fromSeq: 0, snapshot: sampleSnapshot() },
    { type: 'event', atUs: 5, kind: 'signal', text: 'SIGINT' },
    { type: 'end', ...END },
  ]);
  assert.ok(disk.isClosed);
});

test('with an interval of ten seconds ten snapshots of a source make a line', () => {
  const { disk, writer } = setUp(10_000);
  for (let seq = 0; seq < 25; seq += 1) {
    writer.snapshot(sampleSnapshot({ seq }));
    writer.snapshot(sampleSnapshot({ seq, source: 'shard-1' }));
  }
  writer.end(END);
  assert.deepEqual(
    snapshotsOf(disk).map(({ fromSeq, snapshot }) => [snapshot.source, fromSeq, snapshot.seq]),
    [
      ['shard-0', 0, 9],
      ['shard-1', 0, 9],
      ['shard-0', 10, 19],
      ['shard-1', 10, 19],
      ['shard-0', 20, 24],
      ['shard-1', 20, 24],
    ],
  );
});

test('a gap is not hidden by adding up', () => {
  const { disk, writer } = setUp(10_000);
  for (const seq of [0, 1, 4, 5]) writer.snapshot(sampleSnapshot({ seq }));
  writer.end(END);
  assert.deepEqual(
    snapshotsOf(disk).map(({ fromSeq, snapshot }) => [fromSeq, snapshot.seq]),
    [
      [0, 1],
      [4, 5],
    ],
  );
});

test('a final snapshot does not wait', () => {
  const { disk, writer } = setUp(10_000);
  writer.snapshot(sampleSnapshot({ final: true }));
  assert.equal(snapshotsOf(disk).length, 1);
});

test('when the disk fills up, everything written before can be read', () => {
  const { disk, writer } = setUp();
  writer.snapshot(sampleSnapshot({ seq: 0 }));
  disk.roomBytes = disk.content.length + 100;
  assert.throws(() => writer.snapshot(sampleSnapshot({ seq: 1 })), { code: 'RESULT_DISK_FULL' });
  assert.deepEqual(
    snapshotsOf(disk).map(({ snapshot }) => snapshot.seq),
    [0],
  );
});

test('what could not be written is written when there is room again', () => {
  const { disk, writer } = setUp();
  disk.roomBytes = disk.content.length;
  assert.throws(() => writer.snapshot(sampleSnapshot({ seq: 0 })));
  disk.roomBytes = 1e6;
  writer.end(END);
  assert.deepEqual(
    snapshotsOf(disk).map(({ snapshot }) => snapshot.seq),
    [0],
  );
});

test('each line is reported once it is written, and one that could not be is not', () => {
  const disk = new SmallDisk(1e6);
  const written: string[] = [];
  const file = new LineFile('journal.ndjson', disk);
  const writer = new JournalWriter(file, header(), (entry) => written.push(JSON.stringify(entry)));
  writer.snapshot(sampleSnapshot());
  disk.roomBytes = disk.content.length;
  assert.throws(() => writer.event({ atUs: 5, kind: 'signal', text: 'SIGINT' }));
  assert.deepEqual(written, disk.lines);
  assert.equal(written.length, 2);
});
