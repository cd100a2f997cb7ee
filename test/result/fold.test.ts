import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { Snapshot } from '#src/metrics/snapshot.js';
import { foldJournal, foldRunDirectory } from '#src/result/fold.js';
import { JournalWriter } from '#src/result/journal-writer.js';
import { LineFile } from '#src/result/line-file.js';
import { mergeSnapshots } from '#src/result/merge-snapshots.js';
import { resultSchema } from '#src/result/result.js';
import { endLine, header, headerLine, sampleSnapshot, snapshotLine } from '#test/result/sample-journal.js';
import { SmallDisk } from '#test/result/small-disk.js';

const folder = mkdtempSync(join(tmpdir(), 'mailbench-'));
after(() => rmSync(folder, { recursive: true }));

const SECONDS = 4;

/** Two shards over four seconds, every second different. */
const snapshots: Snapshot[] = ['shard-0', 'shard-1'].flatMap((source, shard) =>
  Array.from({ length: SECONDS }, (_, seq) =>
    sampleSnapshot({
      source,
      seq,
      acceptedUs: Array.from({ length: seq + shard + 1 }, (_, i) => 100 * (i + 1)),
      rejected: seq % 2,
      sessionsOpen: seq + 1,
      final: seq === SECONDS - 1,
    }),
  ),
);
const ordered = [...snapshots].sort((a, b) => a.seq - b.seq);

function linesOf(inOrder: readonly Snapshot[] = ordered): string[] {
  return [headerLine(), ...inOrder.map((snapshot) => snapshotLine(snapshot)), endLine(SECONDS)];
}

test('a result keeps the schema it promises', async () => {
  const { result, warnings } = await foldJournal(linesOf());
  resultSchema.parse(result);
  assert.deepEqual(warnings, []);
});

test('the numbers of all sources and seconds are added up', async () => {
  const { result } = await foldJournal(linesOf());
  // shard-0 accepted 1+2+3+4, shard-1 2+3+4+5; each refused one message in seconds 1 and 3.
  assert.equal(result.counts.accepted, 24);
  assert.equal(result.counts.rejected, 4);
  assert.equal(result.metrics['smtp_messages{outcome:accepted}']?.values.count, 24);
  assert.equal(result.metrics.smtp_messages?.values.count, 28);
  assert.equal(result.metrics.smtp_message_duration?.n, 24);
  assert.deepEqual(result.metrics.smtp_message_failed?.values, { rate: 4 / 28, passes: 4, fails: 24 });
  assert.deepEqual(
    result.outcomes.map(({ code, count }) => [code, count]),
    [
      [250, 24],
      [550, 4],
    ],
  );
  assert.deepEqual(
    result.series.map(({ t, accepted, sessionsOpen }) => [t, accepted, sessionsOpen]),
    [
      [0, 3, 2],
      [1, 5, 4],
      [2, 7, 6],
      [3, 9, 8],
    ],
  );
});

test('any interleaving of the sources gives the same result', async () => {
  const expected = (await foldJournal(linesOf())).result;
  const shuffled = fc.shuffledSubarray(snapshots, {
    minLength: snapshots.length,
    maxLength: snapshots.length,
  });
  await fc.assert(
    fc.asyncProperty(shuffled, async (inOrder) => {
      assert.deepEqual((await foldJournal(linesOf(inOrder))).result, expected);
    }),
    { numRuns: 40 },
  );
});

test('any way of adding snapshots up before they are written gives the same numbers', async () => {
  const expected = (await foldJournal(linesOf())).result;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), async (isJoined) => {
      const lines = [headerLine(), ...joinedLines(isJoined), endLine(SECONDS)];
      const { result } = await foldJournal(lines);
      assert.deepEqual(result.counts, expected.counts);
      assert.deepEqual(result.outcomes, expected.outcomes);
      assert.deepEqual(withoutGauges(result.metrics), withoutGauges(expected.metrics));
      assert.deepEqual(result.health, expected.health);
    }),
    { numRuns: 40 },
  );
});

function joinedLines(isJoined: readonly boolean[]): string[] {
  const entries: { fromSeq: number; snapshot: Snapshot }[] = [];
  for (const [index, snapshot] of snapshots.entries()) {
    const before = entries.at(-1);
    if (before !== undefined && before.snapshot.source === snapshot.source && isJoined[index]) {
      before.snapshot = mergeSnapshots([before.snapshot, snapshot]);
    } else entries.push({ fromSeq: snapshot.seq, snapshot });
  }
  return entries.map(({ fromSeq, snapshot }) => snapshotLine(snapshot, fromSeq));
}

/** A gauge is sampled: fewer samples may miss its extremes. */
function withoutGauges<T extends { type: string }>(metrics: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(metrics).filter(([, metric]) => metric.type !== 'gauge');
}

test('a journal that is cut off at any byte of its last line still folds', async () => {
  const lines = [headerLine(), ...ordered.map((snapshot) => snapshotLine(snapshot))];
  const last = lines.pop() ?? '';
  const path = join(folder, 'journal.ndjson');
  const withoutLast = await foldJournal(lines);
  // Every seventh byte, and the last ones, for speed: what differs along a line is only where JSON breaks.
  for (let cut = 0; cut < last.length; cut += cut > last.length - 20 ? 1 : 7) {
    writeFileSync(path, `${lines.join('\n')}\n${last.slice(0, cut)}`);
    const { result, warnings } = await foldRunDirectory(folder);
    assert.deepEqual(result, withoutLast.result);
    assert.equal(warnings.length, cut === 0 ? 0 : 1);
  }
  writeFileSync(path, `${lines.join('\n')}\n${last}`);
  const whole = await foldRunDirectory(folder);
  assert.deepEqual(whole.warnings, []);
  assert.equal(whole.result.counts.accepted, 24);
});

test('a journal without an end is that of a run that failed, and says how much there is', async () => {
  const { result } = await foldJournal(linesOf().slice(0, -1));
  assert.equal(result.run.status, 'failed');
  assert.match(result.health.reasons[0] ?? '', /without closing its journal; folded from 4 seconds/);
  assert.equal(result.run.durationMs, 4003);
});

test('a journal with only its header is a result without data', async () => {
  const { result } = await foldJournal([headerLine()]);
  resultSchema.parse(result);
  assert.equal(result.run.status, 'failed');
  assert.equal(result.run.durationMs, 0);
  assert.equal(result.series.length, 0);
});

test('an end says how the run ended, and why', async () => {
  const aborted = [...linesOf().slice(0, -1), endLine(SECONDS, 'aborted', 'SIGINT')];
  const { run, health } = (await foldJournal(aborted)).result;
  assert.deepEqual([run.status, run.durationMs], ['aborted', 4000]);
  assert.equal(health.reasons[0], 'The run was aborted: SIGINT.');
  assert.doesNotMatch((await foldJournal(linesOf())).result.health.reasons.join(), /aborted|failed/);
});

test('a damaged line in the middle is an error with its number', async () => {
  const lines = linesOf();
  lines[3] = lines[3]?.slice(0, 50) ?? '';
  await assert.rejects(foldJournal(lines), { code: 'RESULT_JOURNAL_DAMAGED', message: /line 4/ });
});

test('a histogram that was changed is the fault of the file, not a bug', async () => {
  const lines = linesOf().map((line) => line.replace(/"live":"[^"]*"/, '"live":"AAAA"'));
  await assert.rejects(foldJournal(lines), { code: 'RESULT_HISTOGRAM_INVALID' });
});

test('a run whose disk was full keeps what was written before', async () => {
  const disk = new SmallDisk(1e6);
  const writer = new JournalWriter(new LineFile('journal.ndjson', disk), header());
  for (const snapshot of ordered.slice(0, 5)) writer.snapshot(snapshot);
  disk.roomBytes = disk.content.length + 33;
  assert.throws(() => writer.snapshot(ordered[5] as Snapshot), { code: 'RESULT_DISK_FULL' });
  const { result, warnings } = await foldJournal(disk.lines);
  assert.deepEqual(warnings, []);
  assert.deepEqual(result, (await foldJournal(linesOf(ordered.slice(0, 5)).slice(0, -1))).result);
});
