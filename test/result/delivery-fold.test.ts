import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type DeliveryCounts,
  type DeliverySample,
  NO_COUNTS,
  NO_DELIVERY_COUNTS,
  type Snapshot,
} from '#src/metrics/snapshot.js';
import { foldJournal } from '#src/result/fold.js';
import { mergeSnapshots } from '#src/result/merge-snapshots.js';
import { encodedUs, endLine, headerLine, START_US, snapshotLine } from './sample-journal.js';

const VERIFY = JSON.stringify({ type: 'verify', atUs: START_US, receipts: ['receipts.ndjson'] });
const DURATION = 'smtp_delivery_duration{domain:a.example.test}';

test('the delivery block is the sum of what its snapshots changed, beside the copies the shards counted', async () => {
  const { result } = await fold([
    delivery(0, { counts: { delivered: 4, bounced: 1 } }),
    delivery(1, { counts: { delivered: 5, bounced: -1, lost: 1, duplicated: 2 } }),
  ]);
  assert.deepEqual(result.delivery, {
    ...NO_DELIVERY_COUNTS,
    accepted: 10,
    delivered: 9,
    lost: 1,
    duplicated: 2,
  });
});

test('without the last snapshot, what is not accounted for is pending', async () => {
  const { result } = await fold([delivery(0, { counts: { delivered: 4 } })]);
  assert.deepEqual([result.delivery?.delivered, result.delivery?.pending], [4, 6]);
});

test('what is known to be pending, lost or bounced is not counted as pending again', async () => {
  const { result } = await fold([
    delivery(0, { counts: { delivered: 3, bounced: 2 } }),
    delivery(1, { counts: { lost: 1, pending: 3 } }),
  ]);
  assert.deepEqual([result.delivery?.lost, result.delivery?.pending], [1, 4]);
});

test('a run that proved nothing has no delivery block', async () => {
  const { result, deliveryDetails } = await fold([]);
  assert.deepEqual([result.delivery, deliveryDetails], [null, null]);
});

test('where copies were looked for, what nothing was found of counts 0 and is there', async () => {
  const { result } = await fold([delivery(0, { counts: { delivered: 10 } })]);
  for (const kind of ['lost', 'duplicated', 'corrupted', 'unconfirmed'])
    assert.deepEqual(result.metrics[`delivery_${kind}`]?.values.count, 0, kind);
  assert.equal((await fold([])).result.metrics.delivery_lost, undefined);
});

test('the backlog stands in the series, also while the run waits, and stays what it was when verified later', async () => {
  const during = [
    delivery(0, { counts: { delivered: 4 } }),
    delivery(1, { counts: { delivered: 2, bounced: 1 } }),
    delivery(2, { counts: { lost: 3 } }),
  ];
  const later = snapshotLine(delivery(0, { counts: { delivered: 10 } }));
  for (const after of [[], [VERIFY, later]]) {
    const { result, deliveryDetails } = await fold(during, after);
    const backlogs = result.series.map(({ t, backlog }) => [t, backlog]);
    assert.deepEqual(backlogs, [
      [0, 6],
      [1, 3],
      [2, 3],
    ]);
    assert.deepEqual(deliveryDetails?.backlog, { max: 6, atEndOfLoad: 6, grew: false });
  }
});

test('a copy leaves the backlog when it arrived, not when that was read', async () => {
  const at = (offsetS: number) => String((START_US + offsetS * 1e6) / 100_000);
  const { result } = await fold([
    delivery(1, { counts: { delivered: 0 }, settled: { [at(0.2)]: 3, [at(0.9)]: 4 } }),
    // A clock that runs ahead: not later than it was told.
    delivery(2, { counts: { delivered: 10 }, settled: { [at(1.5)]: 1, [at(500)]: 2 } }),
  ]);
  assert.deepEqual(
    result.series.map(({ t, backlog }) => [t, backlog]),
    [
      [0, 3],
      [1, 2],
      [2, 0],
    ],
  );
});

test('copies looked for only afterwards tell no backlog', async () => {
  const { result, deliveryDetails } = await fold(
    [],
    [VERIFY, snapshotLine(delivery(0, { counts: { delivered: 10 } }))],
  );
  assert.deepEqual(
    result.series.map(({ backlog }) => backlog),
    [null],
  );
  assert.equal(deliveryDetails?.backlog, null);
});

test('a verify line makes all that was seen of delivery before it count no more', async () => {
  const before = [
    delivery(0, {
      counts: { delivered: 4, lost: 6 },
      placements: { inbox: 4 },
      notes: ['before'],
      cases: [caseOf(1)],
      domains: { 'before.test': NO_DOMAIN },
      warmup: 3,
      trends: { [DURATION]: encodedUs([9_000]) },
      counters: { delivery_lost: 6 },
    }),
  ];
  const after = delivery(0, {
    counts: { delivered: 10 },
    placements: { inbox: 10 },
    notes: ['after'],
    cases: [caseOf(2)],
    domains: { 'after.test': NO_DOMAIN },
    warmup: 1,
    trends: { [DURATION]: encodedUs([3_000, 5_000]) },
  });
  const { result, deliveryDetails, warnings } = await fold(before, [VERIFY, snapshotLine(after)]);
  assert.deepEqual(warnings, []);
  assert.deepEqual([result.delivery?.delivered, result.delivery?.lost], [10, 0]);
  assert.deepEqual([deliveryDetails?.placements, deliveryDetails?.notes], [{ inbox: 10 }, ['after']]);
  assert.deepEqual(
    deliveryDetails?.cases.map(({ number }) => number),
    [2],
  );
  assert.deepEqual(
    deliveryDetails?.domains.map(({ domain }) => domain),
    ['after.test'],
  );
  assert.equal(deliveryDetails?.warmup, 1);
  assert.equal(result.metrics.smtp_delivery_duration?.n, 2);
  assert.equal(result.metrics.delivery_lost?.n, 0);
});

test('notes are bounded, each is there once, and no count is below nothing where a snapshot is missing', async () => {
  const notes = Array.from({ length: 150 }, (_, nth) => `note ${nth}`);
  const more = Array.from({ length: 150 }, (_, nth) => `note ${nth + 100}`);
  const { result, deliveryDetails } = await fold([
    delivery(0, { counts: { delivered: 2 }, notes, warmup: 1 }),
    delivery(1, { counts: { bounced: -3, lost: 1 }, notes: more, warmup: -4 }),
  ]);
  assert.deepEqual([deliveryDetails?.notes.length, deliveryDetails?.notes.at(-1)], [200, 'note 199']);
  assert.deepEqual([deliveryDetails?.warmup, result.delivery?.bounced], [0, 0]);
});

test('thresholds see what the delivery reader measured', async () => {
  const threshold = (bound: number) => ({
    source: `count<${bound}`,
    aggregation: { kind: 'count' as const },
    operator: '<' as const,
    bound,
    abortOnFail: false,
    delayAbortEvalMs: 0,
    windowMs: 0,
    minSamples: 0,
    onNoData: 'fail' as const,
  });
  const { result } = await fold(
    [delivery(0, { counts: { delivered: 8, lost: 2 }, counters: { delivery_lost: 2 } })],
    [],
    { delivery_lost: [threshold(1), threshold(3)], delivery_duplicated: [threshold(1)] },
  );
  assert.deepEqual(
    result.thresholds.map(({ value, ok }) => [value, ok]),
    [
      [2, false],
      [2, true],
      [0, true],
    ],
  );
});

test('details hold domains with their durations, most copies first, and the first cases of a kind', async () => {
  const domain = { accepted: 0, delivered: 0, bounced: 0, lost: 0, pending: 0 };
  const lost = { kind: 'lost' as const, number: 1, recipient: 'u@b.test', atUs: null, detail: '' };
  const { deliveryDetails } = await fold([
    delivery(0, {
      counts: { delivered: 3 },
      domains: {
        'b.test': { ...domain, accepted: 1 },
        'a.example.test': { ...domain, accepted: 3, delivered: 3 },
      },
      trends: { [DURATION]: encodedUs([1_000, 1_500, 2_000]) },
      cases: Array.from({ length: 120 }, () => lost),
    }),
  ]);
  assert.deepEqual(
    deliveryDetails?.domains.map(({ domain, delivered, p50, max }) => [domain, delivered, p50, max]),
    [
      ['a.example.test', 3, 1.5, 2],
      ['b.test', 0, null, null],
    ],
  );
  assert.equal(deliveryDetails?.cases.length, 100);
});

test('merged snapshots of the delivery reader fold to the same', async () => {
  const domain = { accepted: 4, delivered: 1, bounced: 0, lost: 0, pending: 0 };
  const lines = [0, 1, 2].map((seq) =>
    delivery(seq, {
      counts: { delivered: seq, late: 1 },
      domains: { 'a.example.test': domain, [`d${seq}.test`]: domain },
      placements: { inbox: seq + 1 },
      settled: { [String(START_US / 100_000 + 7)]: seq },
      notes: [`note ${seq}`],
      trends: { [DURATION]: encodedUs([1_000 * (seq + 1)]) },
    }),
  );
  const apart = await fold(lines);
  const merged = await fold([mergeSnapshots(lines)]);
  assert.deepEqual(merged.result.delivery, apart.result.delivery);
  assert.deepEqual(merged.deliveryDetails, apart.deliveryDetails);
});

const NO_DOMAIN = { accepted: 0, delivered: 0, bounced: 0, lost: 0, pending: 0 };

function caseOf(number: number): DeliverySample['cases'][number] {
  return { kind: 'lost', number, recipient: 'a@x.test', atUs: null, detail: '' };
}

interface Changes extends Partial<Omit<DeliverySample, 'counts'>> {
  readonly counts: Partial<DeliveryCounts>;
  readonly trends?: Snapshot['trends'];
  readonly counters?: Snapshot['counters'];
}

function delivery(seq: number, changes: Changes): Snapshot {
  const { counts, trends = {}, counters = {}, ...rest } = changes;
  const sample = { cases: [], domains: {}, placements: {}, settled: null, warmup: 0, notes: [], ...rest };
  return {
    ...shard(seq),
    source: 'delivery',
    counts: NO_COUNTS,
    trends,
    counters,
    delivery: { ...sample, counts: { ...NO_DELIVERY_COUNTS, ...counts } },
  };
}

function shard(seq: number): Snapshot {
  return {
    v: 1,
    source: 'shard-0',
    seq,
    fromUs: START_US + seq * 1e6,
    toUs: START_US + (seq + 1) * 1e6,
    counts: { ...NO_COUNTS, acceptedCopies: 10, accepted: 10 },
    counters: {},
    rates: {},
    trends: {},
    live: '',
    gauges: {},
    outcomes: [],
    accepted: [],
    refusedCopies: [],
    health: { wallUs: 0, busyUs: 0, cpuWaitUs: 0, lateness: '', arrivalsDropped: 0, faults: {} },
    final: false,
  };
}

type Thresholds = NonNullable<Parameters<typeof headerLine>[0]>['thresholds'];

function fold(snapshots: readonly Snapshot[], after: readonly string[] = [], thresholds?: Thresholds) {
  return foldJournal([
    headerLine({ sources: ['shard-0'], ...(thresholds && { thresholds }) }),
    snapshotLine(shard(0)),
    ...snapshots.map((snapshot) =>
      snapshotLine(snapshot, snapshot.seq === 2 && snapshots.length === 1 ? 0 : snapshot.seq),
    ),
    endLine(3),
    ...after,
  ]);
}
