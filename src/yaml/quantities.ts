/**
 * Durations and sizes as people write them: `10s`, `1h30m`, `12KiB`.
 *
 * A bare number is milliseconds or bytes. k6's duration units (ms, s, m, h, and d) in falling order, each at most
 * once; decimal (`kB`) and binary (`KiB`) sizes are told apart, as in IEC 80000-13. Results are whole numbers.
 */

/** Longest time a Node timer can hold (2^31 − 1 ms, 24.8 days); a longer one would fire at once. */
export const MAX_DURATION_MS = 2_147_483_647;

export const DURATION_PATTERN =
  /^(?=\d)(?:\d+(?:\.\d+)?d)?(?:\d+(?:\.\d+)?h)?(?:\d+(?:\.\d+)?m(?!s))?(?:\d+(?:\.\d+)?s)?(?:\d+(?:\.\d+)?ms)?$/;

export const SIZE_PATTERN = /^\d+(?:\.\d+)? ?(?:B|kB|KB|MB|GB|KiB|MiB|GiB)$/;

const DURATION_UNITS_MS: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};

const SIZE_UNITS_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1000,
  KB: 1000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
};

/** Milliseconds, rounded to whole ones; null when it is no duration. */
export function parseDurationMs(word: string | number): number | null {
  if (typeof word === 'number') return Number.isSafeInteger(word) && word >= 0 ? word : null;
  if (!DURATION_PATTERN.test(word)) return null;
  let totalMs = 0;
  for (const [, count, unit] of word.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)) {
    totalMs += Number(count) * (DURATION_UNITS_MS[unit ?? ''] ?? Number.NaN);
  }
  return Math.round(totalMs);
}

/** Bytes, rounded to whole ones; null when it is no size. */
export function parseSizeBytes(word: string | number): number | null {
  if (typeof word === 'number') return Number.isSafeInteger(word) && word >= 0 ? word : null;
  if (!SIZE_PATTERN.test(word)) return null;
  const unit = word.replace(/^[\d. ]+/, '');
  return Math.round(Number.parseFloat(word) * (SIZE_UNITS_BYTES[unit] ?? Number.NaN));
}
