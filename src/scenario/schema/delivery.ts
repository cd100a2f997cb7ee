/** The words of `delivery` and `actions`: how it is proved what arrived, and what happens to the server meanwhile. */
import { z } from 'zod';
import { duration, positiveDuration } from '../../yaml/quantity-words.js';
import { file, share } from './values.js';

const HOST_PORT = /^(?:\[[0-9A-Fa-f:.]+\]|[^:\s[\]]+):\d{1,5}$/;

const WITHOUT_CREDENTIALS = /^(?!https?:\/\/[^/?#]*@)/i;

const PORT = { error: 'must have a port from 1 to 65535' };

const hostPort = z
  .string()
  .regex(HOST_PORT, { error: 'must be HOST:PORT, such as `127.0.0.1:2600`' })
  .refine(hasPort, PORT);

/** Shell takes no NUL, and no line of a file can hold one. */
const command = z
  .string()
  .min(1)
  .regex(/^[^\0]*$/, { error: 'must not hold a NUL' });

const folders = z
  .strictObject({
    inbox: z.array(z.string().min(1)).default(['INBOX']).describe('Where good mail goes.'),
    junk: z.array(z.string().min(1)).default(['Junk', 'Spam']).describe('Where suspicious mail goes.'),
    other: z.array(z.string().min(1)).default([]).describe('Further folders to look in.'),
  })
  .prefault({})
  .describe('Names of folders, by what they are for.');

const account = z.strictObject({
  user: z.string().min(1).describe('Name to sign in with.'),
  pass: z.string().min(1).describe('Its password.'),
  address: z.string().default('').describe('Whose mailbox it is, where the messages do not say.'),
});

const sink = z.strictObject({
  listen: hostPort
    .optional()
    .describe('The run starts a sink here, for the server under test to deliver to.'),
  receipts: z
    .array(z.string().min(1).regex(WITHOUT_CREDENTIALS, { error: 'must not hold a user or a password' }))
    .min(1)
    .optional()
    .describe('Of sinks that run already: files, or URLs of their control interface.'),
  protocol: z.enum(['smtp', 'lmtp']).default('smtp').describe('What the sink that listens speaks.'),
  behaviours: file.optional().describe('A file of behaviours for the sink of the run.'),
  auth: z
    .strictObject({
      user: z.string().min(1).describe('User name.'),
      pass: z.string().min(1).describe('Password; take it from the environment: "${SMTP_PASS}".'),
    })
    .optional()
    .describe('The sink of the run offers AUTH to this user, and takes mail from nobody else.'),
  bounceTo: z
    .string()
    .regex(/^smtp:\/\/[^\s/@]+:\d{1,5}$/, { error: 'must be smtp://HOST:PORT' })
    .refine(hasPort, PORT)
    .optional()
    .describe('Where the sink sends its bounces, smtp://HOST:PORT.'),
});

const imap = z.strictObject({
  url: z
    .string()
    .regex(/^imaps?:\/\/(?:\[[0-9A-Fa-f:.]+\]|[^:/@\s]+)(?::\d{1,5})?\/?$/, {
      error: 'must be imap://HOST:PORT or imaps://HOST:PORT, without a user',
    })
    .refine((url) => URL.canParse(url) && new URL(url).port !== '0', PORT)
    .describe('imap://HOST:PORT, or imaps:// for TLS from the first byte.'),
  tls: z.enum(['none', 'starttls']).default('none').describe('With imap://: whether to say STARTTLS.'),
  verify: z.boolean().default(true).describe('Whether the certificate must be valid.'),
  accounts: z.array(account).min(1).describe('The mailboxes to look in.'),
  folders,
});

const maildir = z.strictObject({
  path: z
    .string()
    .min(1)
    .regex(/^(?:(?!\{\{).|\{\{(?:address|user|domain)\}\})*$/, {
      error: 'must hold no other placeholders than {{address}}, {{user}} and {{domain}}',
    })
    .describe('One Maildir for each recipient: may hold {{address}}, {{user}} and {{domain}}.'),
  folders,
});

const place = z.enum(['sink', 'imap', 'maildir']);

export const delivery = z.strictObject({
  expect: place.describe('Where copies are looked for.'),
  bounces: place.optional().describe('Where the return path leads, so that bounces are seen.'),
  sink: sink.optional().describe('The receiving server.'),
  imap: imap.optional().describe('Mailboxes on an IMAP server.'),
  maildir: maildir.optional().describe('Mailboxes in the file system.'),
  wait: positiveDuration
    .default('60s')
    .describe('How long to wait after the last message; less when everything arrived.'),
  late: positiveDuration.optional().describe('A copy that took longer is late; `wait` when not given.'),
  sample: share.default(1).describe('Share of the messages in mailboxes whose body is compared.'),
  queue: command.optional().describe("Shell command that prints the size of the server's queue."),
});

export const action = z.strictObject({
  at: duration.describe('When, from the start of the run.'),
  name: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[^\p{Cc}]*$/u, { error: 'must be one line without control characters' })
    .describe('What it is called in journal and charts.'),
  run: command.describe('Shell command, run in the folder of the scenario file.'),
});

export type DeliveryWords = z.output<typeof delivery>;
export type ActionWords = z.output<typeof action>;

function hasPort(text: string): boolean {
  const port = Number(text.slice(text.lastIndexOf(':') + 1));
  return port >= 1 && port <= 65_535;
}
