/**
 * Metric window: what one metric expression saw in the newest so many seconds, or in all of them. Sources are merged.
 *
 * A second costs what it holds, encoded: a trend some kilobytes, whatever the number of samples. Seconds come in order of
 * time, and those that fall out of the window are forgotten. What a histogram has added up cannot be taken back, so sums are
 * kept from both ends: of the newer seconds up to now, of the older ones from each to the newest of them. Sliding on costs
 * three sums a second however wide the window is. Gauges are left out: a gauge is a value at a moment, and its
 * highest and lowest over any windows are those over all of them.
 */
import { METRICS, type MetricName } from './catalogue.js';
import { Histogram } from './histogram.js';
import { hasTags, parseKey, type Tags } from './key.js';
import { CounterSelection, RateSelection, TrendSelection } from './selection.js';
import type { Snapshot } from './snapshot.js';
import { evaluateThreshold, parseMetricExpression, type Threshold } from './threshold.js';

type Seen = Pick<Snapshot, 'source' | 'fromUs' | 'toUs' | 'trends' | 'rates' | 'counters'>;

/** One second of the expression; a counter's rate is per the time that its sources cover. */
interface Second {
  trend: string;
  passes: number;
  fails: number;
  count: number;
  coveredUs: number;
}

const NOTHING: Second = { trend: '', passes: 0, fails: 0, count: 0, coveredUs: 0 };

export class MetricWindow {
  readonly #name: MetricName;
  readonly #tags: Tags;
  readonly #seconds: number;
  /** The newer seconds, and their sum. */
  #newer: Second[] = [];
  #newerSum = NOTHING;
  /** From each older second on, the sum up to the newest older one; the oldest last. */
  #olderSums: Second[] = [];

  /** @param seconds 0: all of them. Null when the expression names no metric that has windows. */
  static of(expression: string, seconds: number): MetricWindow | null {
    const parsed = parseMetricExpression(expression);
    if ('problem' in parsed || METRICS[parsed.name].type === 'gauge') return null;
    return new MetricWindow(parsed.name, parsed.tags, seconds);
  }

  private constructor(name: MetricName, tags: Tags, seconds: number) {
    this.#name = name;
    this.#tags = tags;
    this.#seconds = seconds;
  }

  /** True once it spans as many seconds as it is wide. */
  get isFull(): boolean {
    return this.#newer.length + this.#olderSums.length >= this.#seconds;
  }

  get isCounter(): boolean {
    return METRICS[this.#name].type === 'counter';
  }

  /** The next second: the snapshots of all sources in it; none when nobody reported. */
  add(snapshots: readonly Seen[]): void {
    const second = this.#secondOf(snapshots);
    if (this.#seconds > 0 && this.isFull) this.#forgetOldest();
    if (this.#seconds > 0) this.#newer.push(second);
    this.#newerSum = sumOf([this.#newerSum, second]);
  }

  #forgetOldest(): void {
    if (this.#olderSums.length === 0) {
      let total = NOTHING;
      for (const second of this.#newer.toReversed()) {
        total = sumOf([second, total]);
        this.#olderSums.push(total);
      }
      this.#newer = [];
      this.#newerSum = NOTHING;
    }
    this.#olderSums.pop();
  }

  /** All that is held. */
  #total(): Second {
    const older = this.#olderSums.at(-1);
    return older === undefined ? this.#newerSum : sumOf([older, this.#newerSum]);
  }

  /** Whether the threshold holds in what is held. */
  evaluate(threshold: Threshold): ReturnType<typeof evaluateThreshold> {
    const total = this.#total();
    const histogram = new Histogram();
    try {
      if (total.trend !== '') histogram.addEncoded(total.trend);
      return evaluateThreshold(threshold, this.#select(total, histogram));
    } finally {
      histogram.destroy();
    }
  }

  #select(total: Second, histogram: Histogram) {
    switch (METRICS[this.#name].type) {
      case 'trend':
        return new TrendSelection([histogram]);
      case 'rate':
        return new RateSelection([total]);
      default:
        return new CounterSelection([total.count], total.coveredUs / 1e6);
    }
  }

  #secondOf(snapshots: readonly Seen[]): Second {
    const rates = snapshots.flatMap(({ rates }) => this.#matching(rates));
    const sources = new Set(snapshots.map(({ source }) => source)).size;
    return {
      trend: mergedTrend(snapshots.flatMap(({ trends }) => this.#matching(trends))),
      passes: sum(rates.map(([passes]) => passes)),
      fails: sum(rates.map(([, fails]) => fails)),
      count: sum(snapshots.flatMap(({ counters }) => this.#matching(counters))),
      coveredUs: sum(snapshots.map(({ fromUs, toUs }) => toUs - fromUs)) / Math.max(1, sources),
    };
  }

  #matching<V>(values: Readonly<Record<string, V>>): V[] {
    return Object.entries(values).flatMap(([key, value]) => {
      const { name, tags } = parseKey(key);
      return name === this.#name && hasTags(tags, this.#tags) ? [value] : [];
    });
  }
}

function sumOf(seconds: readonly Second[]): Second {
  return {
    trend: mergedTrend(seconds.map(({ trend }) => trend)),
    passes: sum(seconds.map(({ passes }) => passes)),
    fails: sum(seconds.map(({ fails }) => fails)),
    count: sum(seconds.map(({ count }) => count)),
    coveredUs: sum(seconds.map(({ coveredUs }) => coveredUs)),
  };
}

function mergedTrend(parts: readonly string[]): string {
  const filled = parts.filter((part) => part !== '');
  if (filled.length < 2) return filled[0] ?? '';
  const merged = new Histogram();
  for (const part of filled) merged.addEncoded(part);
  const encoded = merged.encode();
  merged.destroy();
  return encoded;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
