/**
 * Health: how busy this process's event loop was, one window after the other.
 *
 * busyUs is the time the loop spent running callbacks; it is blind to a stolen CPU, so cpuWaitUs adds what the
 * kernel knows: time this thread could have run and did not (second field of schedstat, 0 where there is none).
 * Every probe is a parameter; a window is what lies between two calls of `next()`.
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** One window; µs. */
export interface LoopHealth {
  /** Since the epoch, from the monotonic clock: windows touch and never run backwards. */
  readonly fromUs: number;
  readonly toUs: number;
  readonly wallUs: number;
  readonly busyUs: number;
  readonly cpuWaitUs: number;
  /** CPU time of the whole process, other threads included. */
  readonly cpuUs: number;
}

/** Running totals, in µs, each from any start. */
export interface HealthProbes {
  readonly nowUs: () => number;
  readonly loopActiveUs: () => number;
  readonly cpuWaitUs: () => number;
  readonly cpuUs: () => number;
}

export function createHealthMeter(probes: HealthProbes = PROCESS_PROBES): { next(): LoopHealth } {
  let last = readAll(probes);
  return {
    next(): LoopHealth {
      const before = last;
      last = readAll(probes);
      const wallUs = last.nowUs - before.nowUs;
      return {
        fromUs: before.nowUs,
        toUs: last.nowUs,
        wallUs,
        // The probes are read one after the other, so a full loop can seem busy for longer than the window is.
        busyUs: Math.min(last.loopActiveUs - before.loopActiveUs, wallUs),
        cpuWaitUs: last.cpuWaitUs - before.cpuWaitUs,
        cpuUs: last.cpuUs - before.cpuUs,
      };
    },
  };
}

/** Runnable-but-not-running time of a thread, from the text of its schedstat: `<run ns> <wait ns> <slices>`. */
export function parseCpuWaitUs(schedstat: string): number {
  const waitNs = Number(schedstat.split(' ')[1]);
  return Number.isFinite(waitNs) ? Math.round(waitNs / 1000) : 0;
}

const PROCESS_PROBES: HealthProbes = {
  nowUs: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
  loopActiveUs: () => Math.round(performance.eventLoopUtilization().active * 1000),
  cpuWaitUs: readCpuWaitUs,
  cpuUs: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
};

function readAll(probes: HealthProbes) {
  return {
    nowUs: probes.nowUs(),
    loopActiveUs: probes.loopActiveUs(),
    cpuWaitUs: probes.cpuWaitUs(),
    cpuUs: probes.cpuUs(),
  };
}

function readCpuWaitUs(): number {
  try {
    return parseCpuWaitUs(readFileSync('/proc/thread-self/schedstat', 'latin1'));
  } catch {
    return 0;
  }
}
