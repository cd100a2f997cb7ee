/** The smallest value that so large a share of them does not exceed: by sorting, no code shared with histograms. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length - 1e-9) - 1]!;
}
