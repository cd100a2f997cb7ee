/**
 * Which of the numbers 0, 1, 2, … of a scenario belong to one shard: those with n mod count = index. Used for
 * VU ids and for iteration numbers alike, so that shards need not talk to know who does what.
 */
export interface Share {
  readonly index: number;
  readonly count: number;
}

/**
 * The share when only `vus` VUs exist: shards beyond them own nothing, and the others divide all numbers among
 * themselves. Without this, 10 iterations for 1 VU on 2 shards would leave the odd ones to nobody.
 */
export function narrowedTo(shard: Share, vus: number): Share {
  return { index: shard.index, count: Math.min(shard.count, Math.max(vus, 1)) };
}

/** How many of the numbers 0 … total − 1 the share holds. */
export function sizeOf(share: Share, total: number): number {
  if (share.index >= share.count) return 0;
  return Math.max(0, Math.ceil((total - share.index) / share.count));
}

/** The i-th number of the share. */
export function numberAt(share: Share, i: number): number {
  return share.index + i * share.count;
}

/** The inverse of numberAt: which number of the share `n` is; not an integer when `n` belongs to another shard. */
export function positionOf(share: Share, n: number): number {
  return (n - share.index) / share.count;
}
