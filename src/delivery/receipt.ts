/**
 * Receipt: proof that one message arrived somewhere, as one line of receipts.ndjson.
 *
 * A receiver appends the receipt before it says 250, and an acknowledgement once that reply was written. So whoever is
 * killed at any moment has a receipt for all it accepted, and a receipt without acknowledgement is one whose sender may
 * rightly have tried again. Knows the lines, not the files. Several processes write one file each, see `receiptPathOf`.
 */
import { z } from 'zod';

const count = z.int().nonnegative();

/** What a delivery status notification says of one of its recipients (RFC 3464 §2.3). */
const notificationSchema = z.strictObject({
  /** Of the message it is about, by the stamp in its message/rfc822 or rfc822-headers part; null where there is none. */
  run: z.string().nullable(),
  number: count.nullable(),
  recipients: z.array(
    z.strictObject({
      /** Final-Recipient, or Original-Recipient where that is given: whom the sender meant. */
      address: z.string(),
      action: z.enum(['failed', 'delayed', 'delivered', 'relayed', 'expanded']),
      /** `5.1.1`, or ''. */
      status: z.string(),
      /** Diagnostic-Code without its type, at most 500 characters: hostile until escaped. */
      diagnostic: z.string(),
    }),
  ),
});

const receiptSchema = z.strictObject({
  v: z.literal(1),
  /** Unique among all receipts of a run, whichever process wrote it. */
  id: z.string(),
  /** Of the process that wrote it: another one after each start. */
  boot: z.string(),
  session: z.string(),
  /** When it arrived, µs since the epoch. */
  at: count,
  /** From the stamp; all null when there is none: mail that is not ours. */
  run: z.string().nullable(),
  number: count.nullable(),
  warmup: z.boolean().nullable(),
  /** When MAIL of the first attempt was written, µs since the epoch. */
  sent: count.nullable(),
  /** Forward-paths as the envelope had them, repeated ones included. */
  rcpt: z.array(z.string()),
  /** Size as received (RFC 1870), not dot-stuffed. */
  bytes: count,
  /** bodyDigest of what arrived; '' where the body was not looked at. */
  digest: z.string(),
  /** Whether that is the stamp's; null where it was not looked at, or there is no stamp. */
  intact: z.boolean().nullable(),
  /** Not intact, but the decoded content is the same: a relay converted it. */
  reencoded: z.boolean().optional(),
  /** Address of the client that brought it. */
  peer: z.string(),
  /** Reverse-path; '' is the null one. */
  from: z.string(),
  /** Where in a mailbox it was found; absent at a sink. */
  placement: z.enum(['inbox', 'junk', 'other']).optional(),
  /** What the receiver held replies back on purpose in this transaction, µs by verb, as measured. */
  held: z.record(z.string(), count).optional(),
  dsn: notificationSchema.optional(),
});

const acknowledgementSchema = z.strictObject({ v: z.literal(1), ack: z.string() });

export type Receipt = z.infer<typeof receiptSchema>;
export type Notification = z.infer<typeof notificationSchema>;
export type Acknowledgement = z.infer<typeof acknowledgementSchema>;

/** With its LF. */
export function receiptLine(receipt: Receipt): string {
  return `${JSON.stringify(receipt)}\n`;
}

/** With its LF. */
export function acknowledgementLine(id: string): string {
  return `{"v":1,"ack":${JSON.stringify(id)}}\n`;
}

/** A line without its LF; null when it is neither: torn by a crash, or damaged. */
export function parseReceiptLine(line: string): Receipt | Acknowledgement | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const isAck = typeof value === 'object' && value !== null && 'ack' in value;
  const parsed = isAck ? acknowledgementSchema.safeParse(value) : receiptSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}

export function isAcknowledgement(line: Receipt | Acknowledgement): line is Acknowledgement {
  return 'ack' in line;
}

/** The file that a sink's process number `worker` (0, 1, …) writes: the path itself, then `path.1`, `path.2`…. */
export function receiptPathOf(path: string, worker: number): string {
  return worker === 0 ? path : `${path}.${worker}`;
}
