/**
 * The schema's single values: sizes, counts, and what else several parts of the scenario file use.
 */
import { z } from 'zod';
import { parseSizeBytes } from '../../yaml/quantities.js';
import { sizeUpTo } from '../../yaml/quantity-words.js';
import { MAX_MESSAGE_BYTES } from '../message-limits.js';

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

export const size = sizeUpTo(MAX_MESSAGE_BYTES, '256MiB');

export const positiveSize = size.refine((word) => parseSizeBytes(word) !== 0, {
  error: 'must be at least one byte',
});

export const count = z.int().min(1).max(1_000_000_000);
/** A count, or a map: {min, max}, or counts with their weights. Which of the two is left to rules/drawn-count.ts. */
export const countMap = z.record(
  z.string().regex(/^(?:min|max|[1-9]\d{0,9})$/, { error: 'must be min, max, or a whole number from 1' }),
  z.number().min(0).max(1_000_000_000),
);
export const vus = z.int().min(1).max(100_000);

/** Where there may be none for a while. */
export const vusOrNone = z.int().min(0).max(100_000);
export const weight = z.number().min(0).max(1_000_000_000);
export const file = z.string().min(1);
export const share = z.number().min(0).max(1);
export const tags = z.record(z.string(), z.string());

const outcome = z.enum(['accepted', 'rejected', 'failed']);

const expectationObject = z.strictObject({
  outcome: outcome.optional().describe('What must become of the message.'),
  code: z.int().min(200).max(599).optional().describe('Basic reply code, e.g. 550.'),
  enhanced: z
    .string()
    .regex(/^[245](?:\.\d{1,3}){0,2}$/, {
      error: 'must be an enhanced status such as `5.1.1`, or the start of one',
    })
    .optional()
    .describe('Enhanced status code, e.g. 5.1.1, or the start of one such as 5.7. Quote it.'),
  class: z.enum(REPLY_CLASSES).optional().describe('What the reply is about, e.g. greylisted.'),
  ifOffered: z
    .boolean()
    .default(false)
    .describe('Whether a message that needs what the server does not offer counts as expected too.'),
});

export const expectation = z
  .union([outcome, expectationObject])
  .optional()
  .describe('What counts as success; accepted when not given.');

/** One of them, or several that sessions use in turn. */
export function inTurn<T extends z.ZodType>(one: T) {
  return z.union([one, z.array(one).min(1)]);
}
