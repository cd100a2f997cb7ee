/**
 * Accumulator: the sum of snapshots. The same whatever their order, their number and how they were split.
 *
 * Memory does not grow with the length of a run: sums, histograms, and an hour of seconds per gauge. It grows with the
 * label sets and outcomes that sources report, and those are bounded where they are recorded.
 * The bare name of a metric is always the sum of its label sets.
 */
import { METRICS, type MetricName, metricInfo } from './catalogue.js';
import { GaugeSeries } from './gauge-series.js';
import { HealthWindows, type SourceHealth } from './health-windows.js';
import { Histogram } from './histogram.js';
import { hasTags, metricKey, parseKey } from './key.js';
import {
  CounterSelection,
  GaugeSelection,
  type MetricValues,
  type RateCount,
  RateSelection,
  type Selection,
  TrendSelection,
} from './selection.js';
import { type Counts, NO_COUNTS, type OutcomeCount, type Snapshot } from './snapshot.js';
import { OutcomeTally } from './tally.js';
import { parseMetricExpression } from './threshold.js';

export class MetricAccumulator {
  readonly #trends = new Map<string, Histogram>();
  readonly #counters = new Map<string, number>();
  readonly #rates = new Map<string, RateCount>();
  readonly #gauges = new Map<string, GaugeSeries>();
  readonly #windows = new Map<string, HealthWindows>();
  readonly #outcomes = new OutcomeTally(Number.POSITIVE_INFINITY);
  readonly #lateness = new Histogram();
  readonly #live = new Histogram();
  readonly #faults = new Map<string, number>();
  #arrivalsDropped = 0;
  #counts: Counts = NO_COUNTS;

  add(snapshot: Snapshot): void {
    this.#counts = addCounts(this.#counts, snapshot.counts);
    for (const row of snapshot.outcomes) this.#outcomes.merge(row);
    this.#live.addEncoded(snapshot.live);
    this.#addMetrics(snapshot);
    this.#addHealth(snapshot);
  }

  get counts(): Counts {
    return this.#counts;
  }

  /** Most frequent first. */
  get outcomes(): OutcomeCount[] {
    return this.#outcomes.rows();
  }

  /** Of open executors: begun, and dropped because no VU was free. */
  get arrivals(): { readonly started: number; readonly dropped: number } {
    return { started: this.#lateness.count, dropped: this.#arrivalsDropped };
  }

  /** Lateness of all arrivals, µs. */
  get lateness(): Histogram {
    return this.#lateness;
  }

  /** Response times of all messages, warm-up included, µs. */
  get live(): Histogram {
    return this.#live;
  }

  get faults(): Record<string, number> {
    return Object.fromEntries(this.#faults);
  }

  /** By source; those of which no window was long enough to judge are left out. */
  get health(): ReadonlyMap<string, SourceHealth> {
    const reads = [...this.#windows].map(([source, windows]) => [source, windows.read()] as const);
    return new Map(reads.filter((read): read is [string, SourceHealth] => read[1] !== null));
  }

  /** The metrics of a result: every bare name seen, every label set, and the expressions asked for, as written. */
  metrics(expressions: readonly string[], steadySeconds: number): Record<string, MetricValues> {
    const seen = [this.#trends, this.#counters, this.#rates, this.#gauges].flatMap((map) => [...map.keys()]);
    const names = new Set(seen.map((key) => parseKey(key).name));
    const bare = Object.keys(METRICS).filter((name) => names.has(name));
    const labelled = [...new Set(seen.flatMap(shownKeys))].sort();
    const values: Record<string, MetricValues> = {};
    for (const key of [...bare, ...labelled, ...expressions]) {
      const selected = this.select(key, steadySeconds);
      if (selected !== null) values[key] = selected.values();
    }
    return values;
  }

  /**
   * All label sets that match, added up. Null when the expression names no metric.
   * `steadySeconds`: what a counter's rate is per.
   */
  select(expression: string, steadySeconds: number): Selection | null {
    const parsed = parseMetricExpression(expression);
    if ('problem' in parsed) return null;
    const { type } = METRICS[parsed.name];
    const matches = (key: string): boolean => {
      const { name, tags } = parseKey(key);
      return name === parsed.name && hasTags(tags, parsed.tags);
    };
    switch (type) {
      case 'trend':
        return new TrendSelection(pick(this.#trends, matches));
      case 'counter':
        return new CounterSelection(pick(this.#counters, matches), steadySeconds);
      case 'rate':
        return new RateSelection(pick(this.#rates, matches));
      case 'gauge':
        return new GaugeSelection(pick(this.#gauges, matches));
      default: {
        const never: never = type;
        return never;
      }
    }
  }

  /** Frees the histograms; nothing may be called afterwards. */
  destroy(): void {
    for (const histogram of [...this.#trends.values(), this.#lateness, this.#live]) histogram.destroy();
    for (const windows of this.#windows.values()) windows.destroy();
  }

  #addMetrics({ trends, counters, rates, gauges, fromUs, toUs }: Snapshot): void {
    for (const [key, encoded] of Object.entries(trends)) {
      getOrMake(this.#trends, key, () => new Histogram()).addEncoded(encoded);
    }
    for (const [key, count] of Object.entries(counters)) addTo(this.#counters, key, count);
    for (const [key, [passes, fails]] of Object.entries(rates)) {
      const before = this.#rates.get(key) ?? { passes: 0, fails: 0 };
      this.#rates.set(key, { passes: before.passes + passes, fails: before.fails + fails });
    }
    for (const [key, value] of Object.entries(gauges)) {
      getOrMake(this.#gauges, key, () => new GaugeSeries()).add(fromUs, toUs, value);
    }
  }

  #addHealth({ source, health }: Snapshot): void {
    this.#lateness.addEncoded(health.lateness);
    this.#arrivalsDropped += health.arrivalsDropped;
    for (const [cause, count] of Object.entries(health.faults)) addTo(this.#faults, cause, count);
    getOrMake(this.#windows, source, () => new HealthWindows()).add(health);
  }
}

/** What tells scenarios apart at a glance. */
const BY_SCENARIO: readonly string[] = [
  'smtp_message_duration',
  'smtp_message_service_duration',
  'smtp_message_failed',
  'smtp_messages',
  'smtp_messages_not_offered',
  'iterations',
  'dropped_iterations',
] satisfies readonly MetricName[];

/** The label sets by which a sample is shown: its metric's own tags, and its scenario where there are several. */
function shownKeys(key: string): string[] {
  const { name, tags } = parseKey(key);
  const own = Object.entries(tags).filter(([tag]) => metricInfo(name)?.tags.includes(tag));
  const { scenario } = tags;
  return [
    ...(own.length === 0 ? [] : [metricKey(name, Object.fromEntries(own))]),
    ...(scenario === undefined || !BY_SCENARIO.includes(name) ? [] : [metricKey(name, { scenario })]),
  ];
}

/** Counts add up field by field. */
export function addCounts(a: Counts, b: Counts): Counts {
  const keys = Object.keys(NO_COUNTS) as (keyof Counts)[];
  return Object.fromEntries(keys.map((key) => [key, a[key] + b[key]])) as unknown as Counts;
}

function pick<V>(map: ReadonlyMap<string, V>, matches: (key: string) => boolean): V[] {
  return [...map].filter(([key]) => matches(key)).map(([, value]) => value);
}

function addTo(sums: Map<string, number>, key: string, count: number): void {
  sums.set(key, (sums.get(key) ?? 0) + count);
}

function getOrMake<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
