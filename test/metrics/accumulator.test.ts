import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addCounts, MetricAccumulator } from '#src/metrics/accumulator.js';
import { Recorder } from '#src/metrics/recorder.js';
import { NO_COUNTS, type Snapshot } from '#src/metrics/snapshot.js';
import { MAX_OUTCOME_ROWS } from '#src/metrics/tally.js';
import { encoded, sampleOutcome, sampleSnapshot } from './sample-snapshot.js';

function accumulated(snapshots: readonly Snapshot[]): MetricAccumulator {
  const accumulator = new MetricAccumulator();
  for (const snapshot of snapshots) accumulator.add(snapshot);
  return accumulator;
}

/** Everything an accumulator tells, as plain data. */
function told(accumulator: MetricAccumulator, expressions: readonly string[] = []) {
  return {
    metrics: accumulator.metrics(expressions, 10),
    counts: accumulator.counts,
    outcomes: accumulator.outcomes,
    lateness: accumulator.lateness.encode(),
    live: accumulator.live.encode(),
    faults: accumulator.faults,
    health: Object.fromEntries([...accumulator.health].sort()),
  };
}

test('nothing added is nothing told', () => {
  assert.deepEqual(told(new MetricAccumulator()), {
    metrics: {},
    counts: NO_COUNTS,
    outcomes: [],
    lateness: '',
    live: '',
    faults: {},
    health: {},
  });
});

test('a bare name is the sum of its label sets', () => {
  const snapshot = sampleSnapshot({
    counters: { 'smtp_messages{outcome:accepted}': 7, 'smtp_messages{outcome:failed}': 3, iterations: 10 },
    trends: {
      'smtp_message_duration{outcome:accepted}': encoded([1000, 2000]),
      'smtp_message_duration{outcome:failed}': encoded([9000]),
    },
    rates: { checks: [1, 3] },
  });
  const metrics = accumulated([snapshot, snapshot]).metrics([], 10);
  assert.deepEqual(Object.keys(metrics), [
    'smtp_message_duration',
    'checks',
    'smtp_messages',
    'iterations',
    'smtp_message_duration{outcome:accepted}',
    'smtp_message_duration{outcome:failed}',
    'smtp_messages{outcome:accepted}',
    'smtp_messages{outcome:failed}',
  ]);
  assert.deepEqual(metrics.smtp_messages, { type: 'counter', n: 20, values: { count: 20, rate: 2 } });
  assert.equal(metrics['smtp_messages{outcome:failed}']?.n, 6);
  assert.equal(metrics.smtp_message_duration?.n, 6);
  assert.equal(metrics.smtp_message_duration?.values.max, 9.007, 'the upper end of its bucket');
  assert.equal(metrics['smtp_message_duration{outcome:accepted}']?.n, 4);
  assert.deepEqual(metrics.checks?.values, { rate: 0.25, passes: 2, fails: 6 });
});

test('an expression selects every label set that has its tags', () => {
  const accumulator = accumulated([
    sampleSnapshot({
      counters: {
        'smtp_replies{class:accepted,code:250,command:RCPT}': 5,
        'smtp_replies{class:policy,code:550,command:RCPT}': 2,
        'smtp_replies{class:accepted,code:250,command:MAIL}': 6,
      },
    }),
  ]);
  const count = (expression: string) => accumulator.select(expression, 1)?.n;
  assert.equal(count('smtp_replies'), 13);
  assert.equal(count('smtp_replies{command:RCPT}'), 7);
  assert.equal(count('smtp_replies{ code:250, command:RCPT }'), 5);
  assert.equal(count('smtp_replies{command:QUIT}'), 0);
  assert.equal(accumulator.select('smtp_nothing', 1), null);
  assert.equal(accumulator.select('smtp_replies{', 1), null);
});

test('an expression asked for is told under the words it was asked in, seen or not', () => {
  const accumulator = accumulated([sampleSnapshot({ counters: { iterations: 1 } })]);
  const metrics = accumulator.metrics(
    ['smtp_replies{command:RCPT}', 'dropped_iterations', 'smtp_connecting'],
    1,
  );
  assert.deepEqual(Object.keys(metrics), [
    'iterations',
    'smtp_replies{command:RCPT}',
    'dropped_iterations',
    'smtp_connecting',
  ]);
  assert.equal(metrics.dropped_iterations?.values.count, 0);
  assert.equal(metrics.smtp_connecting?.n, 0);
});

test('counts, outcomes and faults add up', () => {
  const row = sampleOutcome({ count: 2 });
  const parts = {
    counts: { ...NO_COUNTS, scheduled: 5, started: 4, dropped: 1 },
    outcomes: [row],
    health: {
      wallUs: 1e6,
      busyUs: 0,
      cpuWaitUs: 0,
      lateness: encoded([10]),
      arrivalsDropped: 3,
      faults: { EMFILE: 1 },
    },
    live: encoded([700]),
  };
  const accumulator = accumulated([sampleSnapshot(parts), sampleSnapshot({ ...parts, source: 'shard-1' })]);
  assert.deepEqual(accumulator.counts, { ...NO_COUNTS, scheduled: 10, started: 8, dropped: 2 });
  assert.deepEqual(accumulator.outcomes, [{ ...row, count: 4 }]);
  assert.deepEqual(accumulator.faults, { EMFILE: 2 });
  assert.deepEqual(accumulator.arrivals, { started: 2, dropped: 6 });
  assert.equal(accumulator.lateness.encode(), encoded([10, 10]));
  assert.equal(accumulator.live.encode(), encoded([700, 700]));
});

test('every field of counts is added', () => {
  const ones = Object.fromEntries(
    Object.keys(NO_COUNTS).map((key) => [key, 1]),
  ) as unknown as typeof NO_COUNTS;
  const twos = Object.fromEntries(Object.keys(NO_COUNTS).map((key) => [key, 2]));
  assert.deepEqual(addCounts(ones, ones), twos);
});

test('health is told by source', () => {
  const busy = (source: string, busyUs: number) =>
    sampleSnapshot({
      source,
      health: { wallUs: 1e6, busyUs, cpuWaitUs: 0, lateness: '', arrivalsDropped: 0, faults: {} },
    });
  const { health } = accumulated([busy('shard-0', 200_000), busy('sink', 900_000)]);
  assert.equal(health.get('shard-0')?.utilisation.p95, 0.2);
  assert.equal(health.get('sink')?.utilisation.p95, 0.9);
});

test('outcomes of many sources are all there, because each source bounds its own', () => {
  const snapshots = [0, 1, 2].map((source) =>
    sampleSnapshot({
      source: `shard-${source}`,
      outcomes: Array.from({ length: MAX_OUTCOME_ROWS }, (_, code) =>
        sampleOutcome({ enhanced: `5.${source}.${code}` }),
      ),
    }),
  );
  assert.equal(accumulated(snapshots).outcomes.length, 3 * MAX_OUTCOME_ROWS);
});

test('what is under no name of the catalogue is not told', () => {
  const accumulator = accumulated([sampleSnapshot({ counters: { smtp_nothing: 1, 'constructor{a:b}': 1 } })]);
  assert.deepEqual(accumulator.metrics(['smtp_nothing', '__proto__'], 1), {});
});

interface Sample {
  readonly recorder: number;
  readonly second: number;
  readonly metric: 'trend' | 'counter' | 'rate';
  readonly tag: string;
  readonly value: number;
}

/** Records samples in as many recorders as they name, a snapshot per second and recorder. */
function snapshotsOf(samples: readonly Sample[], seconds: number): Snapshot[] {
  return [...new Set(samples.map(({ recorder }) => recorder))].flatMap((index) => {
    const recorder = new Recorder();
    recorder.gauge('vus', () => index + 1);
    return Array.from({ length: seconds }, (_, second) => {
      for (const sample of samples) {
        if (sample.recorder === index && sample.second === second) record(recorder, sample);
      }
      const { instant, trends } = recorder.swap();
      return sampleSnapshot({
        source: `shard-${index}`,
        seq: second,
        fromUs: second * 1e6,
        toUs: (second + 1) * 1e6,
        ...instant,
        trends: Object.fromEntries({ [Symbol.iterator]: () => trends }),
      });
    });
  });
}

function record(recorder: Recorder, { metric, tag, value }: Sample): void {
  if (metric === 'trend') recorder.trend('smtp_command_waiting', { command: tag }).record(value);
  if (metric === 'counter') recorder.counter('smtp_replies', { command: tag }).add(value);
  if (metric === 'rate') recorder.rate('checks').add(value % 2 === 0);
}

test('samples split over recorders and seconds, added in any order, give what one recorder gives', () => {
  const sample = fc.record<Sample>({
    recorder: fc.nat({ max: 3 }),
    second: fc.nat({ max: 2 }),
    metric: fc.constantFrom('trend', 'counter', 'rate'),
    tag: fc.constantFrom('MAIL', 'RCPT', 'DATA'),
    value: fc.integer({ min: 0, max: 10_000_000 }),
  });
  const orders = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }));
  fc.assert(
    fc.property(fc.array(sample, { minLength: 1, maxLength: 60 }), orders, (samples, order) => {
      const shuffled = snapshotsOf(samples, 3)
        .map((snapshot) => ({ snapshot, at: order.next().value as number }))
        .sort((a, b) => a.at - b.at)
        .map(({ snapshot }) => snapshot);
      const alone = snapshotsOf(
        samples.map((each) => ({ ...each, recorder: 0, second: 0 })),
        1,
      );
      const { vus, ...metrics } = accumulated(shuffled).metrics(['smtp_replies{command:RCPT}'], 3);
      const { vus: _, ...expected } = accumulated(alone).metrics(['smtp_replies{command:RCPT}'], 3);
      assert.deepEqual(metrics, expected);
      const all = [...new Set(samples.map(({ recorder }) => recorder))].reduce(
        (sum, index) => sum + index + 1,
        0,
      );
      assert.deepEqual(vus, { type: 'gauge', n: 3, values: { value: all, min: all, max: all } });
    }),
    { numRuns: 40 },
  );
});

test('any order of snapshots tells the same in everything', () => {
  const snapshots = [0, 1, 2, 3].map((index) =>
    sampleSnapshot({
      source: `shard-${index % 2}`,
      seq: index >> 1,
      fromUs: (index >> 1) * 1e6,
      toUs: ((index >> 1) + 1) * 1e6,
      counts: { ...NO_COUNTS, begun: index },
      trends: { 'smtp_message_duration{outcome:accepted}': encoded([index, 5000 * index]) },
      live: encoded([index * 100]),
      gauges: { vus: index },
      outcomes: [sampleOutcome({ count: index + 1, sample: `text ${4 - index}` })],
      health: {
        wallUs: 1e6,
        busyUs: index * 1e5,
        cpuWaitUs: index,
        lateness: encoded([index]),
        arrivalsDropped: index,
        faults: { EMFILE: index },
      },
    }),
  );
  const expected = told(accumulated(snapshots));
  fc.assert(
    fc.property(fc.shuffledSubarray(snapshots, { minLength: 4 }), (shuffled) => {
      const actual = told(accumulated(shuffled));
      assert.deepEqual(actual, expected);
    }),
    { numRuns: 24 },
  );
});
