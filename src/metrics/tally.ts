/**
 * Tally of outcomes: how many messages ended alike, with one sample text each.
 *
 * At most 500 kinds in a tally's life: a hostile server must not invent a million codes. What comes after is counted
 * under its outcome with cause `other`. The bound holds for a source, so that sums of many windows need none of their own
 * and are the same in any order.
 */
import type { OutcomeCount } from './snapshot.js';

export const MAX_OUTCOME_ROWS = 500;
export const MAX_SAMPLE_CHARS = 500;

/** An outcome without its count. */
export type OutcomeKind = Omit<OutcomeCount, 'count' | 'sample'>;

interface Row {
  readonly kind: OutcomeKind;
  count: number;
  sample: string;
}

export class OutcomeTally {
  readonly #maxRows: number;
  readonly #rows = new Map<string, Row>();

  constructor(maxRows: number = MAX_OUTCOME_ROWS) {
    this.#maxRows = maxRows;
  }

  /** `sample` is asked only for the first of a kind. */
  add(kind: OutcomeKind, count: number, sample: () => string): void {
    const row = this.#rows.get(keyOf(kind));
    if (row !== undefined) row.count += count;
    else if (this.#rows.size < this.#maxRows) this.#addRow(kind, count, sample());
    else this.#addOther(kind, count);
  }

  /** Adds a row of another tally. Of two samples the one that sorts first is kept: the same in any order. */
  merge({ count, sample, ...kind }: OutcomeCount): void {
    this.add(kind, count, () => sample);
    const row = this.#rows.get(keyOf(kind));
    if (row !== undefined && sample !== '' && (row.sample === '' || sample < row.sample)) row.sample = sample;
  }

  /** Counts since the last call, most frequent first. Kinds and their samples are remembered. */
  take(): OutcomeCount[] {
    const rows = this.rows();
    for (const row of this.#rows.values()) row.count = 0;
    return rows;
  }

  /** Most frequent first. */
  rows(): OutcomeCount[] {
    return [...this.#rows]
      .filter(([, { count }]) => count > 0)
      .sort(([keyA, a], [keyB, b]) => b.count - a.count || (keyA < keyB ? -1 : 1))
      .map(([, { kind, count, sample }]) => ({ ...kind, count, sample }));
  }

  #addRow(kind: OutcomeKind, count: number, sample: string): void {
    this.#rows.set(keyOf(kind), { kind, count, sample: sample.slice(0, MAX_SAMPLE_CHARS) });
  }

  /** Of these there are two per outcome, so they need no bound. */
  #addOther({ outcome, expected }: OutcomeKind, count: number): void {
    const other: OutcomeKind = { outcome, expected, ...OTHER };
    const row = this.#rows.get(keyOf(other));
    if (row !== undefined) row.count += count;
    else this.#addRow(other, count, '');
  }
}

const OTHER = {
  phase: '',
  scope: '',
  cause: 'other',
  code: 0,
  enhanced: '',
  class: '',
  permanence: 'none',
} as const;

function keyOf(kind: OutcomeKind): string {
  const { outcome, expected, phase, scope, cause, code, enhanced, class: klass, permanence } = kind;
  return `${outcome}|${expected}|${phase}|${scope}|${cause}|${code}|${enhanced}|${klass}|${permanence}`;
}
