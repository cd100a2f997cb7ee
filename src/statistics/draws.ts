/** Draws: numbers in [0, 1) from a seed, for resampling. The same seed, the same numbers. */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export function createDraws(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  // The first ones hardly differ between seeds that hardly differ.
  for (let i = 0; i < SKIPPED; i++) generator.next();
  return () => (generator.next() >>> 0) / 2 ** 32;
}

const SKIPPED = 32;
