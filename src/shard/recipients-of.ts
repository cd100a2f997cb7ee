/**
 * Recipients of any message of a run by its number, as its shards make them: for the proof of delivery.
 */
import { turnsAmong } from '../message/choose.js';
import { compileRecipientChoice } from '../message/recipients.js';
import type { RecipientEntry } from '../scenario/scenario.js';
import { createDraw } from './random.js';

export interface RecipientsOptions {
  readonly seed: number;
  /** `envelope.to`. */
  readonly to: readonly RecipientEntry[];
  /** That share the numbers. */
  readonly executors: number;
}

/** Throws UsageError as the shard does that sends to them. */
export function createRecipientsOf({
  seed,
  to,
  executors,
}: RecipientsOptions): (number: number) => readonly string[] {
  const choose = compileRecipientChoice(to, turnsAmong(executors));
  const draw = createDraw(seed, ENVELOPE_DRAWS);
  return (number) => choose(number, draw).recipients.addresses(number, draw);
}

/** The draws of messages and envelopes are those of the first scenario, whichever scenario asks. */
export const ENVELOPE_DRAWS = 0;
