/** The words of `messages` and `envelope`: what is sent, from whom, to whom. */
import { z } from 'zod';
import { dkim } from './dkim.js';
import { count, countMap, expectation, file, size, weight } from './values.js';

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
  encoding: z
    .enum(['auto', '7bit', '8bit', 'quoted-printable', 'base64'])
    .default('auto')
    .describe('Content-Transfer-Encoding of text and html; 7bit and 8bit send them as they stand.'),
  headers: z.record(z.string(), z.string()).default({}).describe('Further header fields, in order.'),
  attachments: z.array(attachment).default([]).describe('Files to attach.'),
});

const corpusObject = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe('A folder of .eml files, an mbox file or a Maildir, relative to the scenario file.'),
  format: z
    .enum(['auto', 'eml', 'mbox', 'maildir'])
    .default('auto')
    .describe('What it is; auto: what it looks like.'),
  order: z
    .enum(['shuffle', 'sequence'])
    .default('shuffle')
    .describe('Each message once in a round: in an order drawn by the seed, or in that of the files.'),
  messageId: z
    .enum(['unique', 'keep'])
    .default('unique')
    .describe('Whether each message gets a Message-ID of its own: receivers drop repeats.'),
  allowLongLines: z.boolean().default(false).describe('Send lines of over 998 octets all the same.'),
});
const sizes = z.union([
  size,
  z.strictObject({
    lognormal: z
      .strictObject({
        median: size.describe('Half of the messages are smaller.'),
        p95: size.describe('95% of them are smaller.'),
      })
      .describe('Many small ones and a long tail, as mail has.'),
    min: size.default('1KiB').describe('What is drawn below becomes this.'),
    max: size.default('25MiB').describe('What is drawn above becomes this.'),
  }),
  z.strictObject({
    histogram: file.describe('CSV file of size and weight, relative to the scenario file.'),
  }),
  z.strictObject({
    min: size.describe('Every size from this one'),
    max: size.describe('to this one is as likely.'),
  }),
]);

export const message = z.strictObject({
  weight: weight.default(1).describe('Share of this entry in the mix.'),
  size: sizes
    .optional()
    .describe('Size of the whole message (RFC 1870), generated text; or how it is drawn.'),
  template: template.optional().describe('A message composed from these parts.'),
  corpus: z
    .union([z.string().min(1), corpusObject])
    .optional()
    .describe('Real mail from files: their path, or a path with how to send them.'),
  dkim: z
    .union([z.literal(false), dkim])
    .optional()
    .describe('Instead of the `dkim` above; false: unsigned.'),
  expect: expectation,
});

/** Of one message. */
export const MAX_RECIPIENTS = 50_000;

const choice = {
  file: z
    .string()
    .min(1)
    .describe('CSV file with a column address, and maybe weight; relative to the scenario file.'),
  choose: z
    .enum(['uniform', 'weighted', 'zipf', 'round-robin'])
    .describe('How one is drawn: all alike, by the column weight, the first ones more often, or in turn.'),
  exponent: z
    .number()
    .gt(0)
    .max(10)
    .describe('Of zipf: rank r is drawn r^exponent times less often than the first.'),
};

const senderObject = z.strictObject({
  file: choice.file,
  choose: choice.choose.default('uniform'),
  exponent: choice.exponent.optional(),
});

export const recipientObject = z.strictObject({
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
  file: choice.file.optional(),
  choose: choice.choose.default('uniform'),
  exponent: choice.exponent.optional(),
  perMessage: z
    .union([z.int().min(1).max(MAX_RECIPIENTS), countMap])
    .default(1)
    .describe('Recipients of a message, all different: a number, {min, max}, or numbers with their weights.'),
  expect: expectation,
});

export const envelope = z.strictObject({
  from: z
    .union([z.string(), senderObject])
    .default('bounce-{{seq}}@sender.example.test')
    .describe('Reverse-path; may hold {{seq}} and {{verp}}; "" is the null one. Or a file of them.'),
  to: z
    .union([z.string(), recipientObject, z.array(recipientObject).min(1)])
    .default({
      address: 'user{{n}}@rcpt.example.test',
      weight: 1,
      domains: [],
      users: 1000,
      choose: 'uniform',
      perMessage: 1,
    })
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
