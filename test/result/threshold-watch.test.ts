import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Snapshot } from '#src/metrics/snapshot.js';
import { parseThreshold } from '#src/metrics/threshold.js';
import { ThresholdWatch } from '#src/result/threshold-watch.js';
import { START_US, sampleSnapshot } from '#test/result/sample-journal.js';

type Options = NonNullable<Parameters<typeof parseThreshold>[2]>;

interface Watching {
  readonly metric?: string;
  readonly source: string;
  readonly options?: Options;
  readonly steady?: { readonly fromMs: number; readonly toMs: number | null };
  readonly sources?: readonly string[];
  readonly snapshots: readonly Snapshot[];
  readonly isOver?: boolean;
}

function watched({ metric = 'smtp_message_duration', options = { windowMs: 2000 }, ...rest }: Watching) {
  const threshold = parseThreshold(metric, rest.source, options);
  if ('problem' in threshold) assert.fail(threshold.problem);
  const watch = new ThresholdWatch({
    thresholds: { [metric]: [threshold] },
    steady: rest.steady ?? { fromMs: 0, toMs: null },
    sources: [...(rest.sources ?? ['shard-0'])],
    startUs: START_US,
  });
  for (const snapshot of rest.snapshots) watch.add(snapshot);
  if (rest.isOver ?? true) watch.finish();
  const { crossedAtMs, worst, failedWith } = watch.of(threshold) ?? assert.fail('it is not watched');
  return { crossedAtMs, worst, failedWith };
}

/** A second each, by its response times in µs. */
const seconds = (...all: readonly (readonly number[])[]) =>
  all.map((acceptedUs, seq) => sampleSnapshot({ seq, acceptedUs }));

test('a stall fails its windows, and the moment is the end of the second in which the first of them failed', () => {
  const snapshots = seconds([100], [100], [100, 9000, 9000, 9000], [100], [100], [100], [100]);
  assert.deepEqual(watched({ source: 'med<1', snapshots }), {
    crossedAtMs: 3000,
    worst: 9.007,
    failedWith: 9.007,
  });
  const whole = watched({ source: 'p(60)<1', options: {}, snapshots });
  assert.equal(whole.crossedAtMs, 3000);
});

test('one that holds in every window has its worst value, on whichever side of the bound that is', () => {
  const snapshots = seconds([100], [100], [200, 200, 200], [100]);
  assert.deepEqual(watched({ source: 'max<1', snapshots }), {
    crossedAtMs: null,
    worst: 0.2,
    failedWith: null,
  });
  assert.equal(watched({ source: 'max>0.05', snapshots }).worst, 0.1);
});

test('where no side is worse, the value is that of the first window that failed', () => {
  const snapshots = seconds([100], [200], [300], [400]);
  const found = watched({ source: 'max!=0.2', snapshots });
  assert.deepEqual([found.worst, found.crossedAtMs], [0.2, 2000]);
});

test('a window that is not full is not judged, but a run shorter than its window is', () => {
  const snapshots = seconds([9000], [100], [100], [100], [100]);
  const options = { windowMs: 3000 };
  assert.equal(watched({ source: 'med<1', options, snapshots }).crossedAtMs, null);
  assert.equal(watched({ source: 'med<1', options, snapshots: seconds([9000]) }).crossedAtMs, 1000);
});

test('windows begin with the steady state', () => {
  const snapshots = seconds([], [9000, 9000], [100], [100]);
  assert.equal(
    watched({ source: 'max<1', steady: { fromMs: 2000, toMs: null }, snapshots }).crossedAtMs,
    null,
  );
});

test('a window with fewer samples than minSamples, or none, is passed over', () => {
  const snapshots = seconds([100, 100], [100], [9000], [], [], []);
  const options = { windowMs: 1000, minSamples: 2 };
  assert.deepEqual(watched({ source: 'max<1', options, snapshots }), {
    crossedAtMs: null,
    worst: 0.1,
    failedWith: null,
  });
});

test('a counter need not keep up while the run winds down', () => {
  const busy = { metric: 'smtp_messages', source: 'rate>=1', options: { windowMs: 1000 } };
  const planned = { ...busy, steady: { fromMs: 0, toMs: 2000 } };
  const snapshots = seconds([100], [100], []);
  assert.equal(watched({ ...planned, snapshots }).crossedAtMs, null);
  assert.equal(watched({ ...busy, snapshots }).crossedAtMs, 3000);
  const last = sampleSnapshot({ seq: 2, acceptedUs: [], final: true });
  assert.equal(watched({ ...busy, snapshots: [...snapshots.slice(0, 2), last] }).crossedAtMs, null);
});

test('shards are judged together, in whatever order their snapshots come', () => {
  const sources = ['shard-0', 'shard-1'];
  const slow = seconds([100, 9000], [100, 9000], [100, 9000]);
  const fast = slow.map(({ seq }) => sampleSnapshot({ source: 'shard-1', seq, acceptedUs: [100, 100, 100] }));
  const asks = { source: 'p(75)<1', options: { windowMs: 1000 }, sources };
  const oneByOne = watched({ ...asks, snapshots: [...slow, ...fast] });
  assert.deepEqual(oneByOne, { crossedAtMs: null, worst: 0.1, failedWith: null });
  const inTurn = slow.flatMap((snapshot, index) => [fast[index]!, snapshot]);
  assert.deepEqual(watched({ ...asks, snapshots: inTurn }), oneByOne);
});

test('a second is judged when every shard has reported a later one; a silent shard holds it up for half a minute', () => {
  const asks = { source: 'max<1', options: { windowMs: 1000 }, isOver: false };
  const sources = ['shard-0', 'shard-1'];
  const at = (seq: number) => sampleSnapshot({ seq, acceptedUs: [9000] });
  assert.equal(watched({ ...asks, snapshots: [at(0)] }).crossedAtMs, null);
  assert.equal(watched({ ...asks, snapshots: [at(0), at(1)] }).crossedAtMs, 1000);
  assert.equal(watched({ ...asks, sources, snapshots: [at(0), at(1), at(30)] }).crossedAtMs, null);
  assert.equal(watched({ ...asks, sources, snapshots: [at(0), at(1), at(31)] }).crossedAtMs, 1000);
});

test('for an abort, windows that ended before the delay do not matter', () => {
  const snapshots = seconds([9000], [100], [100], [9000]);
  const find = (delayAbortEvalMs: number) =>
    watched({ source: 'max<1', options: { windowMs: 1000, delayAbortEvalMs }, snapshots }).failedWith;
  assert.deepEqual([find(4000), find(4001)], [9.007, null]);
});
