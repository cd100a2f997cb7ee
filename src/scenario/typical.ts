/**
 * Typical mail: what `messages: typical` stands for.
 *
 * Sizes and shares are those by which a maker of mail servers loads its own: HCL Domino documentation, "SendMessage command
 * and SendMessage profile command", table 1 "Sizes and distribution percentages" (body, attachment, percent):
 * https://help.hcl-software.com/domino/10.0.1/tune_sendmessagecommandandsendmessageprofilecommand_r.html
 * The table says nothing of MIME. Ours: a fifth of a body of 10 kB or more is text and the rest html, as alternatives; the
 * size of an attachment is that on the wire, so that the largest message stays below 10,240,000 bytes, Postfix's default limit.
 */
import { z } from 'zod';
import { message } from './schema/mail.js';
import type { MessageWords } from './schema/schema.js';

const SUBJECT = 'Report of the week';
/** base64 writes 57 bytes as a line of 76 characters and CRLF. */
const ON_THE_WIRE = 78 / 57;

/** Nothing in it differs from message to message, so that it can be signed once. */
export const TYPICAL_MAIL: readonly MessageWords[] = z.array(message).parse([
  { weight: 10, template: { subject: SUBJECT, text: { size: 500 } } },
  { weight: 30, template: alternatives(10_000) },
  { weight: 40, template: alternatives(50_000) },
  {
    weight: 10,
    template: { ...alternatives(50_000), attachments: [attached('report.pdf', 50_000)] },
  },
  { weight: 9.5, template: alternatives(150_000) },
  {
    weight: 0.5,
    template: { subject: SUBJECT, text: { size: 1_000 }, attachments: [attached('archive.zip', 10_000_000)] },
  },
]);

function alternatives(bodyBytes: number) {
  const textBytes = bodyBytes / 5;
  return { subject: SUBJECT, text: { size: textBytes }, html: { size: bodyBytes - textBytes } };
}

function attached(filename: string, wireBytes: number) {
  return { filename, size: Math.floor(wireBytes / ON_THE_WIRE) };
}
