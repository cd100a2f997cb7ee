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

export class LoopObserver {
  #utilisation = performance.eventLoopUtilization();
  #cpuWaitUs = readCpuWaitUs();

  /** The window since the last call. `pollUs`: time the pacer spent polling in it. */
  take(pollUs: number): LoopWindow {
    const now = performance.eventLoopUtilization();
    const activeUs = (now.active - this.#utilisation.active) * 1000;
    const idleUs = (now.idle - this.#utilisation.idle) * 1000;
    const waitUs = readCpuWaitUs();
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

function readCpuWaitUs(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[1]) / 1000;
  } catch {
    return 0;
  }
}
