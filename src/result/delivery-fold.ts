/**
 * Delivery fold: the snapshots of source `delivery` in, the delivery block of a result and its details out.
 *
 * Apart from the shards' sums, because `restart` forgets all of it: a verify line in the journal, and the receipts read
 * anew count alone. What was accepted and is not accounted for, because a run died before its last snapshot, is
 * pending. Bounded like the snapshots themselves. Needs destroy().
 */
import { MetricAccumulator } from '../metrics/accumulator.js';
import type { MetricName } from '../metrics/catalogue.js';
import { metricKey } from '../metrics/key.js';
import type { MetricValues, Selection } from '../metrics/selection.js';
import {
  type DeliveryCase,
  type DeliveryCounts,
  type DeliverySample,
  type DomainCounts,
  NO_DELIVERY_COUNTS,
  type Snapshot,
} from '../metrics/snapshot.js';
import { parseMetricExpression } from '../metrics/threshold.js';
import type { DeliveryDetails } from './delivery-details.js';
import type { Result } from './result.js';

export const DELIVERY_SOURCE = 'delivery';

const MAX_CASES = 100;
const MAX_NOTES = 200;
const NO_DOMAIN: DomainCounts = { accepted: 0, delivered: 0, bounced: 0, lost: 0, pending: 0 };

/** Whoever looks for copies and finds nothing amiss says so. */
const NONE_SO_FAR = {
  delivery_lost: 0,
  delivery_duplicated: 0,
  delivery_corrupted: 0,
  delivery_unconfirmed: 0,
} satisfies Readonly<Partial<Record<MetricName, number>>>;

type Sums<T> = { -readonly [K in keyof T]: number };

/** True for an expression on what only the delivery reader measures. */
export function isDeliveryMetric(expression: string): boolean {
  const parsed = parseMetricExpression(expression);
  return !('problem' in parsed) && /^(?:delivery_|smtp_delivery_)/.test(parsed.name);
}

export class DeliveryFold {
  #metrics = new MetricAccumulator();
  #counts: Sums<DeliveryCounts> | null = null;
  #domains = new Map<string, Sums<DomainCounts>>();
  #placements = new Map<string, number>();
  #cases: DeliveryCase[] = [];
  #notes = new Set<string>();
  #warmup = 0;

  add(snapshot: Snapshot): void {
    this.#metrics.add({ ...snapshot, counters: { ...NONE_SO_FAR, ...snapshot.counters } });
    if (snapshot.delivery !== undefined) this.#addSample(snapshot.delivery);
  }

  /** Forgets everything: what follows is the whole of it. */
  restart(): void {
    this.#metrics.destroy();
    this.#metrics = new MetricAccumulator();
    this.#counts = null;
    this.#domains = new Map();
    this.#placements = new Map();
    this.#cases = [];
    this.#notes = new Set();
    this.#warmup = 0;
  }

  /** null where no delivery was looked at. @param accepted copies, as the shards counted them */
  counts(accepted: number): Result['delivery'] {
    if (this.#counts === null) return null;
    const { delivered, bounced, lost, pending } = this.#counts;
    const unknown = Math.max(0, accepted - delivered - bounced - lost - pending);
    return { accepted, ...notNegative(this.#counts), pending: pending + unknown };
  }

  /** Copies that neither arrived nor bounced so far; null where no delivery was looked at. */
  missing(accepted: number): number | null {
    if (this.#counts === null) return null;
    return Math.max(0, accepted - this.#counts.delivered - this.#counts.bounced);
  }

  /** Without replies, which the message log knows. */
  details(backlog: DeliveryDetails['backlog']): DeliveryDetails | null {
    if (this.#counts === null) return null;
    return {
      schemaVersion: 1,
      cases: this.#cases.map((one) => ({ ...one, reply: '' })),
      domains: [...this.#domains]
        .sort(([a, one], [b, other]) => other.accepted - one.accepted || (a < b ? -1 : 1))
        .map(([domain, counts]) => ({ domain, ...notNegative(counts), ...this.#durations(domain) })),
      placements: Object.fromEntries(this.#placements),
      warmup: Math.max(0, this.#warmup),
      backlog,
      notes: [...this.#notes],
    };
  }

  metrics(expressions: readonly string[], steadySeconds: number): Record<string, MetricValues> {
    return this.#metrics.metrics(expressions, steadySeconds);
  }

  select(expression: string, steadySeconds: number): Selection | null {
    return this.#metrics.select(expression, steadySeconds);
  }

  destroy(): void {
    this.#metrics.destroy();
  }

  #addSample({ counts, cases, domains, placements, warmup, notes }: DeliverySample): void {
    this.#counts ??= { ...NO_DELIVERY_COUNTS };
    addInto(this.#counts, counts);
    for (const one of cases) if (this.#hasRoom(one.kind)) this.#cases.push(one);
    for (const [domain, change] of Object.entries(domains)) {
      const row = this.#domains.get(domain) ?? { ...NO_DOMAIN };
      addInto(row, change);
      this.#domains.set(domain, row);
    }
    for (const [name, copies] of Object.entries(placements))
      this.#placements.set(name, (this.#placements.get(name) ?? 0) + copies);
    this.#warmup += warmup;
    for (const note of notes) if (this.#notes.size < MAX_NOTES) this.#notes.add(note);
  }

  #hasRoom(kind: DeliveryCase['kind']): boolean {
    return this.#cases.filter((one) => one.kind === kind).length < MAX_CASES;
  }

  #durations(domain: string): Record<'p50' | 'p99' | 'max', number | null> {
    const selected = this.#metrics.select(metricKey('smtp_delivery_duration', { domain }), 0);
    if (selected === null || selected.isEmpty) return { p50: null, p99: null, max: null };
    return {
      p50: selected.value({ kind: 'percentile', percentile: 50 }),
      p99: selected.value({ kind: 'percentile', percentile: 99 }),
      max: selected.value({ kind: 'max' }),
    };
  }
}

function addInto<T extends Readonly<Record<keyof T, number>>>(sums: Sums<T>, changes: T): void {
  for (const key of Object.keys(changes) as (keyof T)[]) sums[key] += changes[key];
}

/** A sum is below 0 only where a snapshot is missing. */
function notNegative<T extends Readonly<Record<keyof T, number>>>(sums: T): T {
  return Object.fromEntries(Object.entries(sums).map(([key, sum]) => [key, Math.max(0, sum as number)])) as T;
}
