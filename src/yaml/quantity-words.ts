/**
 * Durations, sizes and shares as words of a schema: kept as written, checked by quantities.ts.
 */
import { z } from 'zod';
import { BugError } from '../errors.js';
import {
  DURATION_PATTERN,
  MAX_DURATION_MS,
  parseDurationMs,
  parseSizeBytes,
  SIZE_PATTERN,
} from './quantities.js';

const DURATION_FORM = 'must be a duration such as `250ms`, `10s`, `2m` or `1h30m`';
const SIZE_FORM = 'must be a size such as `512B`, `4kB`, `12KiB` or `1MiB`';
const DURATION_LIMIT = 'must not be longer than 24 days, the longest a timer can hold';

export const duration = z.union([
  z
    .string()
    .regex(DURATION_PATTERN, { error: DURATION_FORM, abort: true })
    .refine((word) => (parseDurationMs(word) ?? 0) <= MAX_DURATION_MS, { error: DURATION_LIMIT }),
  z.int().min(0).max(MAX_DURATION_MS),
]);

export const positiveDuration = duration.refine((word) => parseDurationMs(word) !== 0, {
  error: 'must be longer than nothing',
});

/** `limit`: the same in words, such as `256MiB`. */
export function sizeUpTo(maxBytes: number, limit: string) {
  return z.union([
    z
      .string()
      .regex(SIZE_PATTERN, { error: SIZE_FORM, abort: true })
      .refine((word) => (parseSizeBytes(word) ?? 0) <= maxBytes, {
        error: `must not be larger than ${limit}`,
      }),
    z.int().min(0).max(maxBytes),
  ]);
}

/** A share of all: `10%` or 0.1. */
export const chance = z.union([
  z.string().regex(/^(?:100(?:\.0+)?|\d{1,2}(?:\.\d+)?)%$/, {
    error: 'must be a share such as `10%`, `0.5%` or 0.1',
  }),
  z.number().min(0).max(1),
]);

export type DurationWord = z.output<typeof duration>;

/** Milliseconds of a word that the schema took. */
export function toMs(word: DurationWord): number {
  const durationMs = parseDurationMs(word);
  if (durationMs === null) throw new BugError(`duration passed the schema: ${word}`);
  return durationMs;
}

/** Bytes of a word that the schema took. */
export function toBytes(word: string | number): number {
  const sizeBytes = parseSizeBytes(word);
  if (sizeBytes === null) throw new BugError(`size passed the schema: ${word}`);
  return sizeBytes;
}

/** From 0 to 1. */
export function toShare(word: string | number): number {
  return typeof word === 'number' ? word : Number.parseFloat(word) / 100;
}
