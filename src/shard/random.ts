/**
 * Draws: every random choice of a run as a pure function of (seed, scenario, number, purpose), never of a stream, so
 * that what is sent does not depend on how many shards send it.
 *
 * A fresh generator per draw, seeded by all four; neighbours in one of them give unrelated values.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Draw } from '../scenario/draw.js';

/** Draws in [0, 1) for the scenario with this index. */
export function createDraw(seed: number, scenario: number): Draw {
  const base = mix(mix(seed >>> 0, Math.floor(seed / 0x1_0000_0000)), scenario);
  return (number, purpose) => {
    const state = mix(mix(base, number >>> 0), Math.floor(number / 0x1_0000_0000) * 1_000_003 + purpose);
    const generator = xoroshiro128plus(state | 0);
    generator.next();
    return ((generator.next() >>> 0) * 0x20_0000 + ((generator.next() >>> 0) >>> 11)) / 0x20_0000_0000_0000;
  };
}

/** Mixes a 32-bit word into a state (the finaliser of MurmurHash3). */
function mix(state: number, word: number): number {
  let h = (state ^ Math.imul(word | 0, 0x9e3779b1)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
