/** Trace: arrivals at recorded times. */
import type { Schedule } from './pacer.js';

/** @param timesUs ascending, µs from the start */
export function traceSchedule(timesUs: readonly number[]): Schedule {
  return { first: 0, reachesUs: (count) => timesUs[count] ?? Number.POSITIVE_INFINITY };
}
