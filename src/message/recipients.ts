/**
 * Recipients of the messages of a run: which entry of `envelope.to` message k takes, and the addresses it makes.
 *
 * A pure function of the draws, so that whoever holds the envelope and the seed knows who should get what: the shard that
 * sends, and the proof of delivery, long afterwards too.
 */

import type { Draw } from '../scenario/draw.js';
import type { RecipientEntry } from '../scenario/scenario.js';
import type { TurnOf } from './choose.js';
import { compileRecipients, type Recipients } from './envelope.js';
import { compileWeights } from './weighted.js';

export const DRAW_RECIPIENT = 1101;

export interface RecipientChoice {
  /** Index in `envelope.to`. */
  readonly entry: number;
  readonly recipients: Recipients;
}

/** Throws UsageError when an entry cannot be used, or none has weight. */
export function compileRecipientChoice(
  to: readonly RecipientEntry[],
  turnOf?: TurnOf,
): (number: number, draw: Draw) => RecipientChoice {
  const choices = to.map((entry, index) => ({ entry: index, recipients: compileRecipients(entry, turnOf) }));
  const choose = compileWeights(
    to.map(({ weight }) => weight),
    'envelope.to',
  );
  return (number, draw) => {
    const index = choices.length === 1 ? 0 : choose(draw(number, DRAW_RECIPIENT));
    return choices[index] as RecipientChoice;
  };
}
