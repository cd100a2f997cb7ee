/**
 * Health windows: how busy one source was and how long it waited for a CPU, as histograms of permille.
 *
 * Constant memory however long the run, exact to 0.1 %, and the order of windows makes no difference.
 */
import { Histogram } from './histogram.js';
import type { HealthSample } from './snapshot.js';

/** What one source's windows said; shares are 0 … 1. */
export interface SourceHealth {
  readonly utilisation: Shares;
  readonly cpuWait: Shares;
}

export interface Shares {
  readonly p95: number;
  readonly max: number;
}

/** A window shorter than this, such as a run's last, says nothing about a share. */
const MIN_WINDOW_US = 250_000;

export class HealthWindows {
  readonly #utilisation = new Histogram();
  readonly #cpuWait = new Histogram();

  add({ wallUs, busyUs, cpuWaitUs }: HealthSample): void {
    if (wallUs < MIN_WINDOW_US) return;
    this.#utilisation.record(permille(busyUs / wallUs));
    this.#cpuWait.record(permille(cpuWaitUs / wallUs));
  }

  /** Null when no window was long enough. */
  read(): SourceHealth | null {
    if (this.#utilisation.count === 0) return null;
    return { utilisation: shares(this.#utilisation), cpuWait: shares(this.#cpuWait) };
  }

  destroy(): void {
    this.#utilisation.destroy();
    this.#cpuWait.destroy();
  }
}

/** Clocks of the loop and of the system differ a little: no share is above 1. */
function permille(share: number): number {
  return Math.min(share, 1) * 1000;
}

function shares(histogram: Histogram): Shares {
  return { p95: histogram.percentile(95) / 1000, max: histogram.max / 1000 };
}
