/**
 * The words of a behaviour file: one zod schema that validates and becomes the JSON Schema.
 *
 * Strict at every level; checks one value at a time and changes none. Rules across keys are in rules.ts, units and
 * defaults in resolve.ts.
 */
import { z } from 'zod';
import { chance, positiveDuration } from '../../yaml/quantity-words.js';
import { zoneSchema } from '../authentication/names.js';
import {
  ARC_RESULTS,
  DKIM_RESULTS,
  DMARC_POLICIES,
  DMARC_RESULTS,
  PTR_RESULTS,
  SPF_RESULTS,
} from '../authentication/results.js';
import { VERBS } from '../event.js';
import {
  bounce,
  client,
  count,
  delay,
  drop,
  glob,
  greylist,
  oneOrMore,
  rate,
  reply,
  server,
  size,
  socket,
  text,
  throttle,
} from './schema-values.js';

function result<const Words extends readonly [string, ...string[]]>(words: Words, about: string) {
  return oneOrMore(z.enum([...words, 'not-pass']))
    .optional()
    .describe(about);
}

const authentication = z.strictObject({
  spf: result(SPF_RESULTS, 'From MAIL on.'),
  dkim: result(DKIM_RESULTS, 'CONTENT only.'),
  dmarc: result(DMARC_RESULTS, 'CONTENT only.'),
  policy: oneOrMore(z.enum(DMARC_POLICIES))
    .optional()
    .describe('CONTENT only: what the DMARC record asks for.'),
  arc: result(ARC_RESULTS, 'CONTENT only.'),
  ptr: result(PTR_RESULTS, "The client's address has a name that leads back to it."),
});

const when = z.strictObject({
  verb: oneOrMore(z.enum(VERBS)).optional().describe('What the client just did.'),
  recipient: oneOrMore(glob).optional().describe('Address, e.g. vip*@*; over SMTP any recipient will do.'),
  domain: oneOrMore(glob).optional().describe('Domain of a recipient, e.g. *.example.test.'),
  from: oneOrMore(glob).optional().describe('Reverse-path; "" is the null one.'),
  helo: oneOrMore(glob).optional().describe('The name in HELO, EHLO or LHLO.'),
  user: oneOrMore(glob).optional().describe('Who signed in; "" is nobody.'),
  client: oneOrMore(client).optional().describe("The client's address, or a block such as 127.0.0.2/32."),
  tls: z.boolean().optional().describe('Whether the session is encrypted.'),
  largerThan: size.optional().describe('At MAIL the size declared, at CONTENT as it is.'),
  contains: oneOrMore(z.string().min(1).max(1_000))
    .optional()
    .describe('CONTENT only: the message holds this text, as it came.'),
  recipientsOver: count.optional().describe('More recipients than this, at RCPT with the one it names.'),
  numbers: z
    .array(z.int().min(0).max(9_999_999_999))
    .min(1)
    .optional()
    .describe('Messages of mailbench with exactly these numbers.'),
  every: count.optional().describe('Messages of mailbench whose number is a multiple of this.'),
  first: count.optional().describe('Messages of mailbench with numbers below this.'),
  chance: chance.optional().describe('So many of those that match otherwise, drawn from the seed.'),
  times: count.optional().describe('Only so many times for the same message (or envelope, or client).'),
  after: positiveDuration.optional().describe('Only from so long after the first connection on.'),
  until: positiveDuration.optional().describe('Only until so long after the first connection.'),
  authentication: authentication.optional().describe('What SPF, DKIM, DMARC and DNS say.'),
});

export const behaviourWords = z.strictObject({
  name: text
    .regex(/^[^/]{1,64}$/, { error: 'must be 1 to 64 characters without `/`' })
    // Counts are objects by name, and these every object has already.
    .refine((name) => !(name in {}), { error: 'must be another name: JavaScript has one like it' })
    .optional()
    .describe('For counters, and a part of every draw; made from outcome and position when not given.'),
  when: when.default({}).describe('All of it must hold.'),
  delay: delay.optional().describe('Wait before anything else.'),
  read: rate
    .optional()
    .describe('Read no faster than this, to the end of the transaction (at CONNECT: session).'),
  socket: socket.optional().describe('Faults of the connection itself, from here on.'),
  reject: reply.optional().describe('A 5yz reply.'),
  defer: reply.optional().describe('A 4yz reply.'),
  reply: reply.optional().describe('Any other reply.'),
  close: reply.optional().describe('A reply, by default 421, and the end of the connection.'),
  greylist: greylist.optional().describe('Refuse for now what was never seen before.'),
  throttle: throttle.optional().describe('Refuse for now what is above a rate.'),
  bounce: bounce.optional().describe('Accept, and send a DSN later.'),
  lose: z.literal(true).optional().describe('Accept, and forget the message.'),
  twice: z.literal(true).optional().describe('Accept, and deliver it twice.'),
  addresses: z.literal(true).optional().describe('Do what the recipient address says, e.g. 450-…@.'),
  drop: drop.optional().describe('End the connection before or after the reply.'),
});

export const behavioursFile = z.strictObject({
  seed: z.int().min(0).max(4_294_967_295).optional().describe("Of chance; overrides the command line's."),
  dns: server.optional().describe('The name server that authentication checks ask; there is no default.'),
  zone: zoneSchema
    .optional()
    .describe('Records for authentication checks, by name and type, instead of a name server.'),
  profile: text
    .optional()
    .describe('A receiver to behave like; its behaviours come after those of the file.'),
  behaviours: z.array(behaviourWords).default([]).describe('Looked at in this order.'),
});

export type FileWords = z.output<typeof behavioursFile>;
export type BehaviourWords = z.output<typeof behaviourWords>;
export type WhenWords = BehaviourWords['when'];
export type AuthenticationWords = NonNullable<WhenWords['authentication']>;
