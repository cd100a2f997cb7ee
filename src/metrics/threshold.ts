/**
 * Thresholds: k6's grammar `aggregation operator number` over one metric expression.
 *
 * Types only here are what scenario and result need; parsing and evaluation stand below.
 */

/** One parsed threshold. */
export interface Threshold {
  /** As written: `p(99)<250`. */
  readonly source: string;
  readonly aggregation: Aggregation;
  readonly operator: '<' | '<=' | '>' | '>=' | '==' | '!=';
  /** In the metric's unit as shown: ms for trends. */
  readonly bound: number;
  readonly abortOnFail: boolean;
  readonly delayAbortEvalMs: number;
}

export type Aggregation =
  | { readonly kind: 'avg' | 'min' | 'max' | 'med' | 'count' | 'rate' | 'value' }
  /** 0 … 100 */
  | { readonly kind: 'percentile'; readonly percentile: number };
