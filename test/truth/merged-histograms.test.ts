/**
 * The same samples, recorded by one shard or by four, are the same histogram: bucket for bucket, through snapshots as
 * they go to the journal. And what it tells agrees with the sorted samples, by arithmetic that shares no code with it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MetricAccumulator } from '#src/metrics/accumulator.js';
import { Recorder } from '#src/metrics/recorder.js';
import type { Snapshot } from '#src/metrics/snapshot.js';
import { sampleSnapshot } from '../metrics/sample-snapshot.js';

interface Sample {
  readonly outcome: 'accepted' | 'rejected';
  readonly us: number;
  /** Which shard saw it where there are four, and in which second. */
  readonly shard: number;
  readonly second: number;
}

/** From 1 µs to an hour, as many in each decade. */
const duration = fc
  .double({ min: 0, max: Math.log(3.6e9), noNaN: true })
  .map((log) => Math.round(Math.exp(log)));

const samples: fc.Arbitrary<Sample[]> = fc.array(
  fc.record({
    outcome: fc.constantFrom('accepted', 'rejected'),
    us: fc.oneof(duration, fc.integer({ min: 900, max: 1_100 })),
    shard: fc.integer({ min: 0, max: 3 }),
    second: fc.integer({ min: 0, max: 2 }),
  }),
  { minLength: 1, maxLength: 400 },
);

/** The snapshots of as many shards, in the order of time, as text and back. */
function snapshotsOf(samples: readonly Sample[], shards: number): readonly Snapshot[] {
  const recorders = Array.from({ length: shards }, () => new Recorder());
  return [0, 1, 2].flatMap((second) =>
    recorders.map((recorder, shard) => {
      for (const sample of samples) {
        if (sample.second !== second || sample.shard % shards !== shard) continue;
        const { outcome, us } = sample;
        recorder.trend('smtp_message_duration', { outcome }).record(us);
        recorder.counter('smtp_messages', { outcome }).add(1);
      }
      const { instant, trends } = recorder.swap();
      const encoded: Record<string, string> = {};
      for (let next = trends.next(); next.done !== true; next = trends.next())
        encoded[next.value[0]] = next.value[1];
      const snapshot = sampleSnapshot({ ...instant, trends: encoded, source: `shard-${shard}`, seq: second });
      return JSON.parse(JSON.stringify(snapshot)) as Snapshot;
    }),
  );
}

function metricsOf(snapshots: readonly Snapshot[]) {
  const total = new MetricAccumulator();
  for (const snapshot of snapshots) total.add(snapshot);
  const metrics = total.metrics(['smtp_message_duration{outcome:accepted}'], 3);
  total.destroy();
  return metrics;
}

test('samples that four shards recorded merge into the histogram that one would have, whatever their order', () => {
  fc.assert(
    fc.property(samples, fc.array(fc.nat(), { minLength: 12, maxLength: 12 }), (all, order) => {
      const one = metricsOf(snapshotsOf(all, 1));
      const four = snapshotsOf(all, 4);
      assert.notEqual(one.smtp_message_duration?.histogram, undefined);
      assert.deepEqual(metricsOf(four), one);
      const shuffled = [...four].sort((a, b) => order[four.indexOf(a)]! - order[four.indexOf(b)]!);
      assert.deepEqual(metricsOf(shuffled), one);
    }),
  );
});

test('every percentile of the merged histogram is that of the sorted samples, within the width of a bucket', () => {
  fc.assert(
    fc.property(samples, (all) => {
      const trend = metricsOf(snapshotsOf(all, 4)).smtp_message_duration!;
      const sorted = all.map(({ us }) => us).sort((a, b) => a - b);
      assert.equal(trend.n, sorted.length);
      // The further ones are told of enough samples only.
      assert.equal(typeof trend.values.med, 'number');
      for (const [name, share] of [
        ['med', 0.5],
        ['p(90)', 0.9],
        ['p(95)', 0.95],
        ['p(99)', 0.99],
      ] as const) {
        const told = trend.values[name];
        if (told === undefined || told === null) continue;
        const exact = sorted[Math.ceil(share * sorted.length - 1e-9) - 1]! / 1_000;
        // Three significant digits.
        assert.ok(Math.abs(told - exact) <= exact / 1_000 + 0.001, `${name}: ${told} for ${exact}`);
      }
    }),
  );
});
