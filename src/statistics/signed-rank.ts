/**
 * Signed-rank: whether paired differences lie around zero, where they lie, and between which bounds (Wilcoxon; Hodges and
 * Lehmann). Exact for any number of pairs, by the distribution that signs drawn at random would give.
 *
 * Pure. Differences that are zero say nothing about a sign and are left out of the test; they count in estimate and interval.
 */

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Two-sided; 1 where there is nothing but zeros. Exact with ties too: ranks are then means. */
export function signedRankP(differences: readonly number[]): number {
  const signed = differences.filter((one) => one !== 0);
  const doubled = doubledRanks(signed.map(Math.abs));
  const total = doubled.reduce((sum, rank) => sum + rank, 0);
  const positive = signed.reduce((sum, one, i) => sum + (one > 0 ? (doubled[i] as number) : 0), 0);
  const shares = sumDistribution(doubled);
  const extreme = Math.min(positive, total - positive);
  let tail = 0;
  for (let sum = 0; sum <= extreme; sum++) tail += shares[sum] as number;
  return Math.min(1, 2 * tail);
}

/** The median of all means of two (Walsh averages), each one with itself too. NaN of none. */
export function hodgesLehmann(differences: readonly number[]): number {
  return medianOfSorted(walshAverages(differences));
}

/**
 * The interval of the exact test: what it could not tell from the truth. null where there are too few pairs for it: 6 are enough
 * for 95 %, 5 for 90 %.
 */
export function signedRankInterval(differences: readonly number[], confidence: number): Interval | null {
  const averages = walshAverages(differences);
  const ranks = differences.map((_, i) => 2 * (i + 1));
  const shares = sumDistribution(ranks);
  let left = (1 - confidence) / 2;
  let cut = 0;
  while (left >= 0 && 2 * cut < shares.length) {
    left -= shares[2 * cut] as number;
    if (left >= -ROUNDING) cut++;
    else break;
  }
  if (cut === 0) return null;
  return { low: averages[cut - 1] as number, high: averages[averages.length - cut] as number };
}

const ROUNDING = 1e-12;

function walshAverages(values: readonly number[]): number[] {
  const averages = values.flatMap((a, i) => values.slice(i).map((b) => (a + b) / 2));
  return averages.sort((a, b) => a - b);
}

export function medianOfSorted(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}

/** Ranks from 1, doubled, so that the mean of two is a whole number; equal values have the mean of their ranks. */
function doubledRanks(values: readonly number[]): number[] {
  const order = values.map((value, at) => ({ value, at })).sort((a, b) => a.value - b.value);
  const ranks = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (order[to + 1]?.value === order[from]?.value) to++;
    for (let i = from; i <= to; i++) ranks[(order[i] as { at: number }).at] = from + to + 2;
    from = to + 1;
  }
  return ranks;
}

/** How likely each sum is, where every rank counts or not by the toss of a coin. */
function sumDistribution(ranks: readonly number[]): Float64Array {
  const shares = new Float64Array(ranks.reduce((sum, rank) => sum + rank, 0) + 1);
  shares[0] = 1;
  let highest = 0;
  for (const rank of ranks) {
    for (let sum = highest; sum >= 0; sum--) {
      const half = (shares[sum] as number) / 2;
      shares[sum] = half;
      shares[sum + rank] = (shares[sum + rank] as number) + half;
    }
    highest += rank;
  }
  return shares;
}
