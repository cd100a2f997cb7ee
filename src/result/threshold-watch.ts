/**
 * Threshold watch: every threshold at every second of a run, on the data of all shards. Says when one first failed, and judges
 * those with a window.
 *
 * A second is judged once every shard has reported a later one or is done, so the order in which snapshots come makes no
 * difference; a shard that is silent for half a minute holds the others up no longer. Windows begin with the steady
 * state and are judged when they are full; a run without a full one is judged by what there is. Those of counters
 * lie before the end of arrivals: no rate has to be kept up while a run winds down.
 */
import { MetricWindow } from '../metrics/metric-window.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { Threshold } from '../metrics/threshold.js';
import type { JournalHeader } from './journal.js';

const MAX_WAITING_SECONDS = 30;

/** How one threshold did so far. */
export interface Watched {
  /** From the start of the run to the end of the second in which it first failed; null: it did not. */
  readonly crossedAtMs: number | null;
  /** The worst value of a window; null when none was judged. */
  readonly worst: number | null;
  /** The value with which it failed once its delayAbortEval was over; null: it did not. */
  readonly failedWith: number | null;
}

type Header = Pick<JournalHeader, 'thresholds' | 'steady' | 'sources'> & { readonly startUs: number };

export class ThresholdWatch {
  readonly #header: Header;
  readonly #watches = new Map<Threshold, Watch>();
  /** By expression and width: thresholds on the same data share it. */
  readonly #windows = new Map<string, WatchedWindow>();
  readonly #waiting = new Map<number, Snapshot[]>();
  /** By source that is expected: the second of its newest snapshot; infinite when it is done. */
  readonly #reported: Map<string, number>;
  #next = 0;

  /** @param header its sources are the shards alone */
  constructor(header: Header) {
    this.#header = header;
    this.#reported = new Map(header.sources.map((source) => [source, -1]));
    for (const [expression, thresholds] of Object.entries(header.thresholds))
      for (const threshold of thresholds) this.#watch(expression, threshold);
  }

  #watch(expression: string, threshold: Threshold): void {
    const { windowMs } = threshold;
    const key = `${windowMs} ${expression}`;
    const window = this.#windows.get(key)?.window ?? MetricWindow.of(expression, windowMs / 1000);
    if (window === null) return;
    const watched = this.#windows.get(key) ?? new WatchedWindow(window, windowMs > 0);
    const watch = new Watch(threshold, window);
    watched.watches.push(watch);
    this.#windows.set(key, watched);
    this.#watches.set(threshold, watch);
  }

  add(snapshot: Snapshot): void {
    if (this.#watches.size === 0) return;
    const { startUs } = this.#header;
    const middleUs = (snapshot.fromUs + snapshot.toUs) / 2 - startUs;
    const second = Math.max(this.#next, Math.floor(middleUs / 1e6));
    this.#waiting.set(second, [...(this.#waiting.get(second) ?? []), snapshot]);
    const before = this.#reported.get(snapshot.source) ?? -1;
    this.#reported.set(snapshot.source, snapshot.final ? Number.POSITIVE_INFINITY : Math.max(before, second));
    this.#judgeUpTo(Math.max(Math.min(...this.#reported.values()), second - MAX_WAITING_SECONDS));
  }

  /** The run is over: what waits is judged, and what never filled its window. */
  finish(): void {
    this.#judgeUpTo(Number.POSITIVE_INFINITY);
    for (const window of this.#windows.values()) window.finish(this.#next);
  }

  /** null for what is not watched: gauges, and what is no metric. */
  of(threshold: Threshold): Watched | null {
    return this.#watches.get(threshold) ?? null;
  }

  /** All seconds before this one are complete. */
  #judgeUpTo(end: number): void {
    const last = Math.max(-1, ...this.#waiting.keys());
    for (; this.#next < end && this.#next <= last; this.#next++) this.#judge(this.#next);
  }

  #judge(second: number): void {
    const snapshots = this.#waiting.get(second) ?? [];
    this.#waiting.delete(second);
    const { fromMs, toMs } = this.#header.steady;
    const isWarm = second * 1000 >= fromMs;
    const isWinding = toMs === null ? snapshots.some(({ final }) => final) : (second + 1) * 1000 > toMs;
    for (const window of this.#windows.values()) window.next(second, snapshots, { isWarm, isWinding });
  }
}

class WatchedWindow {
  readonly window: MetricWindow;
  readonly watches: Watch[] = [];
  /** False: it is as wide as the run is long. */
  readonly #isBounded: boolean;

  constructor(window: MetricWindow, isBounded: boolean) {
    this.window = window;
    this.#isBounded = isBounded;
  }

  next(
    second: number,
    snapshots: readonly Snapshot[],
    { isWarm, isWinding }: { readonly isWarm: boolean; readonly isWinding: boolean },
  ): void {
    if (this.#isBounded && (!isWarm || (isWinding && this.window.isCounter))) return;
    this.window.add(snapshots);
    if (this.window.isFull) this.#judge(second + 1);
  }

  finish(seconds: number): void {
    if (this.#isBounded && !this.window.isFull) this.#judge(seconds);
  }

  #judge(seconds: number): void {
    for (const watch of this.watches) watch.judge(seconds);
  }
}

class Watch implements Watched {
  readonly #threshold: Threshold;
  readonly #window: MetricWindow;
  crossedAtMs: number | null = null;
  worst: number | null = null;
  failedWith: number | null = null;

  constructor(threshold: Threshold, window: MetricWindow) {
    this.#threshold = threshold;
    this.#window = window;
  }

  judge(seconds: number): void {
    const { ok, value } = this.#window.evaluate(this.#threshold);
    if (value === null) return;
    if (this.worst === null || this.#isWorse(value, { ok, than: this.worst })) this.worst = value;
    if (ok) return;
    const atMs = seconds * 1000;
    this.crossedAtMs ??= atMs;
    if (atMs >= this.#threshold.delayAbortEvalMs) this.failedWith ??= value;
  }

  /** Where no side of the bound is worse, the first that failed is. */
  #isWorse(value: number, { ok, than }: { readonly ok: boolean; readonly than: number }): boolean {
    const { operator } = this.#threshold;
    if (operator === '<' || operator === '<=') return value > than;
    if (operator === '>' || operator === '>=') return value < than;
    return !ok && this.crossedAtMs === null;
  }
}
