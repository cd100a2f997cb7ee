/** Plan: how many such servers a demand needs, with each step of the arithmetic. Pure. */
import type { Demand } from '../../result/capacity.js';

export interface Plan extends Demand {
  readonly averagePerSec: number;
  readonly peakPerSec: number;
  /** Of one server, with its headroom left. */
  readonly usablePerSec: number;
  readonly servers: number;
}

const SECONDS_A_DAY = 86_400;

export const USUAL: Omit<Demand, 'messagesPerDay'> = { peakFactor: 4, headroom: 0.3 };

/** What is planned for where nobody said. */
export const VOLUMES = [100_000, 1_000_000, 10_000_000, 100_000_000];

/** `messagesPerSec`: what one server sustains. */
export function planFor(demand: Demand, messagesPerSec: number): Plan {
  const averagePerSec = demand.messagesPerDay / SECONDS_A_DAY;
  const peakPerSec = averagePerSec * demand.peakFactor;
  const usablePerSec = messagesPerSec * (1 - demand.headroom);
  return {
    ...demand,
    averagePerSec,
    peakPerSec,
    usablePerSec,
    servers: Math.ceil(peakPerSec / usablePerSec),
  };
}
