/**
 * Shared state: what behaviours remember from one event to the next, for all processes of a sink together.
 *
 * One small operation for each kind of memory, so that a process can ask another for it. In one process the answers are
 * immediate; elsewhere they are promises. Keys are made by behaviours; memory is bounded by forgetting the oldest keys.
 */
export interface SharedState {
  /**
   * Counts one more event of this key, unless more than `limit` would then have come within `windowMs`; says how many
   * came with this one. Above `limit`: it was not counted, so that refused events never keep others out.
   */
  hit(key: string, event: Hit): number | Promise<number>;
  /** When this key was first seen, ms; `nowMs` when this is the first time. Forgotten after `keepMs` without being seen. */
  firstSeen(key: string, nowMs: number, keepMs: number): number | Promise<number>;
  /** How often this key was counted before: 0, 1, 2…. */
  attempt(key: string): number | Promise<number>;
  /** Forgets everything. */
  reset(): void;
}

export interface Hit {
  readonly nowMs: number;
  readonly windowMs: number;
  readonly weight: number;
  readonly limit: number;
}
