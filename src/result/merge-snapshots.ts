/**
 * Neighbouring snapshots of one source as one, exactly: every number that can be folded from them can be folded from
 * their sum. What is lost is only the detail in time.
 *
 * Deltas are added; a gauge is the last one's, as it is sampled at the end of a window. Takes them all at once, because
 * adding up encoded histograms costs a decoding each and an encoding once.
 */
import { BugError } from '../errors.js';
import { addCounts } from '../metrics/accumulator.js';
import type { DeliverySample, NumberRange, OutcomeCount, Snapshot } from '../metrics/snapshot.js';
import { OutcomeTally } from '../metrics/tally.js';
import { addEncoded } from './encoded-histogram.js';

/** @param snapshots at least one, of one source, each the next of the one before */
export function mergeSnapshots(snapshots: readonly Snapshot[]): Snapshot {
  const [first, last] = [snapshots[0], snapshots.at(-1)];
  if (first === undefined || last === undefined) throw new BugError('there is no snapshot to merge');
  if (snapshots.length === 1) return first;
  if (snapshots.some(({ source }) => source !== first.source)) {
    throw new BugError('snapshots of two sources cannot be merged');
  }
  const health = snapshots.map((snapshot) => snapshot.health);
  return {
    v: 1,
    source: last.source,
    seq: last.seq,
    fromUs: first.fromUs,
    toUs: last.toUs,
    counts: snapshots.map(({ counts }) => counts).reduce(addCounts),
    counters: mergeRecords(
      snapshots.map(({ counters }) => counters),
      sum,
    ),
    rates: mergeRecords(
      snapshots.map(({ rates }) => rates),
      sumRates,
    ),
    trends: mergeRecords(
      snapshots.map(({ trends }) => trends),
      addEncoded,
    ),
    live: addEncoded(snapshots.map(({ live }) => live)),
    gauges: mergeRecords(
      snapshots.map(({ gauges }) => gauges),
      (samples) => samples.at(-1) ?? 0,
    ),
    outcomes: mergeOutcomes(snapshots.flatMap(({ outcomes }) => outcomes)),
    accepted: mergeRanges(snapshots.flatMap(({ accepted }) => accepted)),
    refusedCopies: snapshots.flatMap(({ refusedCopies }) => refusedCopies),
    ...mergeDelivery(snapshots.flatMap(({ delivery }) => delivery ?? [])),
    health: {
      wallUs: sum(health.map(({ wallUs }) => wallUs)),
      busyUs: sum(health.map(({ busyUs }) => busyUs)),
      cpuWaitUs: sum(health.map(({ cpuWaitUs }) => cpuWaitUs)),
      lateness: addEncoded(health.map(({ lateness }) => lateness)),
      arrivalsDropped: sum(health.map(({ arrivalsDropped }) => arrivalsDropped)),
      faults: mergeRecords(
        health.map(({ faults }) => faults),
        sum,
      ),
    },
    final: last.final,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mergeDelivery(samples: readonly DeliverySample[]): { delivery?: DeliverySample } {
  if (samples[0] === undefined) return {};
  return {
    delivery: {
      counts: sumFields(samples.map(({ counts }) => counts)),
      cases: samples.flatMap(({ cases }) => cases),
      domains: mergeRecords(
        samples.map(({ domains }) => domains),
        sumFields,
      ),
      placements: mergeRecords(
        samples.map(({ placements }) => placements),
        sum,
      ),
      settled: mergeSettled(samples.map(({ settled }) => settled)),
      warmup: sum(samples.map(({ warmup }) => warmup)),
      notes: samples.flatMap(({ notes }) => notes),
    },
  };
}

/** At least one. */
function sumFields<T extends Readonly<Record<keyof T, number>>>(rows: readonly T[]): T {
  const keys = Object.keys(rows[0] as T) as (keyof T)[];
  return Object.fromEntries(keys.map((key) => [key, sum(rows.map((row) => row[key]))])) as T;
}

type Rate = readonly [passes: number, fails: number];

function sumRates(rates: readonly Rate[]): Rate {
  return [sum(rates.map(([passes]) => passes)), sum(rates.map(([, fails]) => fails))];
}

/** The values of each key, in order, as one. */
function mergeRecords<T>(
  records: readonly Readonly<Record<string, T>>[],
  merge: (values: readonly T[]) => T,
): Record<string, T> {
  const values = new Map<string, T[]>();
  for (const [key, value] of records.flatMap((record) => Object.entries(record))) {
    const known = values.get(key);
    if (known === undefined) values.set(key, [value]);
    else known.push(value);
  }
  return Object.fromEntries([...values].map(([key, all]) => [key, merge(all)]));
}

function mergeOutcomes(rows: readonly OutcomeCount[]): OutcomeCount[] {
  const tally = new OutcomeTally(Number.POSITIVE_INFINITY);
  for (const row of rows) tally.merge(row);
  return tally.rows();
}

/** Ranges that continue each other are joined, or a long run's line would list every second's. */
function mergeRanges(ranges: readonly NumberRange[]): NumberRange[] {
  const merged: NumberRange[] = [];
  /** Where the range stands that would go on with this number and step. */
  const open = new Map<string, number>();
  for (const [first, count, step] of ranges) {
    const index = open.get(`${first}/${step}`) ?? merged.length;
    const before = merged[index] ?? [first, 0, step];
    merged[index] = [before[0], before[1] + count, step];
    open.set(`${first + count * step}/${step}`, index);
  }
  return merged;
}

function mergeSettled(all: readonly DeliverySample['settled'][]): DeliverySample['settled'] {
  const told = all.filter((settled) => settled !== null);
  return told.length === all.length ? mergeRecords(told, sum) : null;
}
