/**
 * The clocks of a sink. Monotonic time is the machine's: the same in all its processes, so that what one worker saw can be
 * compared with what another saw. The wall clock is read once, when the process starts: a step of it never shows in receipts.
 */
import { performance } from 'node:perf_hooks';

export interface SinkClock {
  /** Monotonic, ms. */
  nowMs(): number;
  /** Since the epoch; never runs backwards. */
  wallUs(): number;
}

/** From the start of this process's clock to that of the machine's, which hrtime counts from. */
const OFFSET_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

export const MACHINE_CLOCK: SinkClock = {
  nowMs: () => OFFSET_MS + performance.now(),
  wallUs: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
};
