/**
 * A clock that stands still while this process does, so that a busy machine is not taken for a silent server.
 *
 * Between two looks at it at most GAP_US pass, and it is looked at every 10 ms: time-outs of 200 ms then need many turns
 * of the event loop, each of which would have brought a reply that was there.
 */
import type { LoadClock } from '#src/load/workload.js';
import { type ClockAnchor, createRealClock } from '#src/shard/real-clock.js';

const GAP_US = 30_000;

export function createSteadyClock(anchor: ClockAnchor): LoadClock {
  const real = createRealClock(anchor);
  let seenUs = real.nowUs();
  let skippedUs = 0;
  const nowUs = () => {
    const realUs = real.nowUs();
    skippedUs += Math.max(0, realUs - seenUs - GAP_US);
    seenUs = realUs;
    return realUs - skippedUs;
  };
  setInterval(nowUs, 10).unref();
  return { ...real, nowUs };
}
