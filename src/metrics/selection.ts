/**
 * Selection: all label sets that match one metric expression, added up. What thresholds and results read.
 *
 * A view, not a copy: it reads what the accumulator holds when it is made and asked.
 */
import type { MetricType } from './catalogue.js';
import type { GaugeSeries } from './gauge-series.js';
import { Histogram } from './histogram.js';
import type { Aggregated, Aggregation } from './threshold.js';

/** One metric in a result: see metricSchema in result/result.ts. */
export interface MetricValues {
  type: MetricType;
  /** Samples behind it. */
  n: number;
  values: Record<string, number>;
  /** Trends: base64 HDR V2, µs. */
  histogram?: string;
}

export interface Selection extends Aggregated {
  values(): MetricValues;
}

const TREND_AGGREGATIONS: Readonly<Record<string, Aggregation>> = {
  avg: { kind: 'avg' },
  min: { kind: 'min' },
  med: { kind: 'med' },
  max: { kind: 'max' },
  'p(90)': { kind: 'percentile', percentile: 90 },
  'p(95)': { kind: 'percentile', percentile: 95 },
  'p(99)': { kind: 'percentile', percentile: 99 },
  'p(99.9)': { kind: 'percentile', percentile: 99.9 },
};

/** Values in ms. */
export class TrendSelection implements Selection {
  readonly #parts: readonly Histogram[];

  constructor(parts: readonly Histogram[]) {
    this.#parts = parts;
  }

  get n(): number {
    return sum(this.#parts.map((part) => part.count));
  }

  get isEmpty(): boolean {
    return this.n === 0;
  }

  value(aggregation: Aggregation): number {
    return this.#merged((merged) => trendValueMs(merged, aggregation));
  }

  values(): MetricValues {
    return this.#merged((merged) => {
      const entries = Object.entries(TREND_AGGREGATIONS);
      const values = entries.map(([name, aggregation]) => [name, trendValueMs(merged, aggregation)]);
      return {
        type: 'trend',
        n: merged.count,
        values: Object.fromEntries(values),
        histogram: merged.encode(),
      };
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

export class CounterSelection implements Selection {
  readonly n: number;
  /** What was never counted is 0. */
  readonly isEmpty = false;
  readonly #steadySeconds: number;

  constructor(counts: readonly number[], steadySeconds: number) {
    this.n = sum(counts);
    this.#steadySeconds = steadySeconds;
  }

  value({ kind }: Aggregation): number {
    if (kind === 'count') return this.n;
    return this.#steadySeconds > 0 ? this.n / this.#steadySeconds : 0;
  }

  values(): MetricValues {
    const values = { count: this.n, rate: this.value({ kind: 'rate' }) };
    return { type: 'counter', n: this.n, values };
  }
}

/** Passes and fails of one label set. */
export interface RateCount {
  readonly passes: number;
  readonly fails: number;
}

export class RateSelection implements Selection {
  readonly #passes: number;
  readonly #fails: number;

  constructor(parts: readonly RateCount[]) {
    this.#passes = sum(parts.map(({ passes }) => passes));
    this.#fails = sum(parts.map(({ fails }) => fails));
  }

  get n(): number {
    return this.#passes + this.#fails;
  }

  get isEmpty(): boolean {
    return this.n === 0;
  }

  value(): number {
    return this.isEmpty ? 0 : this.#passes / this.n;
  }

  values(): MetricValues {
    const values = { rate: this.value(), passes: this.#passes, fails: this.#fails };
    return { type: 'rate', n: this.n, values };
  }
}

export class GaugeSelection implements Selection {
  readonly n: number;
  readonly #values: { readonly value: number; readonly min: number; readonly max: number };

  constructor(parts: readonly GaugeSeries[]) {
    const reads = parts.map((part) => part.read());
    this.n = Math.max(0, ...reads.map(({ n }) => n));
    this.#values = {
      value: sum(reads.map(({ value }) => value)),
      min: sum(reads.map(({ min }) => min)),
      max: sum(reads.map(({ max }) => max)),
    };
  }

  get isEmpty(): boolean {
    return this.n === 0;
  }

  value({ kind }: Aggregation): number {
    return kind === 'min' || kind === 'max' ? this.#values[kind] : this.#values.value;
  }

  values(): MetricValues {
    return { type: 'gauge', n: this.n, values: { ...this.#values } };
  }
}

function trendValueMs(histogram: Histogram, aggregation: Aggregation): number {
  return trendValueUs(histogram, aggregation) / 1000;
}

function trendValueUs(histogram: Histogram, aggregation: Aggregation): number {
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
      // The grammar gives a trend none of these (threshold.ts).
      return Number.NaN;
    default: {
      const never: never = aggregation;
      return never;
    }
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
