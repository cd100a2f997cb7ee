/**
 * The schema's single values: durations, sizes, counts, and what else several parts of the scenario file use.
 */
import { z } from 'zod';
import {
  DURATION_PATTERN,
  MAX_DURATION_MS,
  MAX_MESSAGE_BYTES,
  parseDurationMs,
  parseSizeBytes,
  SIZE_PATTERN,
} from './quantities.js';

const DURATION_FORM = 'must be a duration such as `250ms`, `10s`, `2m` or `1h30m`';
const SIZE_FORM = 'must be a size such as `512B`, `4kB`, `12KiB` or `1MiB`';
const DURATION_LIMIT = 'must not be longer than 24 days, the longest a timer can hold';
const SIZE_LIMIT = 'must not be larger than 256MiB';

/** What a reply, or its absence, can be about: the classes `expect: { class }` may name (those of smtp/reply-class.ts). */
export const REPLY_CLASSES = [
  'throttled',
  'greylisted',
  'connection_limit',
  'idle_timeout',
  'mailbox_invalid',
  'mailbox_disabled',
  'quota',
  'size',
  'recipients_limit',
  'sender',
  'relay_denied',
  'policy',
  'content',
  'mail_auth',
  'smtp_auth',
  'tls',
  'system',
  'routing',
  'protocol',
  'network',
  'unclassified',
] as const;

export const duration = z.union([
  z
    .string()
    .regex(DURATION_PATTERN, { error: DURATION_FORM, abort: true })
    .refine((word) => (parseDurationMs(word) ?? 0) <= MAX_DURATION_MS, { error: DURATION_LIMIT }),
  z.int().min(0).max(MAX_DURATION_MS),
]);

export const size = z.union([
  z
    .string()
    .regex(SIZE_PATTERN, { error: SIZE_FORM, abort: true })
    .refine((word) => (parseSizeBytes(word) ?? 0) <= MAX_MESSAGE_BYTES, { error: SIZE_LIMIT }),
  z.int().min(0).max(MAX_MESSAGE_BYTES),
]);

export const positiveDuration = duration.refine((word) => parseDurationMs(word) !== 0, {
  error: 'must be longer than nothing',
});

export const positiveSize = size.refine((word) => parseSizeBytes(word) !== 0, {
  error: 'must be at least one byte',
});

export const count = z.int().min(1).max(1_000_000_000);
export const vus = z.int().min(1).max(100_000);
export const weight = z.number().min(0).max(1_000_000_000);
export const file = z.string().min(1);
export const share = z.number().min(0).max(1);
export const tags = z.record(z.string(), z.string());

const expectationObject = z.strictObject({
  outcome: z.enum(['accepted', 'rejected', 'failed']).optional().describe('What must become of the message.'),
  code: z.int().min(200).max(599).optional().describe('Basic reply code, e.g. 550.'),
  enhanced: z
    .string()
    .regex(/^[245](?:\.\d{1,3}){0,2}$/, {
      error: 'must be an enhanced status such as `5.1.1`, or the start of one',
    })
    .optional()
    .describe('Enhanced status code, e.g. 5.1.1, or the start of one such as 5.7. Quote it.'),
  class: z.enum(REPLY_CLASSES).optional().describe('What the reply is about, e.g. greylisted.'),
});

export const expectation = z
  .union([z.enum(['accepted', 'rejected', 'failed']), expectationObject])
  .optional()
  .describe('What counts as success; accepted when not given.');

/** One of them, or several that sessions use in turn. */
export function inTurn<T extends z.ZodType>(one: T) {
  return z.union([one, z.array(one).min(1)]);
}

export type DurationWord = z.output<typeof duration>;
