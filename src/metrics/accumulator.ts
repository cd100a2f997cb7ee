/**
 * Accumulator: the sum of snapshots. The same whatever their order, their number and how they were split.
 *
 * Memory does not grow with the length of a run: histograms and counters only, windows of health as histograms of
 * permille. The bare name of a metric is always the sum of its label sets.
 */
import { METRICS, type MetricName, type MetricType, metricInfo } from './catalogue.js';
import { Histogram } from './histogram.js';
import { hasTags, metricKey, parseKey } from './key.js';
import { type Counts, NO_COUNTS, type OutcomeCount, type Snapshot } from './snapshot.js';
import { OutcomeTally } from './tally.js';
import { type Aggregated, type Aggregation, parseMetricExpression } from './threshold.js';

/** One metric in a result: see metricSchema in result/result.ts. */
export interface MetricValues {
  type: MetricType;
  n: number;
  values: Record<string, number>;
  histogram?: string;
}

/** What one source's windows said about its health; shares are 0 … 1. */
export interface SourceHealth {
  readonly utilisation: { readonly p95: number; readonly max: number };
  readonly cpuWait: { readonly p95: number; readonly max: number };
}

/** Windows shorter than this say nothing about a share. */
const MIN_WINDOW_US = 250_000;
const GAUGE_SECONDS_KEPT = 30;
const TREND_PERCENTILES = [90, 95, 99, 99.9] as const;

export class MetricAccumulator {
  readonly #trends = new Map<string, Histogram>();
  readonly #counters = new Map<string, number>();
  readonly #rates = new Map<string, { passes: number; fails: number }>();
  readonly #gauges = new Map<string, GaugeSeries>();
  readonly #windows = new Map<string, HealthWindows>();
  readonly #outcomes = new OutcomeTally();
  readonly #lateness = new Histogram();
  readonly #live = new Histogram();
  readonly #faults: Record<string, number> = {};
  #counts: Counts = NO_COUNTS;

  add(snapshot: Snapshot): void {
    this.#counts = addCounts(this.#counts, snapshot.counts);
    for (const [key, encoded] of Object.entries(snapshot.trends)) this.#trend(key).addEncoded(encoded);
    for (const [key, value] of Object.entries(snapshot.counters)) {
      this.#counters.set(key, (this.#counters.get(key) ?? 0) + value);
    }
    for (const [key, [passes, fails]] of Object.entries(snapshot.rates)) this.#addRate(key, passes, fails);
    const second = Math.round(snapshot.toUs / 1e6);
    for (const [key, value] of Object.entries(snapshot.gauges)) this.#gauge(key).add(second, value);
    for (const row of snapshot.outcomes) this.#outcomes.add(row, row.count, () => row.sample);
    this.#live.addEncoded(snapshot.live);
    this.#addHealth(snapshot);
  }

  get counts(): Counts {
    return this.#counts;
  }

  /** Most frequent first. */
  get outcomes(): OutcomeCount[] {
    return this.#outcomes.rows();
  }

  /** Lateness of all arrivals, µs. */
  get lateness(): Histogram {
    return this.#lateness;
  }

  /** Response times of all messages, warm-up included, µs. */
  get live(): Histogram {
    return this.#live;
  }

  get faults(): Readonly<Record<string, number>> {
    return this.#faults;
  }

  /** By source. */
  get health(): ReadonlyMap<string, SourceHealth> {
    return new Map([...this.#windows].map(([source, windows]) => [source, windows.read()]));
  }

  /** The metrics of a result: every bare name seen, every label set, and the expressions asked for. */
  metrics(expressions: readonly string[], steadySeconds: number): Record<string, MetricValues> {
    const seen = [this.#trends, this.#counters, this.#rates, this.#gauges].flatMap((map) => [...map.keys()]);
    const names = new Set(seen.map((key) => parseKey(key).name));
    const keys = Object.keys(METRICS).filter((name) => names.has(name));
    const labelled = seen.filter((key) => key.includes('{')).sort();
    const values: Record<string, MetricValues> = {};
    for (const key of [...keys, ...labelled, ...expressions]) {
      const selected = this.select(key, steadySeconds);
      if (selected !== null) values[key] = selected.values();
    }
    return values;
  }

  /** All label sets that match, added up. Null when the expression names no metric. */
  select(expression: string, steadySeconds: number): Selection | null {
    const parsed = parseMetricExpression(expression);
    if ('problem' in parsed) return null;
    const info = metricInfo(parsed.name);
    if (info === undefined) return null;
    const matches = (key: string): boolean => {
      const { name, tags } = parseKey(key);
      return name === parsed.name && hasTags(tags, parsed.tags);
    };
    switch (info.type) {
      case 'trend':
        return new TrendSelection(pick(this.#trends, matches));
      case 'counter':
        return new CounterSelection(sum(pick(this.#counters, matches)), steadySeconds);
      case 'rate':
        return new RateSelection(pick(this.#rates, matches));
      case 'gauge':
        return new GaugeSelection(pick(this.#gauges, matches));
      default: {
        const never: never = info.type;
        return never;
      }
    }
  }

  /** Frees the histograms; nothing may be called afterwards. */
  destroy(): void {
    for (const histogram of [...this.#trends.values(), this.#lateness, this.#live]) histogram.destroy();
    for (const windows of this.#windows.values()) windows.destroy();
  }

  #trend(key: string): Histogram {
    return getOrMake(this.#trends, key, () => new Histogram());
  }

  #gauge(key: string): GaugeSeries {
    return getOrMake(this.#gauges, key, () => new GaugeSeries());
  }

  #addRate(key: string, passes: number, fails: number): void {
    const rate = getOrMake(this.#rates, key, () => ({ passes: 0, fails: 0 }));
    rate.passes += passes;
    rate.fails += fails;
  }

  #addHealth({ source, health }: Snapshot): void {
    this.#lateness.addEncoded(health.lateness);
    for (const [cause, count] of Object.entries(health.faults)) {
      this.#faults[cause] = (this.#faults[cause] ?? 0) + count;
    }
    if (health.wallUs < MIN_WINDOW_US) return;
    const windows = getOrMake(this.#windows, source, () => new HealthWindows());
    windows.add(health.busyUs / health.wallUs, health.cpuWaitUs / health.wallUs);
  }
}

/** One metric's samples, added up: what thresholds and results read. */
export interface Selection extends Aggregated {
  values(): MetricValues;
}

class TrendSelection implements Selection {
  readonly #parts: readonly Histogram[];

  constructor(parts: readonly Histogram[]) {
    this.#parts = parts;
  }

  get n(): number {
    return sum(this.#parts.map((part) => part.count));
  }

  value(aggregation: Aggregation): number {
    return this.#merged((merged) => trendValue(merged, aggregation) / 1000);
  }

  values(): MetricValues {
    return this.#merged((merged) => {
      const ms = (aggregation: Aggregation) => trendValue(merged, aggregation) / 1000;
      const values: Record<string, number> = {};
      for (const kind of ['avg', 'min', 'med', 'max'] as const) values[kind] = ms({ kind });
      for (const percentile of TREND_PERCENTILES)
        values[`p(${percentile})`] = ms({ kind: 'percentile', percentile });
      return { type: 'trend', n: merged.count, values, histogram: merged.encode() };
    });
  }

  #merged<T>(read: (merged: Histogram) => T): T {
    const merged = new Histogram();
    for (const part of this.#parts) merged.add(part);
    const value = read(merged);
    merged.destroy();
    return value;
  }
}

function trendValue(histogram: Histogram, aggregation: Aggregation): number {
  switch (aggregation.kind) {
    case 'avg':
      return histogram.mean;
    case 'min':
      return histogram.min;
    case 'max':
      return histogram.max;
    case 'med':
      return histogram.percentile(50);
    case 'percentile':
      return histogram.percentile(aggregation.percentile);
    case 'count':
    case 'rate':
    case 'value':
      return Number.NaN;
    default: {
      const never: never = aggregation;
      return never;
    }
  }
}

class CounterSelection implements Selection {
  readonly n: number;
  readonly #steadySeconds: number;

  constructor(count: number, steadySeconds: number) {
    this.n = count;
    this.#steadySeconds = steadySeconds;
  }

  value(aggregation: Aggregation): number {
    if (aggregation.kind === 'count') return this.n;
    return this.#steadySeconds > 0 ? this.n / this.#steadySeconds : 0;
  }

  values(): MetricValues {
    const values = { count: this.n, rate: this.value({ kind: 'rate' }) };
    return { type: 'counter', n: this.n, values };
  }
}

class RateSelection implements Selection {
  readonly #passes: number;
  readonly #fails: number;

  constructor(parts: readonly { passes: number; fails: number }[]) {
    this.#passes = sum(parts.map(({ passes }) => passes));
    this.#fails = sum(parts.map(({ fails }) => fails));
  }

  get n(): number {
    return this.#passes + this.#fails;
  }

  value(): number {
    return this.n === 0 ? 0 : this.#passes / this.n;
  }

  values(): MetricValues {
    return {
      type: 'rate',
      n: this.n,
      values: { rate: this.value(), passes: this.#passes, fails: this.#fails },
    };
  }
}

class GaugeSelection implements Selection {
  readonly n: number;
  readonly #read: { readonly value: number; readonly min: number; readonly max: number };

  constructor(parts: readonly GaugeSeries[]) {
    const reads = parts.map((part) => part.read());
    this.n = sum(reads.map(({ n }) => n));
    this.#read = {
      value: sum(reads.map(({ value }) => value)),
      min: sum(reads.map(({ min }) => min)),
      max: sum(reads.map(({ max }) => max)),
    };
  }

  value({ kind }: Aggregation): number {
    return kind === 'min' || kind === 'max' ? this.#read[kind] : this.#read.value;
  }

  values(): MetricValues {
    return { type: 'gauge', n: this.n, values: { ...this.#read } };
  }
}

/** A gauge second by second, sources summed; seconds long past are folded into min and max. */
class GaugeSeries {
  readonly #seconds = new Map<number, number>();
  #folded = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  add(second: number, value: number): void {
    this.#seconds.set(second, (this.#seconds.get(second) ?? 0) + value);
    if (this.#seconds.size <= GAUGE_SECONDS_KEPT) return;
    const oldest = Math.min(...this.#seconds.keys());
    const folded = this.#seconds.get(oldest) as number;
    this.#min = Math.min(this.#min, folded);
    this.#max = Math.max(this.#max, folded);
    this.#seconds.delete(oldest);
    this.#folded++;
  }

  read(): { n: number; value: number; min: number; max: number } {
    const kept = [...this.#seconds.values()];
    const latest = this.#seconds.get(Math.max(...this.#seconds.keys())) ?? 0;
    return {
      n: this.#folded + kept.length,
      value: latest,
      min: Math.min(this.#min, ...kept),
      max: Math.max(this.#max, ...kept),
    };
  }
}

class HealthWindows {
  readonly #utilisation = new Histogram();
  readonly #cpuWait = new Histogram();

  add(utilisation: number, cpuWait: number): void {
    this.#utilisation.record(Math.min(utilisation, 1) * 1000);
    this.#cpuWait.record(cpuWait * 1000);
  }

  read(): SourceHealth {
    const shares = (histogram: Histogram) => ({
      p95: histogram.percentile(95) / 1000,
      max: histogram.max / 1000,
    });
    return { utilisation: shares(this.#utilisation), cpuWait: shares(this.#cpuWait) };
  }

  destroy(): void {
    this.#utilisation.destroy();
    this.#cpuWait.destroy();
  }
}

/** Counts add up field by field. */
export function addCounts(a: Counts, b: Counts): Counts {
  const keys = Object.keys(NO_COUNTS) as (keyof Counts)[];
  return Object.fromEntries(keys.map((key) => [key, a[key] + b[key]])) as unknown as Counts;
}

/** Key of a catalogue metric with one tag, for readers. */
export function keyOf(name: MetricName, tags: Readonly<Record<string, string>> = {}): string {
  return metricKey(name, tags);
}

function pick<V>(map: ReadonlyMap<string, V>, matches: (key: string) => boolean): V[] {
  return [...map].filter(([key]) => matches(key)).map(([, value]) => value);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function getOrMake<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
