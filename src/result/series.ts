/**
 * Series: the run over time, a row a second, in bounded memory however long the run.
 *
 * When a run outgrows its rows, neighbours are merged two by two and the rows become twice as wide. Sums stay sums,
 * percentiles are those of all messages of the row (histograms are merged, never percentiles), sessionsOpen is the mean
 * over the row and utilisation its highest. A snapshot counts in the row that holds its middle, because windows of
 * different sources end a few milliseconds apart. The order in which snapshots come makes no difference. The backlog is
 * that at the end of a row, and goes on while a run waits for copies.
 */
import type { Snapshot } from '../metrics/snapshot.js';
import { EncodedHistogram } from './encoded-histogram.js';
import type { SeriesRow } from './result.js';

export interface SeriesOptions {
  /** Start of the run, µs since the epoch: t = 0. */
  readonly startUs: number;
  /** Width of a row to begin with. */
  readonly rowMs: number;
  readonly maxRows?: number;
}

export class Series {
  readonly #startUs: number;
  readonly #maxRows: number;
  #rowUs: number;
  #rows: (Row | undefined)[] = [];
  /** Somebody looks for copies. */
  #hasBacklog = false;

  constructor(options: SeriesOptions) {
    this.#startUs = options.startUs;
    this.#maxRows = options.maxRows ?? 3600;
    this.#rowUs = options.rowMs * 1000;
  }

  add(snapshot: Snapshot): void {
    this.#rowAt(middleOf(snapshot) - this.#startUs).add(snapshot);
    if (snapshot.delivery === undefined) return;
    this.#hasBacklog = true;
    // The copies of a second are read in the next one; they left the backlog when they arrived.
    for (const [tenth, copies] of Object.entries(snapshot.delivery.settled ?? {})) {
      const atUs = Math.min(Number(tenth) * TENTH_US, snapshot.toUs - 1);
      this.#rowAt(Math.max(0, atUs - this.#startUs)).outstanding -= copies;
    }
  }

  #rowAt(offsetUs: number): Row {
    while (this.#indexOf(offsetUs) >= this.#maxRows) this.#mergeNeighbours();
    const index = this.#indexOf(offsetUs);
    const row = this.#rows[index] ?? new Row();
    this.#rows[index] = row;
    return row;
  }

  /** Rows in order of time; a row in which nothing was reported is left out. */
  rows(): SeriesRow[] {
    let outstanding = 0;
    return this.#rows.flatMap((row, index) => {
      if (row === undefined) return [];
      outstanding += row.outstanding;
      const backlog = this.#hasBacklog ? Math.max(0, outstanding) : null;
      return [{ ...row.toRow((index * this.#rowUs) / 1e6), backlog }];
    });
  }

  /** Width of a row now. */
  get rowMs(): number {
    return this.#rowUs / 1000;
  }

  /** The row that holds a snapshot's middle, without its backlog; null when nothing was reported in it. */
  rowOf(snapshot: Pick<Snapshot, 'fromUs' | 'toUs'>): SeriesRow | null {
    const index = this.#indexOf(middleOf(snapshot) - this.#startUs);
    return this.#rows[index]?.toRow((index * this.#rowUs) / 1e6) ?? null;
  }

  #indexOf(offsetUs: number): number {
    return Math.max(0, Math.floor(offsetUs / this.#rowUs));
  }

  #mergeNeighbours(): void {
    const merged: (Row | undefined)[] = [];
    for (let index = 0; index < this.#rows.length; index += 2) {
      merged.push(joined(this.#rows[index], this.#rows[index + 1]));
    }
    this.#rows = merged;
    this.#rowUs *= 2;
  }
}

const TENTH_US = 100_000;
const SUMMED = ['scheduled', 'started', 'dropped', 'accepted', 'rejected', 'failed'] as const;

class Row {
  readonly #sums = { scheduled: 0, started: 0, dropped: 0, accepted: 0, rejected: 0, failed: 0 };
  readonly #responseTimes = new EncodedHistogram();
  readonly #lateness = new EncodedHistogram();
  /** Per source, because the sum over sources is wanted and only they are complete one by one. */
  readonly #sessionsOpen = new Map<string, { sum: number; samples: number }>();
  #utilisation: number | null = null;
  /** By how many copies the backlog changed. */
  outstanding = 0;

  add(snapshot: Snapshot): void {
    for (const key of SUMMED) this.#sums[key] += snapshot.counts[key];
    this.outstanding += snapshot.counts.acceptedCopies - settledCopies(snapshot);
    this.#responseTimes.add(snapshot.live);
    this.#lateness.add(snapshot.health.lateness);
    const open = snapshot.gauges.smtp_sessions_open;
    if (open !== undefined) this.#addSessionsOpen(snapshot.source, open, 1);
    if (snapshot.health.wallUs > 0) this.#raiseUtilisation(snapshot.health.busyUs / snapshot.health.wallUs);
  }

  absorb(other: Row): void {
    for (const key of SUMMED) this.#sums[key] += other.#sums[key];
    this.outstanding += other.outstanding;
    this.#responseTimes.absorb(other.#responseTimes);
    this.#lateness.absorb(other.#lateness);
    for (const [source, { sum, samples }] of other.#sessionsOpen) this.#addSessionsOpen(source, sum, samples);
    if (other.#utilisation !== null) this.#raiseUtilisation(other.#utilisation);
  }

  toRow(t: number): SeriesRow {
    const [p50, p95, p99] = this.#responseTimes.percentilesMs([50, 95, 99]);
    const [latenessP99] = this.#lateness.percentilesMs([99]);
    return {
      t,
      ...this.#sums,
      p50: p50 ?? null,
      p95: p95 ?? null,
      p99: p99 ?? null,
      sessionsOpen: this.#meanSessionsOpen(),
      utilisation: this.#utilisation,
      latenessP99: latenessP99 ?? null,
      backlog: null,
    };
  }

  #addSessionsOpen(source: string, sum: number, samples: number): void {
    const before = this.#sessionsOpen.get(source) ?? { sum: 0, samples: 0 };
    this.#sessionsOpen.set(source, { sum: before.sum + sum, samples: before.samples + samples });
  }

  #meanSessionsOpen(): number {
    const means = [...this.#sessionsOpen]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { sum, samples }]) => sum / samples);
    return means.reduce((total, mean) => total + mean, 0);
  }

  #raiseUtilisation(value: number): void {
    this.#utilisation = Math.max(this.#utilisation ?? 0, Math.min(1, value));
  }
}

/** Where nobody told when; 0 where somebody did. */
function settledCopies({ delivery }: Snapshot): number {
  if (delivery === undefined || delivery.settled !== null) return 0;
  return delivery.counts.delivered + delivery.counts.bounced;
}

function middleOf({ fromUs, toUs }: Pick<Snapshot, 'fromUs' | 'toUs'>): number {
  return (fromUs + toUs) / 2;
}

function joined(first: Row | undefined, second: Row | undefined): Row | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  first.absorb(second);
  return first;
}
