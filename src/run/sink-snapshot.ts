/**
 * The embedded sink as a source of snapshots: it reports its health and nothing else.
 */
import { NO_COUNTS, type Snapshot } from '../metrics/snapshot.js';

/** The sink that a run with `target.url: embedded` loads; somebody else starts and stops it. */
export interface EmbeddedTarget {
  readonly host: string;
  readonly port: number;
  onHealth(callback: (sample: LoopSample) => void): void;
  onExit(callback: (reason: string) => void): void;
}

/** One window of an event loop, µs. */
export interface LoopSample {
  readonly fromUs: number;
  readonly toUs: number;
  readonly wallUs: number;
  readonly busyUs: number;
  readonly cpuWaitUs: number;
}

export const SINK_SOURCE = 'sink';

export function sinkSnapshot(seq: number, sample: LoopSample): Snapshot {
  const { fromUs, toUs, wallUs, busyUs, cpuWaitUs } = sample;
  const health = { wallUs, busyUs, cpuWaitUs, lateness: '', arrivalsDropped: 0, faults: {} };
  return { ...NOTHING, seq, fromUs, toUs, health, final: false };
}

/** The sink outlives the run; for the journal it ends here. */
export function lastSinkSnapshot(seq: number, nowUs: number): Snapshot {
  const sample = { fromUs: nowUs, toUs: nowUs, wallUs: 0, busyUs: 0, cpuWaitUs: 0 };
  return { ...sinkSnapshot(seq, sample), final: true };
}

const NOTHING = {
  v: 1,
  source: SINK_SOURCE,
  counts: NO_COUNTS,
  counters: {},
  rates: {},
  trends: {},
  live: '',
  gauges: {},
  outcomes: [],
  accepted: [],
  refusedCopies: [],
} as const;
