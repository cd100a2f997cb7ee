/**
 * Domain tally: copies by the domain of their recipient, 500 domains and the rest under `other`.
 */
import type { DomainCounts } from '../metrics/snapshot.js';

export const MAX_DOMAINS = 500;
export const OTHER_DOMAINS = 'other';

type Row = { -readonly [K in keyof DomainCounts]: number };

export class DomainTally {
  readonly #rows = new Map<string, Row>();
  readonly #taken = new Map<string, Row>();

  /** The name under which this address is counted: its domain in lower case, '' for an address without. */
  nameOf(address: string): string {
    const domain = address.slice(address.lastIndexOf('@') + 1 || address.length).toLowerCase();
    if (this.#rows.has(domain)) return domain;
    if (this.#rows.size >= MAX_DOMAINS) return this.#begin(OTHER_DOMAINS);
    return this.#begin(domain);
  }

  /** @param name of nameOf */
  add(name: string, field: keyof DomainCounts, change: number): void {
    (this.#rows.get(name) as Row)[field] += change;
  }

  /** What was accepted and neither came nor bounced is lost, or pending, from now on. */
  settle(field: 'lost' | 'pending'): void {
    for (const row of this.#rows.values()) row[field] = row.accepted - row.delivered - row.bounced;
  }

  /** Changes since the last call. */
  take(): Record<string, DomainCounts> {
    const changed: [string, DomainCounts][] = [];
    for (const [name, row] of this.#rows) {
      const before = this.#taken.get(name) ?? empty();
      const change = difference(row, before);
      if (Object.values(change).some((value) => value !== 0)) changed.push([name, change]);
      this.#taken.set(name, { ...row });
    }
    return Object.fromEntries(changed);
  }

  #begin(name: string): string {
    if (!this.#rows.has(name)) this.#rows.set(name, empty());
    return name;
  }
}

function difference(now: Row, before: Row): Row {
  return {
    accepted: now.accepted - before.accepted,
    delivered: now.delivered - before.delivered,
    bounced: now.bounced - before.bounced,
    lost: now.lost - before.lost,
    pending: now.pending - before.pending,
  };
}

function empty(): Row {
  return { accepted: 0, delivered: 0, bounced: 0, lost: 0, pending: 0 };
}
