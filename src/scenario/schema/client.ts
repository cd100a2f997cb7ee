/** The words of `client`: how mailbench speaks. Time-out words follow RFC 5321 §4.5.3.2. */
import { z } from 'zod';
import { duration, positiveDuration } from '../../yaml/quantity-words.js';
import { ABANDON_PHASES } from '../client-options.js';
import { count, countMap, inTurn, positiveSize, REPLY_CLASSES, share } from './values.js';

const TIMEOUT_KEYS = {
  connect: 'Until the connection is open.',
  tls: 'Until the TLS handshake is done.',
  greeting: 'Until the 220 greeting.',
  command: 'Until the reply to EHLO, MAIL, RCPT and RSET.',
  auth: 'Until the reply to each step of AUTH.',
  dataInitiation: 'Until the 354 after DATA.',
  dataBlock: 'Until a block of content is taken.',
  dataTermination: 'Until the reply to the final dot.',
  quit: 'Until the reply to QUIT.',
} as const;

export type TimeoutKey = keyof typeof TIMEOUT_KEYS;

const timeouts = z.strictObject(
  Object.fromEntries(
    Object.entries(TIMEOUT_KEYS).map(([key, about]) => [key, positiveDuration.optional().describe(about)]),
  ) as Record<TimeoutKey, z.ZodOptional<typeof positiveDuration>>,
);

const port = z.int().min(1).max(65_535);

/** Of XCLIENT and XFORWARD; a port may be written as a number. */
const attributes = z.record(z.string(), z.union([z.string(), z.int()]));

const proxy = z.strictObject({
  version: z.union([z.literal(1), z.literal(2)]).describe('Version of the PROXY protocol.'),
  source: inTurn(z.string())
    .optional()
    .describe('Client address to claim, as 192.0.2.1:4711; our own when not given.'),
  destination: z.string().optional().describe('Server address to claim; the real one when not given.'),
  local: z.boolean().default(false).describe("v2: LOCAL, v1: UNKNOWN: a connection on nobody's behalf."),
});

const abandon = z.strictObject({
  phase: z.enum(ABANDON_PHASES).describe('Where sessions end.'),
  when: z
    .enum(['sent', 'reply'])
    .default('reply')
    .describe('Once the command is out (of the content: a part), or after its reply.'),
  how: z
    .enum(['quit', 'drop', 'reset', 'half-close'])
    .default('drop')
    .describe('QUIT, FIN, RST, or FIN and then wait for the server to close.'),
  contentShare: share.default(0.5).describe('CONTENT with sent: how much of it goes out.'),
  share: share.default(1).describe('Share of the sessions that end so.'),
});

const retries = z.strictObject({
  attempts: z.int().min(1).max(100).default(3).describe('Attempts in all.'),
  delay: duration.default('60s').describe('Wait before the second attempt.'),
  factor: z.number().min(1).max(10).default(1).describe('Each further wait is this much longer.'),
  classes: z
    .array(z.enum(REPLY_CLASSES))
    .default(['greylisted'])
    .describe('Classes of transient refusals to try again; all when empty.'),
  inDoubt: z
    .boolean()
    .default(false)
    .describe('Also when the content was sent and no reply came; it may then arrive twice.'),
  reusedSession: z
    .boolean()
    .default(true)
    .describe('A 421 or a close on a reused session: once more on a new one.'),
});

export const client = z.strictObject({
  kind: z
    .enum(['mailbench', 'nodemailer'])
    .default('mailbench')
    .describe("nodemailer: the same load through nodemailer's pool, for comparison."),
  ehlo: z
    .string()
    .optional()
    .describe('Name to greet with; the address literal of the connection when not given.'),
  hello: z
    .enum(['ehlo', 'helo'])
    .default('ehlo')
    .describe('helo: greet as before ESMTP; then there are no extensions.'),
  pipelining: z
    .enum(['off', 'auto', 'coalesced'])
    .default('auto')
    .describe(
      'off: one command, one reply. auto: the envelope in one write. coalesced: content and the next envelope too.',
    ),
  messagesPerSession: z
    .union([count, z.literal('unlimited'), countMap])
    .default('unlimited')
    .describe('Messages on one session: a number, {min, max}, numbers with their weights, or unlimited.'),
  timeouts: z
    .union([z.literal('rfc5321'), timeouts])
    .optional()
    .describe('One time-out per phase, or rfc5321 for those of RFC 5321 §4.5.3.2.'),
  reconnectDelay: z
    .union([positiveDuration, z.strictObject({ first: positiveDuration, max: positiveDuration })])
    .default({ first: '100ms', max: '5s' })
    .describe(
      'Wait before connecting again after a failed session: one duration, or from first doubling to max.',
    ),
  chunking: z
    .union([z.boolean(), positiveSize])
    .default(false)
    .describe('Send with BDAT (RFC 3030): in one piece, or in pieces of this size.'),
  window: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe('Transactions in flight on a session; above 1 only with chunking.'),
  limits: z
    .enum(['honour', 'ignore'])
    .default('honour')
    .describe("Whether to keep to the server's LIMITS (RFC 9422)."),
  sourceAddresses: z
    .array(z.string())
    .default([])
    .describe('Addresses of this host to connect from, in turn.'),
  sourcePorts: z
    .strictObject({ min: port, max: port })
    .optional()
    .describe("Ports of this host to connect from, in turn; the system's choice when not given."),
  xclient: inTurn(attributes)
    .optional()
    .describe('Attributes for XCLIENT (Postfix), e.g. { ADDR: 192.0.2.1 }; several are used in turn.'),
  xforward: inTurn(attributes)
    .optional()
    .describe('Attributes for XFORWARD (Postfix); several are used in turn.'),
  xclientBeforeTls: z.boolean().default(false).describe('XCLIENT before STARTTLS instead of after it.'),
  proxy: proxy.optional().describe('PROXY protocol header before anything else.'),
  thinkTime: z
    .union([duration, z.strictObject({ min: duration, max: duration })])
    .default('0s')
    .describe('Pause between two messages of a session: one duration, or {min, max}.'),
  rset: z.boolean().default(false).describe('RSET after every transaction.'),
  steps: z
    .array(z.string())
    .default([])
    .describe('Commands before every transaction: NOOP, VRFY alice, EXPN staff.'),
  bodyRate: positiveSize
    .optional()
    .describe('Bytes of content per second and session, e.g. 1KiB; as fast as possible when not given.'),
  abandon: abandon.optional().describe('End sessions on purpose in the middle.'),
  idle: z
    .strictObject({
      sessions: z.int().min(1).max(1_000_000).describe('How many.'),
      noopEvery: positiveDuration.optional().describe('NOOP on each of them this often.'),
    })
    .optional()
    .describe('Sessions held open beside the load.'),
  retries: retries
    .optional()
    .describe('Try again what was refused for now; nothing is tried again when not given.'),
});
