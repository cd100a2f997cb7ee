import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Snapshot } from '#src/metrics/snapshot.js';
import { parseThreshold, type Threshold } from '#src/metrics/threshold.js';
import { foldJournal } from '#src/result/fold.js';
import { type JournalHeader, parseJournalLine } from '#src/result/journal.js';
import { LiveFold } from '#src/result/live-fold.js';
import type { Result } from '#src/result/result.js';
import {
  endLine,
  header,
  headerLine,
  START_US,
  sampleSnapshot,
  snapshotLine,
} from '#test/result/sample-journal.js';

interface Journal {
  readonly header?: Partial<JournalHeader>;
  readonly snapshots: readonly Snapshot[];
  readonly endSec?: number;
}

function foldOf(journal: Journal): LiveFold {
  const fold = new LiveFold({ type: 'header', v: 1, ...header({ sources: ['shard-0'], ...journal.header }) });
  for (const snapshot of journal.snapshots) fold.add({ type: 'snapshot', fromSeq: snapshot.seq, snapshot });
  if (journal.endSec !== undefined) fold.add(parseJournalLine(endLine(journal.endSec), 0));
  return fold;
}

function resultOf(journal: Journal): Result {
  const fold = foldOf(journal);
  const result = fold.result();
  fold.destroy();
  return result;
}

function threshold(metric: string, source: string): Record<string, Threshold[]> {
  const parsed = parseThreshold(metric, source);
  assert.ok(!('problem' in parsed));
  return { [metric]: [parsed] };
}

const idle = (seq: number) => sampleSnapshot({ seq, acceptedUs: [] });
const busy = (seq: number) => sampleSnapshot({ seq, acceptedUs: [100, 200] });

test('what is folded live is what is folded from the journal', async () => {
  const snapshots = [busy(0), busy(1)];
  const lines = [headerLine({ sources: ['shard-0'] }), ...snapshots.map((s) => snapshotLine(s)), endLine(2)];
  assert.deepEqual(resultOf({ snapshots, endSec: 2 }), (await foldJournal(lines)).result);
});

test('a rate is per second of the steady state: after warm-up, until the arrivals end', () => {
  const steady = { fromMs: 1000, toMs: 3000 };
  const result = resultOf({ header: { steady }, snapshots: [0, 1, 2, 3].map(busy), endSec: 4 });
  assert.deepEqual(result.metrics.iterations?.values, { count: 8, rate: 4 });
});

test('without a planned end the steady state ends with the last activity, not with the run', () => {
  const result = resultOf({ snapshots: [busy(0), busy(1), idle(2), idle(3)], endSec: 4 });
  assert.equal(result.metrics.iterations?.values.rate, 2);
});

test('a run that was over before its warm-up has rates of 0', () => {
  const result = resultOf({
    header: { steady: { fromMs: 9000, toMs: null } },
    snapshots: [busy(0)],
    endSec: 1,
  });
  assert.equal(result.metrics.iterations?.values.rate, 0);
});

test('thresholds are judged on the sum of all sources', () => {
  const thresholds = {
    ...threshold('smtp_messages', 'count>=4'),
    ...threshold('smtp_message_duration', 'max<0.15'),
  };
  const snapshots = [busy(0), sampleSnapshot({ source: 'shard-1', acceptedUs: [100, 100] })];
  assert.deepEqual(resultOf({ header: { thresholds }, snapshots, endSec: 1 }).thresholds, [
    { metric: 'smtp_messages', threshold: 'count>=4', ok: true, value: 4, abortOnFail: false },
    {
      metric: 'smtp_message_duration',
      threshold: 'max<0.15',
      ok: false,
      value: 0.2,
      abortOnFail: false,
      crossedAtMs: 1000,
    },
  ]);
});

test('a threshold on an empty metric fails', () => {
  const thresholds = threshold('smtp_message_duration', 'p(99)<250');
  const [judged] = resultOf({ header: { thresholds }, snapshots: [idle(0)], endSec: 1 }).thresholds;
  assert.deepEqual([judged?.ok, judged?.value], [false, null]);
});

test('with fewer samples than it asks for a threshold comes to what its onNoData says, and says how many', () => {
  const judged = (minSamples: number, onNoData: 'fail' | 'pass') => {
    const parsed = parseThreshold('smtp_message_duration', 'max<60000', { minSamples, onNoData });
    assert.ok(!('problem' in parsed));
    const thresholds = { smtp_message_duration: [parsed] };
    return resultOf({ header: { thresholds }, snapshots: [busy(0), busy(1)], endSec: 2 }).thresholds[0];
  };
  const row = { metric: 'smtp_message_duration', threshold: 'max<60000', abortOnFail: false };
  assert.deepEqual(judged(5, 'fail'), { ...row, ok: false, value: null, minSamples: 5 });
  assert.deepEqual(judged(5, 'pass'), { ...row, ok: true, value: null, minSamples: 5 });
  assert.deepEqual(judged(4, 'fail'), { ...row, ok: true, value: 0.2, minSamples: 4 });
});

test('a window that fails is in the result with its worst value, its width and the moment', () => {
  const windowed = (source: string, windowMs: number) => {
    const parsed = parseThreshold('smtp_message_duration', source, { windowMs });
    return 'problem' in parsed ? assert.fail(parsed.problem) : parsed;
  };
  const thresholds = { smtp_message_duration: [windowed('max<1', 1000), windowed('max<60', 1000)] };
  const snapshots = [busy(0), sampleSnapshot({ seq: 1, acceptedUs: [9000] }), busy(2)];
  const row = { metric: 'smtp_message_duration', abortOnFail: false, windowMs: 1000, value: 9.007 };
  assert.deepEqual(resultOf({ header: { thresholds }, snapshots, endSec: 3 }).thresholds, [
    { ...row, threshold: 'max<1', ok: false, crossedAtMs: 2000 },
    { ...row, threshold: 'max<60', ok: true },
  ]);
});

test('a threshold that failed on its way and holds in the end has no moment', () => {
  const thresholds = threshold('smtp_messages', 'count>=4');
  const [judged] = resultOf({ header: { thresholds }, snapshots: [busy(0), busy(1)], endSec: 2 }).thresholds;
  assert.deepEqual([judged?.ok, judged?.crossedAtMs], [true, undefined]);
});

test('what a threshold asks for is among the metrics', () => {
  const thresholds = threshold('smtp_messages{outcome:failed}', 'count==0');
  const { metrics } = resultOf({ header: { thresholds }, snapshots: [busy(0)], endSec: 1 });
  assert.equal(metrics['smtp_messages{outcome:failed}']?.values.count, 0);
});

test('a gap in a source degrades the health and is named', () => {
  const { health } = resultOf({ snapshots: [busy(0), sampleSnapshot({ seq: 2, final: true })], endSec: 3 });
  assert.equal(health.verdict, 'degraded');
  assert.match(health.reasons[0] ?? '', /snapshot 1 of shard-0 did not arrive/);
});

test('a source that never reported degrades the health', () => {
  const sources = ['shard-0', 'shard-1'];
  const { health } = resultOf({
    header: { sources },
    snapshots: [sampleSnapshot({ final: true })],
    endSec: 1,
  });
  assert.equal(health.verdict, 'degraded');
  assert.match(health.reasons[0] ?? '', /shard-1 never reported/);
});

test('in a run that completed, a source without its final snapshot is missed', () => {
  assert.match(resultOf({ snapshots: [busy(0)], endSec: 1 }).health.reasons[0] ?? '', /stopped reporting/);
  const crashed = resultOf({ snapshots: [busy(0)] }).health.reasons;
  assert.doesNotMatch(crashed.join(), /stopped reporting/);
});

test('a complete run of a generator with room is healthy', () => {
  const { health } = resultOf({ snapshots: [busy(0), sampleSnapshot({ seq: 1, final: true })], endSec: 2 });
  assert.equal(health.verdict, 'ok');
  assert.deepEqual(health.utilisation, { max: 0.25, p95: 0.25 });
  assert.deepEqual(health.latenessMs, { p50: 0.02, p99: 0.021, max: 0.021 });
});

test('the sink is judged for health, but its utilisation is not that of the generator', () => {
  const sink = sampleSnapshot({ source: 'sink', busy: 0.9, acceptedUs: [] });
  const { health } = resultOf({ snapshots: [sampleSnapshot({ final: true }), sink], endSec: 1 });
  assert.equal(health.utilisation.max, 0.25);
  assert.match(health.reasons[0] ?? '', /sink was 90 %/);
});

test('the sink has no rows in the series and does not hold the view up', () => {
  const early = {
    ...sampleSnapshot({ source: 'sink', busy: 0.9, acceptedUs: [] }),
    fromUs: START_US - 2_000_000,
  };
  const late = sampleSnapshot({ source: 'sink', seq: 1, acceptedUs: [], final: true });
  const fold = foldOf({ snapshots: [early, busy(0), late] });
  assert.deepEqual(
    fold.result().series.map(({ t, utilisation }) => [t, utilisation]),
    [[0, 0.25]],
  );
  assert.equal(fold.view().last?.t, 0);
  assert.equal(fold.select('iterations')?.values().values.rate, 2);
  fold.destroy();
});

test('a snapshot that comes twice counts once, with a warning', () => {
  const fold = foldOf({ snapshots: [busy(0), busy(0)] });
  assert.equal(fold.result().counts.accepted, 2);
  assert.match(fold.warnings[0] ?? '', /snapshot 0 of shard-0 came twice/);
  fold.destroy();
});

test('the view shows the newest second that every source has reported', () => {
  const fold = foldOf({
    snapshots: [busy(0), sampleSnapshot({ source: 'shard-1', seq: 0, acceptedUs: [300] }), busy(1)],
  });
  const { elapsedMs, last, lastMs, counts, responseMs } = fold.view();
  assert.deepEqual([elapsedMs, last?.t, last?.accepted, lastMs], [1003, 0, 3, 1000]);
  assert.equal(counts.accepted, 5);
  assert.deepEqual(responseMs, { p50: 0.2, p95: 0.3, p99: 0.3 });
  fold.destroy();
});

test('of a wide row that is only begun, the view says how much time it covers', () => {
  const fold = foldOf({ header: { intervalMs: 10_000 }, snapshots: [busy(0), busy(1), busy(2)] });
  const { last, lastMs } = fold.view();
  assert.deepEqual([last?.t, last?.accepted, lastMs], [0, 6, 3000]);
  fold.destroy();
});

test('a source that is done does not hold the view up', () => {
  const done = sampleSnapshot({ source: 'shard-1', seq: 0, final: true });
  const fold = foldOf({ snapshots: [done, busy(0), busy(1)] });
  assert.equal(fold.view().last?.t, 1);
  fold.destroy();
});

test('before the first snapshot there is a view with nothing in it', () => {
  const fold = foldOf({ snapshots: [] });
  const { elapsedMs, last, responseMs, health } = fold.view();
  assert.deepEqual([elapsedMs, last, responseMs, health.verdict], [0, null, null, 'ok']);
  fold.destroy();
});
