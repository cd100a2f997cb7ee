/**
 * Two neighbouring snapshots of one source as one, exactly: every number that can be folded from both can be folded
 * from their sum. What is lost is only the detail in time.
 *
 * Deltas are added; a gauge is the later one's, as it is sampled at the end of a window.
 */

import { BugError } from '../errors.js';
import { addCounts } from '../metrics/accumulator.js';
import type { NumberRange, OutcomeCount, Snapshot } from '../metrics/snapshot.js';
import { OutcomeTally } from '../metrics/tally.js';
import { addEncoded } from './encoded-histogram.js';

/** @param later the snapshot after `earlier` from the same source */
export function mergeSnapshots(earlier: Snapshot, later: Snapshot): Snapshot {
  if (earlier.source !== later.source) throw new BugError('snapshots of two sources cannot be merged');
  return {
    v: 1,
    source: later.source,
    seq: later.seq,
    fromUs: earlier.fromUs,
    toUs: later.toUs,
    counts: addCounts(earlier.counts, later.counts),
    counters: mergeRecords(earlier.counters, later.counters, add),
    rates: mergeRecords(
      earlier.rates,
      later.rates,
      ([passes, fails], b) => [passes + b[0], fails + b[1]] as const,
    ),
    trends: mergeRecords(earlier.trends, later.trends, (a, b) => addEncoded([a, b])),
    live: addEncoded([earlier.live, later.live]),
    gauges: { ...earlier.gauges, ...later.gauges },
    outcomes: mergeOutcomes(earlier.outcomes, later.outcomes),
    accepted: mergeRanges(earlier.accepted, later.accepted),
    health: {
      wallUs: earlier.health.wallUs + later.health.wallUs,
      busyUs: earlier.health.busyUs + later.health.busyUs,
      cpuWaitUs: earlier.health.cpuWaitUs + later.health.cpuWaitUs,
      lateness: addEncoded([earlier.health.lateness, later.health.lateness]),
      faults: mergeRecords(earlier.health.faults, later.health.faults, add),
    },
    final: later.final,
  };
}

function add(a: number, b: number): number {
  return a + b;
}

function mergeRecords<T>(
  a: Readonly<Record<string, T>>,
  b: Readonly<Record<string, T>>,
  sum: (a: T, b: T) => T,
): Record<string, T> {
  const merged: Record<string, T> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const before = merged[key];
    merged[key] = before === undefined ? value : sum(before, value);
  }
  return merged;
}

function mergeOutcomes(a: readonly OutcomeCount[], b: readonly OutcomeCount[]): OutcomeCount[] {
  const tally = new OutcomeTally();
  for (const row of [...a, ...b]) tally.add(row, row.count, () => row.sample);
  return tally.rows();
}

/** Ranges that continue each other are joined, or a long run's line would list every number. */
function mergeRanges(a: readonly NumberRange[], b: readonly NumberRange[]): NumberRange[] {
  const merged = [...a];
  for (const range of b) {
    const [first, count, step] = range;
    const index = merged.findIndex((other) => other[2] === step && other[0] + other[1] * step === first);
    const before = merged[index];
    if (before === undefined) merged.push(range);
    else merged[index] = [before[0], before[1] + count, step];
  }
  return merged;
}
