/**
 * Delivery details: delivery.json, what the delivery block of a result says in more words.
 *
 * A fold of the journal like result.json, and beside it only because the keys of that one are fixed: the first cases of
 * each kind with the server's reply (which carries its queue id), counts and durations by domain, placement, and notes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { BugError } from '../errors.js';
import { writeAtomically } from './atomic-file.js';

const DELIVERY_FILE = 'delivery.json';

const count = z.int().nonnegative();
const nullable = z.number().nullable();

export const deliveryCaseSchema = z.strictObject({
  kind: z.enum([
    'lost',
    'pending',
    'bounced',
    'duplicated',
    'corrupted',
    'reencoded',
    'late',
    'unconfirmed',
    'unexpected',
  ]),
  number: count.nullable(),
  recipient: z.string(),
  atUs: nullable,
  detail: z.string(),
});

export const deliveryDetailsSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** At most 100 of each kind, in the order they came. */
  cases: z.array(
    deliveryCaseSchema.extend({
      /** The server's final reply as messages.ndjson has it, usually with the queue id; '' when it is not there. */
      reply: z.string(),
    }),
  ),
  /** Most copies first. Milliseconds; null where no copy arrived. */
  domains: z.array(
    z.strictObject({
      domain: z.string(),
      accepted: count,
      delivered: count,
      bounced: count,
      lost: count,
      pending: count,
      p50: nullable,
      p99: nullable,
      max: nullable,
    }),
  ),
  placements: z.record(z.string(), count),
  /** Copies of messages of the warm-up among the delivered: counted there, in no trend. */
  warmup: count,
  /** Highest backlog, copies, and that at the end of the load; whether it grew while the load was steady. */
  backlog: z.strictObject({ max: count, atEndOfLoad: count, grew: z.boolean() }).nullable(),
  notes: z.array(z.string()),
});

export type DeliveryDetails = z.infer<typeof deliveryDetailsSchema>;

/** Writes delivery.json. @throws BugError when it breaks its own schema, EnvironmentError */
export function writeDeliveryDetails(runDirectory: string, details: DeliveryDetails): void {
  const checked = deliveryDetailsSchema.safeParse(details);
  if (!checked.success) {
    const issue = checked.error.issues[0]!;
    throw new BugError(
      `the delivery details break their schema at ${issue.path.join('.')}: ${issue.message}`,
    );
  }
  writeAtomically(join(runDirectory, DELIVERY_FILE), `${JSON.stringify(details, null, 2)}\n`);
}

/** null where there is none, or none that can be read: a report does without. */
export function readDeliveryDetails(runDirectory: string): DeliveryDetails | null {
  try {
    const value: unknown = JSON.parse(readFileSync(join(runDirectory, DELIVERY_FILE), 'utf8'));
    return deliveryDetailsSchema.safeParse(value).data ?? null;
  } catch {
    return null;
  }
}
