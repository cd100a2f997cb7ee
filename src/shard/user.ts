/**
 * User: what load drives on a shard, whatever it sends with. The shard makes them; nobody else knows which kind they are.
 *
 * Whoever implements it reports each iteration as `done` once, says `ready` when it can take another, and tells what
 * became of each message with settleMessage, so that all kinds are counted alike.
 */
import type { LoadControl, Slot } from '../load/workload.js';
import type { OutgoingMessage } from '../message/source.js';
import type { Measurements } from './measurements.js';
import type { MessageReports } from './message-report.js';

export interface User {
  iterate(slot: Slot): void;
  /** No further iteration comes: end its sessions politely. */
  retire(): void;
  /** Cuts off what is in flight; `done` follows for each. */
  interrupt(): void;
  /** Whether connections of its own are still open. */
  readonly hasSession: boolean;
}

/** What all users of one executor share. */
export interface UserContext {
  readonly runId: string;
  readonly iteration: 'message' | 'session';
  readonly measurements: Measurements;
  readonly reports: MessageReports;
  readonly load: LoadControl;
  /** Start of the steady state, µs since the epoch: what was due before is warm-up. */
  readonly steadyFromUs: () => number;
  /** µs since the epoch. */
  readonly nowUs: () => number;
  /** The k-th message of an iteration. */
  readonly compose: (iteration: number, index: number, isWarmup: boolean) => OutgoingMessage;
  /** Messages of the session that begins with this one. */
  readonly messagesPerSession: (number: number) => number;
  /** `refused`: indexes of the recipients it was not accepted for. */
  readonly accepted: (number: number, refused: readonly number[]) => void;
  /** Calls back after a while; returns a cancel function. */
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
}
