/**
 * The words of the scenario file: one zod schema that validates, fills in defaults and becomes the JSON Schema.
 *
 * Strict at every level. Checks one value at a time and changes none: durations and sizes stay as written, because
 * what is stored with a result is the file in its own words (resolve.ts turns words into units; rules.ts holds the
 * rules across keys). Time-out words follow RFC 5321 §4.5.3.2.
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
import { ABANDON_PHASES, AUTH_METHODS } from './scenario.js';

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

const duration = z.union([
  z
    .string()
    .regex(DURATION_PATTERN, { error: DURATION_FORM, abort: true })
    .refine((word) => (parseDurationMs(word) ?? 0) <= MAX_DURATION_MS, { error: DURATION_LIMIT }),
  z.int().min(0).max(MAX_DURATION_MS),
]);

const size = z.union([
  z
    .string()
    .regex(SIZE_PATTERN, { error: SIZE_FORM, abort: true })
    .refine((word) => (parseSizeBytes(word) ?? 0) <= MAX_MESSAGE_BYTES, { error: SIZE_LIMIT }),
  z.int().min(0).max(MAX_MESSAGE_BYTES),
]);

const positiveDuration = duration.refine((word) => parseDurationMs(word) !== 0, {
  error: 'must be longer than nothing',
});

const positiveSize = size.refine((word) => parseSizeBytes(word) !== 0, {
  error: 'must be at least one byte',
});

const count = z.int().min(1).max(1_000_000_000);
const vus = z.int().min(1).max(100_000);
const weight = z.number().min(0).max(1_000_000_000);
const file = z.string().min(1);
const share = z.number().min(0).max(1);
const tlsVersion = z.enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']);
const tags = z.record(z.string(), z.string());

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

const expectation = z
  .union([z.enum(['accepted', 'rejected', 'failed']), expectationObject])
  .optional()
  .describe('What counts as success; accepted when not given.');

const target = z.strictObject({
  url: z
    .string()
    .optional()
    .describe(
      'smtp://, smtps:// or lmtp:// with host and port, smtp+unix:///path, lmtp+unix:///path, smtp+mx://domain, or embedded (the default: mailbench starts a server of its own).',
    ),
  urls: z
    .record(z.string(), weight)
    .optional()
    .describe('Several targets instead of url: a map of URL to weight. A session takes one.'),
  dns: z
    .strictObject({
      lookup: z
        .enum(['once', 'session'])
        .default('once')
        .describe('Look a name up once, or again for every connection.'),
      family: z.enum(['any', 'ipv4', 'ipv6']).default('any').describe('Addresses to use.'),
      servers: z
        .array(z.string())
        .default([])
        .describe('Name servers to ask, as 127.0.0.1:5353; those of the system when empty.'),
    })
    .prefault({})
    .describe('How names become addresses.'),
  tls: z
    .strictObject({
      mode: z
        .enum(['none', 'opportunistic', 'starttls', 'implicit'])
        .optional()
        .describe('none unless given; implicit with smtps://.'),
      verify: z.boolean().default(true).describe('Whether the certificate must be valid for the host.'),
      fallback: z
        .boolean()
        .default(false)
        .describe('With opportunistic only: go on in plain text when the handshake fails.'),
      minVersion: tlsVersion.default('TLSv1.2').describe('Oldest version to agree to.'),
      maxVersion: tlsVersion.default('TLSv1.3').describe('Newest version to agree to.'),
      ciphers: z.string().min(1).optional().describe("OpenSSL cipher list; Node's when not given."),
      servername: z
        .string()
        .min(1)
        .optional()
        .describe(
          'Name to ask for (SNI) and to find in the certificate; the host of the URL when not given.',
        ),
      ca: file.optional().describe("Certificate authorities to trust instead of Node's, a PEM file."),
      cert: file.optional().describe('Client certificate with its chain, a PEM file.'),
      key: file.optional().describe('Its private key, a PEM file.'),
      passphrase: z.string().optional().describe('Of the private key; take it from the environment.'),
      resumption: z
        .boolean()
        .default(true)
        .describe('Whether a VU resumes its earlier TLS session with the same target.'),
    })
    .prefault({})
    .describe('TLS on the way to the target.'),
  auth: z
    .strictObject({
      method: z.enum(AUTH_METHODS).default('plain').describe('SASL mechanism.'),
      user: z.string().min(1).optional().describe('User name.'),
      pass: z.string().optional().describe('Password; take it from the environment: "${SMTP_PASS}".'),
      token: z.string().min(1).optional().describe('Access token, for xoauth2 and oauthbearer.'),
      authzid: z.string().min(1).optional().describe('Whom to act as; the user itself when not given.'),
      users: file
        .optional()
        .describe('CSV file with a header line: user, and pass or token, and authzid. VU n is user n.'),
      initialResponse: z
        .boolean()
        .default(true)
        .describe('Send the first answer together with AUTH, where the mechanism has one.'),
      allowPlaintext: z.boolean().default(false).describe('Send a password or token without TLS.'),
    })
    .optional()
    .describe('Credentials for AUTH.'),
  authorized: z
    .boolean()
    .default(false)
    .describe('Your word that you may load a target off loopback, or mail domains that are not reserved.'),
});

/** One of them, or several that sessions use in turn. */
function inTurn<T extends z.ZodType>(one: T) {
  return z.union([one, z.array(one).min(1)]);
}

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

const client = z.strictObject({
  kind: z
    .enum(['mailbench', 'nodemailer'])
    .default('mailbench')
    .describe("nodemailer: the same load through nodemailer's pool, for comparison."),
  ehlo: z
    .string()
    .optional()
    .describe('Name to greet with; the address literal of the connection when not given.'),
  pipelining: z
    .enum(['off', 'auto', 'coalesced'])
    .default('auto')
    .describe(
      'off: one command, one reply. auto: the envelope in one write. coalesced: content and the next envelope too.',
    ),
  messagesPerSession: z
    .union([count, z.literal('unlimited'), z.strictObject({ min: count, max: count })])
    .default('unlimited')
    .describe('Messages on one session: a number, {min, max}, or unlimited.'),
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
  xclient: inTurn(attributes)
    .optional()
    .describe('Attributes for XCLIENT (Postfix), e.g. { ADDR: 192.0.2.1 }; several are used in turn.'),
  xforward: inTurn(attributes)
    .optional()
    .describe('Attributes for XFORWARD (Postfix); several are used in turn.'),
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

const attachment = z.strictObject({
  path: z.string().min(1).describe('The file, relative to the scenario file.'),
  filename: z.string().min(1).optional().describe("The name to send; the file's own when not given."),
  contentType: z
    .string()
    .regex(/^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/, {
      error: 'must be a media type such as `application/pdf`',
    })
    .optional()
    .describe('Media type; guessed from the name when not given.'),
});

const template = z.strictObject({
  subject: z.string().default('mailbench {{seq}}').describe('May hold {{seq}}.'),
  text: z.string().optional().describe('Plain text body; may hold {{seq}}.'),
  html: z.string().optional().describe('HTML body; may hold {{seq}}.'),
  headers: z.record(z.string(), z.string()).default({}).describe('Further header fields, in order.'),
  attachments: z.array(attachment).default([]).describe('Files to attach.'),
});

const message = z.strictObject({
  weight: weight.default(1).describe('Share of this entry in the mix.'),
  size: size.optional().describe('Size of the whole message (RFC 1870), generated text.'),
  template: template.optional().describe('A message composed from these parts.'),
  expect: expectation,
});

const recipientObject = z.strictObject({
  weight: weight.default(1).describe('Share of this entry in the mix.'),
  address: z
    .string()
    .optional()
    .describe('May hold {{n}} (1 to users), {{domain}} (drawn by weight) and {{seq}}.'),
  domains: z
    .union([z.array(z.string()), z.record(z.string(), weight)])
    .default([])
    .describe('Domains for {{domain}}: a list, or a map of name to weight.'),
  users: count.default(1000).describe('How many different {{n}} there are.'),
  perMessage: z.int().min(1).max(50_000).default(1).describe('Recipients of each message, all different.'),
  expect: expectation,
});

const envelope = z.strictObject({
  from: z
    .string()
    .default('bounce-{{seq}}@sender.example.test')
    .describe('Reverse-path; may hold {{seq}}; "" is the null reverse-path.'),
  to: z
    .union([z.string(), recipientObject, z.array(recipientObject).min(1)])
    .default({ address: 'user{{n}}@rcpt.example.test', weight: 1, domains: [], users: 1000, perMessage: 1 })
    .describe('Forward-path: an address, an entry, or a weighted list of entries.'),
  body: z
    .enum(['auto', '7bit', '8bitmime', 'binarymime'])
    .default('auto')
    .describe('BODY= of MAIL (RFC 6152, RFC 3030); auto: 8BITMIME where needed.'),
  smtputf8: z
    .enum(['auto', 'force'])
    .default('auto')
    .describe('SMTPUTF8 (RFC 6531): where needed, or always.'),
  dsn: z
    .strictObject({
      notify: z
        .union([z.literal('never'), z.array(z.enum(['success', 'failure', 'delay'])).min(1)])
        .optional()
        .describe('NOTIFY= of RCPT.'),
      ret: z.enum(['full', 'hdrs']).optional().describe('RET= of MAIL.'),
      envid: z.string().min(1).optional().describe('ENVID= of MAIL; may hold {{seq}}.'),
      orcpt: z.boolean().default(false).describe('ORCPT= of RCPT, with the recipient.'),
    })
    .optional()
    .describe('Delivery status notifications (RFC 3461).'),
  requireTls: z.boolean().default(false).describe('REQUIRETLS (RFC 8689).'),
  deliverBy: z
    .strictObject({
      seconds: z.int().min(-999_999_999).max(999_999_999).describe('Time to deliver.'),
      mode: z.enum(['return', 'notify']).default('return').describe('What the server does then.'),
      trace: z.boolean().default(false).describe('Ask for a trace.'),
    })
    .optional()
    .describe('BY= of MAIL (RFC 2852).'),
  priority: z.int().min(-9).max(9).optional().describe('MT-PRIORITY= of MAIL (RFC 6710).'),
  prdr: z.boolean().default(false).describe('PRDR: a final reply for each recipient.'),
  mailParameters: z
    .array(z.string().min(1))
    .default([])
    .describe('Further parameters of MAIL, as they stand.'),
  rcptParameters: z
    .array(z.string().min(1))
    .default([])
    .describe('Further parameters of RCPT, as they stand.'),
});

const common = {
  startTime: duration.default('0s').describe('When this executor starts, from the start of the run.'),
  gracefulStop: duration
    .default('30s')
    .describe('How long iterations in flight may take to finish at the end.'),
  warmup: duration.default('0s').describe('Run but not counted.'),
  iteration: z
    .enum(['message', 'session'])
    .default('message')
    .describe('What a VU does once: one mail transaction, or one whole session.'),
  tags: tags.default({}).describe('Tags for this executor.'),
};

const byIterations = {
  vus: vus.default(1).describe('Virtual users.'),
  maxDuration: positiveDuration.default('10m').describe('When to stop in any case.'),
  ...common,
};

/** The executors there are; each name with the keys it takes. */
export const EXECUTORS = {
  'shared-iterations': z.strictObject({
    executor: z.literal('shared-iterations').describe('A number of iterations, shared by all VUs.'),
    iterations: count.default(1).describe('For all VUs together.'),
    ...byIterations,
  }),
  'per-vu-iterations': z.strictObject({
    executor: z.literal('per-vu-iterations').describe('A number of iterations for each VU.'),
    iterations: count.default(1).describe('For each VU.'),
    ...byIterations,
  }),
  'constant-vus': z.strictObject({
    executor: z.literal('constant-vus').describe('Each VU iterates as fast as it can for a time.'),
    vus: vus.default(1).describe('Virtual users.'),
    duration: positiveDuration.describe('How long iterations start.'),
    ...common,
  }),
  'constant-arrival-rate': z.strictObject({
    executor: z
      .literal('constant-arrival-rate')
      .describe('Iterations start at a rate, however long each one takes.'),
    rate: z.number().gt(0, { error: 'must be above 0' }).describe('Iterations per timeUnit.'),
    timeUnit: positiveDuration.default('1s').describe('The time that rate is for.'),
    arrival: z
      .enum(['uniform', 'poisson'])
      .default('uniform')
      .describe('Evenly spaced, or at random as callers do.'),
    duration: positiveDuration.describe('How long iterations start.'),
    preAllocatedVUs: vus.describe('VUs made before the start.'),
    maxVUs: vus.optional().describe('VUs there may be at most; preAllocatedVUs when not given.'),
    ...common,
  }),
} as const;

export type ExecutorName = keyof typeof EXECUTORS;

export const EXECUTOR_NAMES = Object.keys(EXECUTORS) as ExecutorName[];

const executor = z.discriminatedUnion('executor', [
  EXECUTORS['shared-iterations'],
  EXECUTORS['per-vu-iterations'],
  EXECUTORS['constant-vus'],
  EXECUTORS['constant-arrival-rate'],
]);

const threshold = z.union([
  z.string(),
  z.strictObject({
    threshold: z.string().describe('e.g. p(99)<250'),
    abortOnFail: z.boolean().default(false).describe('End the run as soon as it fails.'),
    delayAbortEval: duration.default('0s').describe('Let this time pass before ending the run.'),
  }),
]);

/** The whole file. */
export const scenarioWords = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[^\p{Cc}]*$/u, { error: 'must be one line without control characters' })
    .optional()
    .describe('Name of the run; the name of the file when not given.'),
  seed: z.int().min(0).max(4_294_967_295).optional().describe('Seed of every draw; random when not given.'),
  tags: tags.default({}).describe('Tags stored with the run.'),
  target: target.prefault({}).describe('The server to load.'),
  client: client.prefault({}).describe('How mailbench speaks.'),
  messages: z
    .array(message)
    .min(1)
    .default([{ weight: 1, size: '4KiB' }])
    .describe('Weighted mix of what is sent.'),
  envelope: envelope.prefault({}).describe('From whom, to whom.'),
  scenarios: z
    .record(
      z.string().regex(/^[\w-]{1,64}$/, { error: 'must be a name of letters, digits, `_` and `-`' }),
      executor,
    )
    .refine((map) => Object.keys(map).length > 0, { error: 'must hold at least one executor' })
    .prefault({ default: { executor: 'shared-iterations' } })
    .describe('When to send: executors by name.'),
  thresholds: z
    .record(z.string(), z.union([threshold, z.array(threshold).min(1)]))
    .default({})
    .describe('What must hold, by metric.'),
});

/** A scenario file with its defaults filled in. */
export type ScenarioWords = z.output<typeof scenarioWords>;
export type MessageWords = ScenarioWords['messages'][number];
export type TemplateWords = NonNullable<MessageWords['template']>;
export type RecipientWords = z.output<typeof recipientObject>;
export type ExecutorWords = ScenarioWords['scenarios'][string];
export type ExpectationWords = NonNullable<MessageWords['expect']>;
export type ThresholdWords = z.output<typeof threshold>;
export type DurationWord = z.output<typeof duration>;
