/**
 * A server that is a queue with one counter, in virtual time: arrivals by chance (Poisson), service times by chance (exponential), first come,
 * first served. Its answer is known: the time in the system is exponential with the rate μ − λ.
 */
import type { Observation } from '#src/capacity/observation.js';
import { createDraws } from '#src/statistics/draws.js';

export interface Queue {
  /** μ: what it could do without a break, a second. */
  readonly servedPerSec: number;
  /** How much a whole trial differs from another: σ of the logarithm of μ. */
  readonly runNoise: number;
  /** Behind it, what was accepted goes on at no more than this; null: at once. */
  readonly deliveredPerSec: number | null;
  readonly draw: () => number;
}

export interface QueueTrial {
  readonly ratePerSec: number;
  readonly seconds: number;
  /** p(99) of the response time has to be below. */
  readonly limitMs: number;
}

const WARMUP_SECONDS = 2;

/** What a trial at this rate would have seen. */
export function observeQueue(queue: Queue, { ratePerSec, seconds, limitMs }: QueueTrial): Observation {
  const { draw } = queue;
  const exponential = (rate: number) => -Math.log(1 - draw()) / rate;
  const mu = queue.servedPerSec * Math.exp(queue.runNoise * normal(draw));
  const sojourns: number[] = [];
  const begun: number[] = [];
  const ended: number[] = [];
  const delivered: number[] = [];
  let free = 0;
  let freeBehind = 0;
  for (let now = exponential(ratePerSec); now < seconds; now += exponential(ratePerSec)) {
    free = Math.max(free, now) + exponential(mu);
    freeBehind =
      queue.deliveredPerSec === null ? free : Math.max(freeBehind, free) + 1 / queue.deliveredPerSec;
    begun.push(now);
    ended.push(free);
    delivered.push(freeBehind);
    if (now >= WARMUP_SECONDS) sojourns.push(1000 * (free - now));
  }
  const p99 = Float64Array.from(sojourns).sort()[Math.floor(0.99 * sojourns.length)] ?? 0;
  return {
    thresholds: [{ rule: `smtp_message_duration p(99)<${limitMs}`, ok: p99 < limitMs, value: p99 }],
    ...{ scheduled: begun.length, started: begun.length, accepted: ended.length },
    outstanding: differences(begun, ended, seconds),
    backlog: differences(ended, delivered, seconds),
    ...{ sick: null, notDrained: null },
  };
}

/** How many of `from` had happened and of `to` not, at the end of each second. */
function differences(from: readonly number[], to: readonly number[], seconds: number): number[] {
  const before = (times: readonly number[], at: number) => {
    let [low, high] = [0, times.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((times[middle] as number) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return Array.from({ length: Math.max(0, Math.floor(seconds) - WARMUP_SECONDS) }, (_, i) => {
    const at = i + 1 + WARMUP_SECONDS;
    return before(from, at) - before(to, at);
  });
}

/** Nearly normal: the sum of twelve draws. */
function normal(draw: () => number): number {
  return Array.from({ length: 12 }, draw).reduce((sum, one) => sum + one, -6);
}

export function drawsOf(seed: number): () => number {
  return createDraws(seed);
}
