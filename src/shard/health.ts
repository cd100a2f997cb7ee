/**
 * Self-observation of one event loop: how busy it was, and how long it waited for a CPU.
 *
 * Busy time is the loop's active time less the pacer's polling. CPU wait is the second field of
 * /proc/thread-self/schedstat (ns this thread was runnable and not running); elsewhere than on Linux it is 0.
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

export interface LoopWindow {
  readonly wallUs: number;
  readonly busyUs: number;
  readonly cpuWaitUs: number;
}

const SCHEDSTAT = '/proc/thread-self/schedstat';

export class LoopObserver {
  readonly #schedstat: string;
  #utilisation = performance.eventLoopUtilization();
  #cpuWaitUs: number;

  constructor(schedstat = SCHEDSTAT) {
    this.#schedstat = schedstat;
    this.#cpuWaitUs = readCpuWaitUs(schedstat);
  }

  /** The window since the last call. `pollUs`: time the pacer spent polling in it. */
  take(pollUs: number): LoopWindow {
    const now = performance.eventLoopUtilization();
    const activeUs = (now.active - this.#utilisation.active) * 1000;
    const idleUs = (now.idle - this.#utilisation.idle) * 1000;
    const waitUs = readCpuWaitUs(this.#schedstat);
    const window = {
      wallUs: activeUs + idleUs,
      busyUs: Math.max(0, activeUs - pollUs),
      cpuWaitUs: Math.max(0, waitUs - this.#cpuWaitUs),
    };
    this.#utilisation = now;
    this.#cpuWaitUs = waitUs;
    return window;
  }
}

/** Of the calling thread, since it began; 0 where the file is missing or says something else. */
function readCpuWaitUs(schedstat: string): number {
  try {
    const waitNs = Number(readFileSync(schedstat, 'latin1').split(' ')[1]);
    return Number.isFinite(waitNs) ? waitNs / 1000 : 0;
  } catch {
    return 0;
  }
}
