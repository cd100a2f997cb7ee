/**
 * Recorder: where a shard's measurements go, second by second.
 *
 * A handle is got once per label set and kept; recording through it allocates nothing (trend 19 to 24 ns, counter 1 ns).
 * `swap` ends a window at once; the swapped histograms are then encoded one per turn of the event loop, because
 * twenty-five in a row block it for up to 5 ms that would show as lateness.
 * At most 500 label sets per metric: a hostile server must not invent a million codes. The rest goes to `{tag:other}`.
 */
import type { MetricNameOf } from './catalogue.js';
import { Histogram } from './histogram.js';
import { metricKey, parseKey, type Tags } from './key.js';
import type { Snapshot } from './snapshot.js';

export const MAX_LABEL_SETS = 500;

export type Measurements = Pick<Snapshot, 'counters' | 'rates' | 'trends' | 'gauges'>;

/** Two histograms by turns, made when first needed: a trend that nothing is recorded in costs nothing. */
export class TrendHandle {
  #active: Histogram | null = null;
  #swapped: Histogram | null = null;

  /** Out of range (0 … 1 h) or NaN is recorded at the border and counted in `samples_clamped`. */
  record(valueUs: number): void {
    this.#active ??= new Histogram();
    this.#active.record(valueUs);
  }

  /** Ends the window and tells how many of its samples were clamped. What was not encoded of the one before joins it. */
  swap(): number {
    const ended = this.#active;
    if (ended === null || ended.count === 0) return 0;
    const { clamped } = ended;
    if (this.#swapped !== null && this.#swapped.count > 0) {
      this.#swapped.add(ended);
      ended.reset();
    } else {
      this.#active = this.#swapped;
      this.#swapped = ended;
    }
    return clamped;
  }

  /** The ended window, '' when nothing was recorded; empties it. */
  encodeSwapped(): string {
    if (this.#swapped === null || this.#swapped.count === 0) return '';
    const encoded = this.#swapped.encode();
    this.#swapped.reset();
    return encoded;
  }
}

export class CounterHandle {
  value = 0;

  add(count: number): void {
    this.value += count;
  }

  take(): number {
    const { value } = this;
    this.value = 0;
    return value;
  }
}

export class RateHandle {
  passes = 0;
  fails = 0;

  /** `isPass`: what the rate is named after has happened, so for `smtp_message_failed` a failure. */
  add(isPass: boolean): void {
    if (isPass) this.passes++;
    else this.fails++;
  }

  take(): readonly [number, number] {
    const taken = [this.passes, this.fails] as const;
    this.passes = 0;
    this.fails = 0;
    return taken;
  }
}

class Store {
  readonly trends = new Map<string, TrendHandle>();
  readonly counters = new Map<string, CounterHandle>();
  readonly rates = new Map<string, RateHandle>();
  readonly gauges = new Map<string, () => number>();
  readonly labelSets = new Map<string, number>();
}

export class Recorder {
  readonly #store: Store;
  readonly #tags: Tags;

  constructor(tags: Tags = {}, store = new Store()) {
    this.#tags = tags;
    this.#store = store;
  }

  /** One that records into this one, and whose label sets have these tags as well. */
  tagged(tags: Tags): Recorder {
    return new Recorder({ ...this.#tags, ...tags }, this.#store);
  }

  trend(name: MetricNameOf<'trend'>, tags: Tags = {}): TrendHandle {
    return this.#handle(this.#store.trends, name, tags, () => new TrendHandle());
  }

  counter(name: MetricNameOf<'counter'>, tags: Tags = {}): CounterHandle {
    return this.#handle(this.#store.counters, name, tags, () => new CounterHandle());
  }

  rate(name: MetricNameOf<'rate'>, tags: Tags = {}): RateHandle {
    return this.#handle(this.#store.rates, name, tags, () => new RateHandle());
  }

  /** `sample` is called at the end of each window. */
  gauge(name: MetricNameOf<'gauge'>, sample: () => number, tags: Tags = {}): void {
    this.#store.gauges.set(metricKey(name, { ...tags, ...this.#tags }), sample);
  }

  /**
   * Ends a window: what can be had at once. The trends follow from the returned iterator, one encoding per step; what
   * a next `swap` finds not encoded yet is in that next window, never lost. Metrics without samples are left out.
   */
  swap(): {
    readonly instant: Omit<Measurements, 'trends'>;
    readonly trends: Iterator<readonly [string, string]>;
  } {
    const swapped = [...this.#store.trends];
    for (const [key, handle] of swapped) this.#countClamped(key, handle.swap());
    const counters = [...this.#store.counters].map(([key, handle]) => [key, handle.take()] as const);
    const rates = [...this.#store.rates].map(([key, handle]) => [key, handle.take()] as const);
    return {
      instant: {
        counters: Object.fromEntries(counters.filter(([, value]) => value !== 0)),
        rates: Object.fromEntries(rates.filter(([, [passes, fails]]) => passes + fails > 0)),
        gauges: Object.fromEntries([...this.#store.gauges].map(([key, sample]) => [key, sample()])),
      },
      trends: encodeEach(swapped),
    };
  }

  #countClamped(key: string, clamped: number): void {
    if (clamped > 0) this.counter('samples_clamped', { metric: parseKey(key).name }).add(clamped);
  }

  #handle<H>(handles: Map<string, H>, name: string, tags: Tags, make: () => H): H {
    const key = metricKey(name, { ...tags, ...this.#tags });
    const known = handles.get(key);
    if (known !== undefined) return known;
    const sets = this.#store.labelSets.get(name) ?? 0;
    if (sets >= MAX_LABEL_SETS) return this.#other(handles, name, tags, make);
    this.#store.labelSets.set(name, sets + 1);
    return remember(handles, key, make());
  }

  /** The one set more than the bound. */
  #other<H>(handles: Map<string, H>, name: string, tags: Tags, make: () => H): H {
    const others = Object.fromEntries(Object.keys(tags).map((tag) => [tag, 'other']));
    const key = metricKey(name, { ...others, ...this.#tags });
    return handles.get(key) ?? remember(handles, key, make());
  }
}

function remember<H>(handles: Map<string, H>, key: string, handle: H): H {
  handles.set(key, handle);
  return handle;
}

function* encodeEach(
  trends: readonly (readonly [string, TrendHandle])[],
): Generator<readonly [string, string]> {
  for (const [key, handle] of trends) {
    const encoded = handle.encodeSwapped();
    if (encoded !== '') yield [key, encoded];
  }
}
