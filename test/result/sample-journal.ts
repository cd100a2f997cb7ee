/** Journals to test with: a header and snapshots whose numbers follow from a seed, with real histograms. */
import { Histogram } from '#src/metrics/histogram.js';
import { type Counts, NO_COUNTS, type Snapshot } from '#src/metrics/snapshot.js';
import type { JournalHeader } from '#src/result/journal.js';

export const START_MS = Date.UTC(2026, 10, 22, 8, 14, 3);
export const START_US = START_MS * 1000;

export function header(changes: Partial<JournalHeader> = {}): Omit<JournalHeader, 'type' | 'v'> {
  return {
    run: {
      id: '20261122-081403-x7k2',
      name: 'sample',
      startedAt: new Date(START_MS).toISOString(),
      seed: 7,
      tags: {},
      mailbench: '0.1.0',
      node: 'v20.19.0',
      host: { hostname: 'h', os: 'o', kernel: 'k', cpu: 'c', cores: 2, memoryBytes: 1, workers: 2 },
    },
    scenario: { name: 'sample' },
    thresholds: {},
    loadModel: 'open',
    steady: { fromMs: 0, toMs: null },
    sources: ['shard-0', 'shard-1'],
    intervalMs: 1000,
    ...changes,
  };
}

export function headerLine(changes: Partial<JournalHeader> = {}): string {
  return JSON.stringify({ type: 'header', v: 1, ...header(changes) });
}

export function snapshotLine(snapshot: Snapshot, fromSeq = snapshot.seq): string {
  return JSON.stringify({ type: 'snapshot', fromSeq, snapshot });
}

export function endLine(afterSec: number, status = 'completed', reason = ''): string {
  return JSON.stringify({
    type: 'end',
    endedAt: new Date(START_MS + afterSec * 1000).toISOString(),
    status,
    reason,
  });
}

/** base64 HDR V2 of values in µs. */
export function encodedUs(valuesUs: readonly number[]): string {
  const histogram = new Histogram();
  for (const value of valuesUs) histogram.record(value);
  const encoded = histogram.encode();
  histogram.destroy();
  return encoded;
}

export interface SampleOptions {
  readonly source?: string;
  readonly seq?: number;
  /** Response times of the messages accepted in this second. */
  readonly acceptedUs?: readonly number[];
  /** Number of messages refused with a 550. */
  readonly rejected?: number;
  readonly sessionsOpen?: number;
  readonly busy?: number;
  readonly final?: boolean;
}

/** What a shard saw in second `seq`, identities kept: every message has one recipient. */
export function sampleSnapshot(options: SampleOptions = {}): Snapshot {
  const { source = 'shard-0', seq = 0, acceptedUs = [1000, 2000], rejected = 0 } = options;
  const messages = acceptedUs.length + rejected;
  const responseTimes = encodedUs(acceptedUs);
  const trends = responseTimes === '' ? {} : { 'smtp_message_duration{outcome:accepted}': responseTimes };
  const fromUs = START_US + seq * 1_000_000 + (source === 'shard-1' ? 3000 : 0);
  return {
    v: 1,
    source,
    seq,
    fromUs,
    toUs: fromUs + 1_000_000,
    counts: countsOf(acceptedUs.length, rejected),
    counters: {
      'smtp_messages{outcome:accepted}': acceptedUs.length,
      'smtp_messages{outcome:rejected}': rejected,
      iterations: messages,
    },
    rates: { smtp_message_failed: [rejected, acceptedUs.length] },
    trends,
    live: responseTimes,
    gauges: { smtp_sessions_open: options.sessionsOpen ?? 5, vus: 5 },
    outcomes: outcomesOf(acceptedUs.length, rejected),
    refusedCopies: [],
    accepted: acceptedUs.length === 0 ? [] : [[seq * 100, acceptedUs.length, 2]],
    health: {
      wallUs: 1_000_000,
      busyUs: (options.busy ?? 0.25) * 1_000_000,
      cpuWaitUs: 1000,
      lateness: encodedUs(acceptedUs.map(() => 20 + seq)),
      arrivalsDropped: 0,
      faults: {},
    },
    final: options.final ?? false,
  };
}

function countsOf(accepted: number, rejected: number): Counts {
  const all = accepted + rejected;
  return {
    ...NO_COUNTS,
    scheduled: all,
    started: all,
    begun: all,
    accepted,
    rejected,
    offered: all,
    acceptedCopies: accepted,
    refused: rejected,
  };
}

function outcomesOf(accepted: number, rejected: number): Snapshot['outcomes'] {
  const common = { scope: '', cause: '', permanence: 'none', enhanced: '' } as const;
  const ok = {
    ...common,
    outcome: 'accepted',
    expected: true,
    phase: '',
    code: 250,
    class: 'ok',
    sample: 'queued',
  } as const;
  const refused = {
    ...common,
    outcome: 'rejected',
    expected: false,
    phase: 'RCPT',
    scope: 'recipient',
    code: 550,
    enhanced: '5.1.1',
    class: 'unknown-recipient',
    permanence: '5yz',
    sample: 'no such user',
  } as const;
  return [
    ...(accepted > 0 ? [{ ...ok, count: accepted }] : []),
    ...(rejected > 0 ? [{ ...refused, count: rejected }] : []),
  ];
}
