/**
 * The seam between load (when) and whatever is being loaded: load calls a Workload, the Workload answers through
 * LoadControl. Nothing here knows mail. No promises: every call may be answered synchronously, inside the call.
 */

/** One iteration: which, and when it was due. */
export interface Slot {
  /** Number of the iteration within its scenario, 0…, distinct over all shards. */
  readonly iteration: number;
  /** µs since the epoch. In a closed executor equal to startedAtUs. */
  readonly scheduledAtUs: number;
  readonly startedAtUs: number;
}

/** What load drives. VU ids are global to the scenario: shard k of N owns the ids v with v mod N = k. */
export interface Workload {
  /** Begin an iteration on a VU that is ready, or inside its `offer`. `ready` and `done` follow, in any order and perhaps at once. */
  iterate(vu: number, slot: Slot): void;
  /** This VU gets nothing more and has nothing in flight: end its session politely. One that iterates after that is a new VU, and ready. */
  retire(vu: number): void;
  /** gracefulStop is over: cut off what this VU has in flight. `done` follows for each, once: called again, it cuts off what has begun since. */
  interrupt(vu: number): void;
}

/** What a Workload reports back. */
export interface LoadControl {
  /** The VU is free: it can take another iteration, now or later. Earlier ones may not be over, and need nothing of it for now. */
  ready(vu: number): void;
  /** The VU is not ready after all; `ready` follows again. */
  busy(vu: number): void;
  /** A VU that is not ready could take one more at this very moment. True: iterate was called meanwhile; false: the moment is gone. */
  offer(vu: number): boolean;
  /** One iteration of the VU is over. */
  done(vu: number): void;
}

/** Told of every iteration that was due. All times are µs since the epoch. */
export interface LoadObserver {
  /** An iteration starts; lateness is startedAtUs − scheduledAtUs, recorded for open executors only. */
  started(slot: Slot): void;
  /** `count` iterations were due and could not be started: no VU was free, or maxDuration was over. */
  dropped(scheduledAtUs: number, count: number): void;
}

/** Time as a parameter, so that executors run in virtual time in tests. */
export interface LoadClock {
  /** µs since the epoch; monotonic within a run. */
  nowUs(): number;
  /** Calls back once, not before, but maybe a little early or late; returns a cancel function. */
  setTimer(callback: () => void, delayMs: number): () => void;
  /** Calls back in the next turn of the event loop; returns a cancel function. */
  setImmediate(callback: () => void): () => void;
}
