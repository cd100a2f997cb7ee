/** From an entry of `messages` to its supply: one line for each kind. */
import type { MessageEntry } from '../scenario/scenario.js';
import type { TurnOf } from './choose.js';
import { type ComposeOptions, composeMessage } from './compose.js';
import { createCorpus } from './corpus/corpus.js';
import { combinationsOf, supplyTemplate } from './drawn-attachments.js';
import { supplySizes } from './drawn-sizes.js';
import type { MessageSupply } from './supply.js';

/** Rejects with UsageError when the entry cannot be sent as it is written. */
export async function createSupply(
  entry: MessageEntry,
  options: ComposeOptions & { readonly turnOf?: TurnOf | undefined },
): Promise<MessageSupply> {
  if (entry.kind === 'corpus') return createCorpus(entry, options);
  if (entry.kind === 'sizes') return supplySizes(entry, options);
  if (entry.kind === 'template' && combinationsOf(entry) > 1) return supplyTemplate(entry, options);
  const variant = await composeMessage(entry, options);
  return { forNumber: () => variant };
}
