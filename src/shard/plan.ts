/**
 * Plan: everything a shard needs to do its part, as plain JSON. Holds secrets, so it is sent and never stored.
 */

import type { Scenario, Settings } from '../scenario/scenario.js';
import type { ClockAnchor } from './real-clock.js';

export interface Plan {
  readonly v: 1;
  readonly run: {
    readonly id: string;
    /** One moment on the wall clock and the monotonic clock, the same for all shards. */
    readonly anchor: ClockAnchor;
  };
  readonly shard: { readonly index: number; readonly count: number };
  readonly scenario: Scenario;
  /** Of each executor; what is the scenario's is the same object. */
  readonly settings: readonly Settings[];
  /** What setup() of the scenario's code returned; undefined without one. */
  readonly data?: unknown;
  /** Which messages are reported one by one. */
  readonly logMessages: 'notable' | 'all';
}
