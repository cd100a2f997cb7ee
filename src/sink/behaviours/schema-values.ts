/** The single values of a behaviour file: chances, rates, replies, delays, blocks of addresses. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { parseSizeBytes, SIZE_PATTERN } from '../../yaml/quantities.js';
import { duration, positiveDuration, sizeUpTo } from '../../yaml/quantity-words.js';

/** One of them or several; several mean any of them. */
export function oneOrMore<T extends z.ZodType>(one: T) {
  return z.union([one, z.array(one).min(1)]);
}

export const text = z.string().regex(/^[^\p{Cc}]*$/u, { error: 'must not hold control characters' });

export const glob = text.max(320).describe('`*` stands for any characters, `?` for one.');

export const client = z
  .string()
  .refine(isBlock, { error: 'must be an address or a block such as `127.0.0.2` or `10.0.0.0/8`' });

/** An address, with a port where it is not 53. */
export const server = z.string().refine(isServer, {
  error: 'must be an address such as `127.0.0.1:5353` or `[::1]:5353`',
});

export const size = sizeUpTo(1024 * 1024 * 1024, '1GiB').refine((word) => parseSizeBytes(word) !== 0, {
  error: 'must be at least one byte',
});

export const rate = z
  .string()
  .regex(new RegExp(`${SIZE_PATTERN.source.slice(0, -1)}/s$`), {
    error: 'must be a rate such as `10KiB/s`',
    abort: true,
  })
  .refine((word) => (bytesPerSecOf(word) ?? 0) >= 1, { error: 'must be at least 1B/s' });

export const count = z.int().min(1).max(1_000_000_000);

const replyKeys = {
  code: z.int().min(200).max(599).optional().describe('Three digits.'),
  enhanced: z
    .string()
    .regex(/^(?:[245]\.\d{1,3}\.\d{1,3})?$/, { error: 'must be an enhanced status such as `5.7.1`' })
    .optional()
    .describe('Enhanced status code; "" for none. Quote it.'),
  text: z.string().max(10_000).optional().describe('Each line of it is a line of the reply.'),
};

const replyLine = z.string().regex(/^[2-5]\d\d(?: |$)/, {
  error: 'must be a reply such as `550 5.1.1 No such user`',
});

/** `550`, `550 5.1.1 No such user`, or the three parts; true where a default will do. */
export const reply = z.union([
  replyKeys.code.unwrap(),
  replyLine,
  z.literal(true),
  z.strictObject(replyKeys),
]);

export type ReplyWords = z.output<typeof reply>;
export type ReplyParts = { readonly [Part in keyof typeof replyKeys]?: z.output<(typeof replyKeys)[Part]> };

const sigma = z.number().min(0).max(10);

export const delay = z.union([
  duration,
  z.strictObject({
    fixed: duration.optional().describe('Always as long.'),
    uniform: z
      .strictObject({ min: duration.default(0), max: duration })
      .optional()
      .describe('Anything between two times, equally likely.'),
    normal: z
      .strictObject({ mean: duration, deviation: duration })
      .optional()
      .describe('Bell curve; below zero is no delay.'),
    lognormal: z
      .strictObject({ median: positiveDuration, sigma: sigma.describe('Of the logarithm; 0.5 is moderate.') })
      .optional()
      .describe('A long tail, as real servers have.'),
    exponential: z.strictObject({ mean: duration }).optional().describe('As between independent events.'),
    max: positiveDuration.optional().describe('No longer than this, whatever was drawn.'),
  }),
]);

export type DelayWords = z.output<typeof delay>;

export const greylist = z.strictObject({
  delay: positiveDuration.describe('How long after the first attempt one may come back.'),
  expire: positiveDuration
    .default('4h')
    .describe('Forgotten, and refused again, when not seen for this long.'),
  by: z
    .union([z.literal('triple'), z.array(z.enum(['client', 'helo', 'from', 'recipient'])).min(1)])
    .default('triple')
    .describe('What counts as the same; triple: client network (/24, /64), from and recipient.'),
  ...replyKeys,
});

export const throttle = z.strictObject({
  messages: count.optional().describe('So many messages…'),
  recipients: count.optional().describe('…or recipients…'),
  connections: count.optional().describe('…or connections'),
  per: positiveDuration.describe('within any interval of this length.'),
  by: z
    .array(z.enum(['client', 'from', 'recipient', 'domain', 'user']))
    .min(1)
    .optional()
    .describe('Each has a count of its own; one count for all when not given.'),
  ...replyKeys,
});

export const drop = z.union([
  z.enum(['before', 'after']),
  z.strictObject({
    at: z.enum(['before', 'after']).describe('Before the reply, or after it.'),
    how: z.enum(['close', 'reset']).default('close').describe('FIN or RST.'),
  }),
]);

const status = z
  .string()
  .regex(/^[45]\.\d{1,3}\.\d{1,3}$/, { error: 'must be an enhanced status such as `5.1.1`' });

export const bounce = z.union([
  z.literal(true),
  status,
  z.strictObject({
    after: duration.default('1s').describe('How long after the message was taken.'),
    status: status.default('5.1.1').describe('Enhanced status of the failure. Quote it.'),
    text: text.max(400).default('No such user').describe('What the server behind is said to have answered.'),
  }),
]);

export const socket = z.strictObject({
  split: size.optional().describe('What the sink writes goes out in pieces of this size…'),
  pause: positiveDuration
    .optional()
    .describe('…so far apart; without split each write is held back as long.'),
  repeat: z.int().min(2).max(1000).optional().describe('Each write goes out so many times.'),
  cut: z
    .union([
      size,
      z.strictObject({
        after: sizeUpTo(1024 * 1024 * 1024, '1GiB').describe('So many bytes are still written.'),
        how: z.enum(['close', 'reset']).default('close').describe('FIN or RST.'),
      }),
    ])
    .optional()
    .describe('The connection ends in the middle of what is written.'),
  rate: rate.optional().describe('Bandwidth, both ways.'),
  stall: z
    .union([z.literal('forever'), positiveDuration])
    .optional()
    .describe('Nothing is read or written for this long.'),
  garbage: z
    .union([size, z.strictObject({ bytes: size, text: z.boolean().default(false).describe('Printable.') })])
    .optional()
    .describe('Random bytes before the next write.'),
});

export type SocketWords = z.output<typeof socket>;

/** Bytes of `10KiB/s`; null when it is none. */
export function bytesPerSecOf(word: string): number | null {
  return word.endsWith('/s') ? parseSizeBytes(word.slice(0, -2)) : null;
}

function isServer(word: string): boolean {
  const [, bracketed, plain, port = '53'] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(word) ?? [];
  const isAddress = bracketed === undefined ? isIP(plain ?? '') === 4 : isIP(bracketed) === 6;
  return isAddress && Number(port) > 0 && Number(port) < 65_536;
}

function isBlock(word: string): boolean {
  const [, address = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(word) ?? [];
  const family = isIP(address);
  return family !== 0 && (bits === undefined || Number(bits) <= (family === 4 ? 32 : 128));
}
