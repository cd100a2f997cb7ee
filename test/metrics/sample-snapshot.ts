/** Snapshots of nothing, to be filled in by a test. */
import { Histogram } from '#src/metrics/histogram.js';
import { NO_COUNTS, type OutcomeCount, type Snapshot } from '#src/metrics/snapshot.js';

export function sampleSnapshot(parts: Partial<Snapshot> = {}): Snapshot {
  return {
    v: 1,
    source: 'shard-0',
    seq: 0,
    fromUs: 0,
    toUs: 1e6,
    counts: NO_COUNTS,
    counters: {},
    rates: {},
    trends: {},
    live: '',
    gauges: {},
    outcomes: [],
    accepted: [],
    refusedCopies: [],
    health: { wallUs: 1e6, busyUs: 0, cpuWaitUs: 0, lateness: '', arrivalsDropped: 0, faults: {} },
    final: false,
    ...parts,
  };
}

export function sampleOutcome(parts: Partial<OutcomeCount> = {}): OutcomeCount {
  return {
    outcome: 'rejected',
    expected: false,
    phase: 'RCPT',
    scope: 'recipient',
    cause: '',
    code: 550,
    enhanced: '5.1.1',
    class: 'unknown-recipient',
    permanence: '5yz',
    count: 1,
    sample: '550 5.1.1 no such user',
    ...parts,
  };
}

export function encoded(valuesUs: readonly number[]): string {
  const histogram = new Histogram();
  for (const value of valuesUs) histogram.record(value);
  const text = histogram.encode();
  histogram.destroy();
  return text;
}
