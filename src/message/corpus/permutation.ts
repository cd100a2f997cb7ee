/**
 * Permutation: an order in which each of `count` things comes once, from four numbers, without a table of them.
 *
 * A Feistel network over the next even number of bits, walked again from wherever it leaves the range, which keeps it one to
 * one. So any shard knows what message n sends, and a million messages cost no memory.
 */

/** `keys` are four whole numbers of 32 bits. Returns a number below `count` for each `position` below `count`. */
export function permuted(position: number, count: number, keys: readonly number[]): number {
  const halfBits = Math.max(1, Math.ceil(Math.log2(Math.max(2, count)) / 2));
  const mask = 2 ** halfBits - 1;
  let at = position;
  do {
    let left = Math.floor(at / (mask + 1));
    let right = at % (mask + 1);
    for (const key of keys) [left, right] = [right, (left ^ (mixed(right ^ key) & mask)) >>> 0];
    at = left * (mask + 1) + right;
  } while (at >= count);
  return at;
}

/** The finaliser of MurmurHash3. */
function mixed(word: number): number {
  let h = word >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
