/**
 * Recorder: where a shard's measurements go, second by second.
 *
 * A handle is got once per label set and kept; recording through it allocates nothing (trend 20 ns, counter 2 ns).
 * `swap` ends a window at once; the swapped histograms are then encoded one per turn of the event loop, because
 * twenty-five in a row block it for milliseconds that would show as lateness.
 * At most 500 label sets per metric: a hostile server must not invent a million codes. The rest goes to `{tag:other}`.
 */
import type { MetricName } from './catalogue.js';
import { Histogram } from './histogram.js';
import { metricKey, type Tags } from './key.js';
import type { Snapshot } from './snapshot.js';

export const MAX_LABEL_SETS = 500;

export type Measurements = Pick<Snapshot, 'counters' | 'rates' | 'trends' | 'gauges'>;

/** Two histograms by turns, made when first needed. */
export class TrendHandle {
  #active: Histogram | null = null;
  #swapped: Histogram | null = null;

  record(valueUs: number): void {
    this.#active ??= new Histogram();
    this.#active.record(valueUs);
  }

  /** Ends the window. The one before must have been encoded. */
  swap(): void {
    const active = this.#active;
    this.#active = this.#swapped;
    this.#swapped = active;
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

  /** `isPass`: what the rate counts has happened. */
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

export class Recorder {
  readonly #trends = new Map<string, TrendHandle>();
  readonly #counters = new Map<string, CounterHandle>();
  readonly #rates = new Map<string, RateHandle>();
  readonly #gauges = new Map<string, () => number>();
  readonly #labelSets = new Map<string, number>();

  trend(name: MetricName, tags: Tags = {}): TrendHandle {
    return this.#handle(this.#trends, name, tags, () => new TrendHandle());
  }

  counter(name: MetricName, tags: Tags = {}): CounterHandle {
    return this.#handle(this.#counters, name, tags, () => new CounterHandle());
  }

  rate(name: MetricName, tags: Tags = {}): RateHandle {
    return this.#handle(this.#rates, name, tags, () => new RateHandle());
  }

  /** `sample` is called at the end of each window. */
  gauge(name: MetricName, sample: () => number, tags: Tags = {}): void {
    this.#gauges.set(metricKey(name, tags), sample);
  }

  /** Ends a window: what can be had at once. The trends follow from the returned iterator, one encoding per step. */
  swap(): {
    readonly instant: Omit<Measurements, 'trends'>;
    readonly trends: Iterator<readonly [string, string]>;
  } {
    const swapped = [...this.#trends];
    for (const [, handle] of swapped) handle.swap();
    const counters = [...this.#counters].map(([key, handle]) => [key, handle.take()] as const);
    const rates = [...this.#rates].map(([key, handle]) => [key, handle.take()] as const);
    return {
      instant: {
        counters: Object.fromEntries(counters.filter(([, value]) => value !== 0)),
        rates: Object.fromEntries(rates.filter(([, [passes, fails]]) => passes + fails > 0)),
        gauges: Object.fromEntries([...this.#gauges].map(([key, sample]) => [key, sample()])),
      },
      trends: encodeEach(swapped),
    };
  }

  #handle<H>(handles: Map<string, H>, name: MetricName, tags: Tags, make: () => H): H {
    const key = metricKey(name, tags);
    const known = handles.get(key);
    if (known !== undefined) return known;
    const sets = this.#labelSets.get(name) ?? 0;
    if (sets >= MAX_LABEL_SETS) return this.#other(handles, name, tags, make);
    this.#labelSets.set(name, sets + 1);
    const handle = make();
    handles.set(key, handle);
    return handle;
  }

  #other<H>(handles: Map<string, H>, name: MetricName, tags: Tags, make: () => H): H {
    const key = metricKey(name, Object.fromEntries(Object.keys(tags).map((tag) => [tag, 'other'])));
    const handle = handles.get(key) ?? make();
    handles.set(key, handle);
    return handle;
  }
}

function* encodeEach(
  trends: readonly (readonly [string, TrendHandle])[],
): Generator<readonly [string, string]> {
  for (const [key, handle] of trends) {
    const encoded = handle.encodeSwapped();
    if (encoded !== '') yield [key, encoded];
  }
}
