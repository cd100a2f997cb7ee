/**
 * Tally of outcomes: how many messages ended alike, with one sample text each.
 *
 * At most 500 rows in a window; what comes after is counted under its outcome with cause `other`.
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
  readonly #rows = new Map<string, Row>();

  /** `sample` is asked only for the first of a kind. */
  add(kind: OutcomeKind, count: number, sample: () => string): void {
    const key = keyOf(kind);
    const row = this.#rows.get(key);
    if (row !== undefined) row.count += count;
    else this.#addRow(key, kind, count, sample);
  }

  /** Most frequent first; empties the tally. */
  take(): OutcomeCount[] {
    const rows = this.rows();
    this.#rows.clear();
    return rows;
  }

  /** Most frequent first. */
  rows(): OutcomeCount[] {
    return [...this.#rows.values()]
      .map((row) => ({ ...row.kind, count: row.count, sample: row.sample }))
      .sort((a, b) => b.count - a.count || keyOf(a).localeCompare(keyOf(b)));
  }

  #addRow(key: string, kind: OutcomeKind, count: number, sample: () => string): void {
    if (this.#rows.size < MAX_OUTCOME_ROWS) {
      this.#rows.set(key, { kind, count, sample: sample().slice(0, MAX_SAMPLE_CHARS) });
      return;
    }
    const other = {
      ...kind,
      phase: '',
      scope: '',
      cause: 'other',
      code: 0,
      enhanced: '',
      class: '',
      permanence: 'none',
    } as const;
    const otherKey = keyOf(other);
    const row = this.#rows.get(otherKey);
    if (row !== undefined) row.count += count;
    else this.#rows.set(otherKey, { kind: other, count, sample: '' });
  }
}

function keyOf(kind: OutcomeKind): string {
  const { outcome, expected, phase, scope, cause, code, enhanced, class: klass, permanence } = kind;
  return [outcome, expected, phase, scope, cause, code, enhanced, klass, permanence].join('|');
}
