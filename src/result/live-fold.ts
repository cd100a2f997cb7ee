/**
 * Live fold: a journal's entries in, the result out; at any moment also how the run goes.
 *
 * The one path from what was seen to what is reported: the run feeds it what it writes, `foldJournal` what it reads,
 * and equal entries give equal results. The order in which the sources' snapshots come makes no difference, nor
 * which sample text is shown. Memory does not grow with the run's length. Needs destroy(): the histograms
 * live outside the garbage collector.
 */
import { MetricAccumulator } from '../metrics/accumulator.js';
import { assessHealth } from '../metrics/health.js';
import type { Selection } from '../metrics/selection.js';
import type { Counts, OutcomeCount, Snapshot } from '../metrics/snapshot.js';
import { evaluateThreshold, type Threshold } from '../metrics/threshold.js';
import { backlogOf } from './backlog.js';
import type { DeliveryDetails } from './delivery-details.js';
import { DELIVERY_SOURCE, DeliveryFold, isDeliveryMetric } from './delivery-fold.js';
import type { JournalEnd, JournalEntry, JournalHeader, SnapshotEntry } from './journal.js';
import type { Health, Result, RunInfo, SeriesRow, ThresholdResult } from './result.js';
import { Series } from './series.js';
import { SourceLedger } from './source-ledger.js';
import { ThresholdWatch, type Watched } from './threshold-watch.js';

/** How a run goes, for the terminal. */
export interface LiveView {
  /** From the start of the run to the newest second that every shard has reported. */
  readonly elapsedMs: number;
  /** Since the start, warm-up included. */
  readonly counts: Counts;
  /** The newest second that every shard has reported; null before there is one. */
  readonly last: SeriesRow | null;
  /** How much of the time of `last` has been reported: its counts are per this long. */
  readonly lastMs: number;
  /** Response times since the start, warm-up included; null before the first message ended. */
  readonly responseMs: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
  /** VUs at work in the newest second. */
  readonly vus: number;
  /** Messages whose outcome was not the expected one, since the start. */
  readonly unexpected: number;
  /** What the most frequent of them looks like; '' when there is none. Hostile until escaped. */
  readonly topFailure: string;
  readonly health: Health;
  /** Copies that were accepted and have neither arrived nor bounced; null when nobody looks for them. */
  readonly missing: number | null;
}

/** Kind of the events that tell of actions that went wrong: what was measured is not what was meant. */
export const ACTION_FAILED = 'action-failed';

/** The embedded target: judged for its health, but no part of the generator. */
const SINK = 'sink';

export class LiveFold {
  readonly header: JournalHeader;
  readonly #startUs: number;
  readonly #metrics = new MetricAccumulator();
  readonly #delivery = new DeliveryFold();
  readonly #series: Series;
  /** Copies were looked for anew: what is told from now on says nothing about the time of the run. */
  #isVerified = false;
  readonly #watch: ThresholdWatch;
  readonly #ledger: SourceLedger;
  readonly #newest = new Map<string, Snapshot>();
  readonly #warnings: string[] = [];
  /** Sentences on what was to happen to the server and did not. */
  readonly #mishaps: string[] = [];
  #lastActiveUs = 0;
  #end: JournalEnd | null = null;

  constructor(header: JournalHeader) {
    this.header = header;
    this.#startUs = Date.parse(header.run.startedAt) * 1000;
    this.#series = new Series({ startUs: this.#startUs, rowMs: header.intervalMs });
    this.#watch = new ThresholdWatch(watchable(header, this.#startUs));
    this.#ledger = new SourceLedger(header.sources);
  }

  /** Takes the next line of the journal; a header is known already. */
  add(entry: JournalEntry): void {
    if (entry.type === 'snapshot') this.#addSnapshot(entry);
    if (entry.type === 'end') this.#end = entry;
    if (entry.type === 'event' && entry.kind === ACTION_FAILED) this.#mishaps.push(entry.text);
    if (entry.type === 'verify') this.#restartDelivery();
  }

  /** What was odd about the journal and does not change the numbers. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  view(): LiveView {
    const newest = this.#newestOfAll();
    const { live } = this.#metrics;
    const unexpected = this.#metrics.outcomes.filter(({ expected }) => !expected);
    const ms = (percentile: number) => live.percentile(percentile) / 1000;
    const elapsedMs = newest === null ? 0 : (newest.toUs - this.#startUs) / 1000;
    const last = newest === null ? null : this.#series.rowOf(newest);
    return {
      elapsedMs,
      counts: this.#metrics.counts,
      last,
      // In a long run rows are wide, and the newest is only partly filled.
      lastMs: Math.min(this.#series.rowMs, elapsedMs - (last?.t ?? 0) * 1000),
      responseMs: live.count === 0 ? null : { p50: ms(50), p95: ms(95), p99: ms(99) },
      vus: this.select('vus')?.value({ kind: 'value' }) ?? 0,
      unexpected: unexpected.reduce((sum, { count }) => sum + count, 0),
      topFailure: describeOutcome(unexpected[0]),
      health: this.#health([]),
      missing: this.#delivery.missing(this.#metrics.counts.acceptedCopies),
    };
  }

  /** One metric expression in the steady state so far; null when it names no metric. */
  select(expression: string): Selection | null {
    const from = isDeliveryMetric(expression) ? this.#delivery : this.#metrics;
    return from.select(expression, this.#steadySeconds());
  }

  /** How a threshold of the header did second by second; null for one on a gauge or on delivery. */
  watched(threshold: Threshold): Watched | null {
    return this.#watch.of(threshold);
  }

  /** Everything so far as a result, after which no more is told of the run. Without an `end` entry the run counts as failed. */
  result(): Result {
    return {
      schemaVersion: 1,
      run: this.#run(),
      scenario: this.header.scenario,
      health: this.#finalHealth(),
      counts: this.#metrics.counts,
      metrics: this.#metricValues(),
      outcomes: this.#metrics.outcomes,
      thresholds: this.#thresholds(),
      delivery: this.#delivery.counts(this.#metrics.counts.acceptedCopies),
      series: this.#series.rows(),
    };
  }

  /** What the delivery block says in more words, without the server's replies; null where there is none. */
  deliveryDetails(): DeliveryDetails | null {
    const fromS = this.header.steady.fromMs / 1000;
    const rowS = this.#series.rowMs / 1000;
    const isRamped = this.header.isRamped ?? false;
    const steady = { fromS, toS: fromS + this.#steadySeconds(), rowS, isRamped };
    return this.#delivery.details(backlogOf(this.#series.rows(), steady));
  }

  /** Frees the histograms; nothing may be called afterwards. */
  destroy(): void {
    this.#metrics.destroy();
    this.#delivery.destroy();
  }

  #metricValues(): Result['metrics'] {
    const expressions = Object.keys(this.header.thresholds);
    const steadySeconds = this.#steadySeconds();
    const ofDelivery = expressions.filter(isDeliveryMetric);
    const ofShards = expressions.filter((expression) => !isDeliveryMetric(expression));
    return {
      ...this.#delivery.metrics(ofDelivery, steadySeconds),
      ...this.#metrics.metrics(ofShards, steadySeconds),
    };
  }

  /** Receipts were read anew: the snapshots of that reading are numbered from 0 and are the whole of it. */
  #restartDelivery(): void {
    this.#isVerified = true;
    this.#delivery.restart();
    this.#ledger.forget(DELIVERY_SOURCE);
  }

  #addSnapshot({ fromSeq, snapshot }: SnapshotEntry): void {
    if (!this.#ledger.note(snapshot.source, [fromSeq, snapshot.seq], snapshot.final)) {
      this.#warnings.push(
        `snapshot ${snapshot.seq} of ${snapshot.source} came twice; the second was ignored`,
      );
      return;
    }
    if (snapshot.source === DELIVERY_SOURCE) {
      this.#delivery.add(snapshot);
      if (!this.#isVerified) this.#series.add(snapshot);
      return;
    }
    this.#metrics.add(snapshot);
    const newest = this.#newest.get(snapshot.source);
    if (newest === undefined || newest.seq < snapshot.seq) this.#newest.set(snapshot.source, snapshot);
    if (snapshot.source === SINK) return;
    this.#series.add(snapshot);
    this.#watch.add(snapshot);
    if (isActive(snapshot.counts)) this.#lastActiveUs = Math.max(this.#lastActiveUs, snapshot.toUs);
  }

  /** The newest snapshot of the shard that is furthest behind; shards that are done hold nobody up. */
  #newestOfAll(): Snapshot | null {
    const shards = [...this.#newest.values()].filter(({ source }) => source !== SINK);
    const all = shards.sort((a, b) => a.toUs - b.toUs);
    return all.find((snapshot) => !snapshot.final) ?? all.at(-1) ?? null;
  }

  /** From the end of warm-up to the end of arrivals, or of all activity when that came first or decides. */
  #steadySeconds(): number {
    const { fromMs, toMs } = this.header.steady;
    const fromUs = this.#startUs + fromMs * 1000;
    const plannedUs = toMs === null ? Number.POSITIVE_INFINITY : this.#startUs + toMs * 1000;
    return Math.max(0, (Math.min(plannedUs, this.#lastActiveUs) - fromUs) / 1e6);
  }

  #run(): RunInfo {
    const end = this.#ending();
    return {
      ...this.header.run,
      status: end.status,
      endedAt: end.endedAt,
      durationMs: Date.parse(end.endedAt) - this.#startUs / 1000,
    };
  }

  /** How the run ended, as far as the journal knows. */
  #ending(): Omit<JournalEnd, 'type'> {
    const lastUs = Math.max(this.#startUs, ...[...this.#newest.values()].map(({ toUs }) => toUs));
    return this.#end ?? unclosed(lastUs, (lastUs - this.#startUs) / 1e6);
  }

  #health(incompleteness: readonly string[]): Health {
    const { counts, arrivals, lateness, live, faults, health } = this.#metrics;
    const shards = [...health].filter(([source]) => source !== SINK).map(([, shares]) => shares);
    const ms = (percentile: number) => lateness.percentile(percentile) / 1000;
    const latenessMs = lateness.count === 0 ? null : { p50: ms(50), p99: ms(99), max: lateness.max / 1000 };
    const { scheduled, started, dropped } = counts;
    const assessed = assessHealth({
      sources: health,
      loadModel: this.header.loadModel,
      arrivals,
      latenessMs,
      medianMessageMs: live.count === 0 ? null : live.percentile(50) / 1000,
      faults,
    });
    return {
      verdict: assessed.verdict === 'ok' && incompleteness.length > 0 ? 'degraded' : assessed.verdict,
      scheduled,
      started,
      dropped,
      latenessMs: latenessMs ?? { p50: null, p99: null, max: null },
      utilisation: worst(shards.map(({ utilisation }) => utilisation)),
      cpuWait: worst(shards.map(({ cpuWait }) => cpuWait)),
      faults: { ...faults },
      reasons: [...assessed.reasons, ...incompleteness],
    };
  }

  /** With why the run did not complete in front. */
  #finalHealth(): Health {
    const health = this.#health(this.#incompleteness());
    const { status, reason } = this.#ending();
    return reason === ''
      ? health
      : {
          ...health,
          reasons: [
            `The run ${status === 'aborted' ? 'was aborted' : 'failed'}: ${reason}.`,
            ...health.reasons,
          ],
        };
  }

  /** What is known to be missing. A source that stops early is worth a word only when the run itself did not. */
  #incompleteness(): string[] {
    const unfinished = this.#end?.status === 'completed' ? this.#ledger.unfinished() : [];
    const stopped = unfinished.map(
      (source) => `${source} stopped reporting before it was done: what it did afterwards is missing.`,
    );
    return [...this.#ledger.missing(), ...stopped, ...this.#mishaps];
  }

  #thresholds(): ThresholdResult[] {
    this.#watch.finish();
    return Object.entries(this.header.thresholds).flatMap(([metric, thresholds]) =>
      thresholds.map((threshold) => this.#judged(metric, threshold)),
    );
  }

  #judged(metric: string, threshold: Threshold): ThresholdResult {
    const { windowMs, minSamples } = threshold;
    const watched = this.watched(threshold);
    const judged =
      windowMs > 0 ? worstOf(threshold, watched) : evaluateThreshold(threshold, this.select(metric));
    const crossedAtMs = judged.ok ? null : (watched?.crossedAtMs ?? null);
    return {
      metric,
      threshold: threshold.source,
      ...judged,
      abortOnFail: threshold.abortOnFail,
      ...(windowMs > 0 && { windowMs }),
      ...(crossedAtMs !== null && judged.value !== null && { crossedAtMs }),
      ...(minSamples > 0 && { minSamples }),
    };
  }
}

/** Of the shards alone, and without what is told of delivery, which may be told anew. */
function watchable(header: JournalHeader, startUs: number): ConstructorParameters<typeof ThresholdWatch>[0] {
  const ofShards = Object.entries(header.thresholds).filter(([metric]) => !isDeliveryMetric(metric));
  return {
    thresholds: Object.fromEntries(ofShards),
    steady: header.steady,
    sources: header.sources.filter((source) => source !== SINK && source !== DELIVERY_SOURCE),
    startUs,
  };
}

/** Over all its windows: one that failed is enough. */
function worstOf({ onNoData }: Threshold, watched: Watched | null): { ok: boolean; value: number | null } {
  if (watched === null || watched.worst === null) return { ok: onNoData === 'pass', value: null };
  return { ok: watched.crossedAtMs === null, value: watched.worst };
}

function describeOutcome(row: OutcomeCount | undefined): string {
  if (row === undefined) return '';
  const what =
    row.code > 0
      ? `${row.code} ${row.sample}`
      : [row.cause, row.sample].filter((word) => word !== '').join(' ');
  return `${row.phase}: ${what}`;
}

function isActive(counts: Counts): boolean {
  const { scheduled, started, accepted, rejected, failed, interrupted } = counts;
  return scheduled + started + accepted + rejected + failed + interrupted > 0;
}

function worst(shares: readonly { p95: number; max: number }[]): Health['utilisation'] {
  if (shares.length === 0) return { max: null, p95: null };
  return { max: Math.max(...shares.map(({ max }) => max)), p95: Math.max(...shares.map(({ p95 }) => p95)) };
}

function unclosed(endedUs: number, seconds: number): Omit<JournalEnd, 'type'> {
  return {
    endedAt: new Date(endedUs / 1000).toISOString(),
    status: 'failed',
    reason: `the run ended without closing its journal; folded from ${seconds.toFixed(0)} seconds of data`,
  };
}
