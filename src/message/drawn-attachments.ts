/**
 * Drawn attachments: messages of a template of which some attachments come with a probability.
 *
 * Each combination is a variant, composed before the run; which of them a message is depends on a draw for each attachment.
 * Combinations that end alike share their end (tail-pool.ts).
 */
import { UsageError } from '../errors.js';
import type { Draw } from '../scenario/draw.js';
import type { Attachment, TemplateMessage } from '../scenario/scenario.js';
import { type ComposeOptions, composeMessage } from './compose.js';
import type { MessageSupply } from './supply.js';
import { TailPool } from './tail-pool.js';
import type { MessageVariant } from './variant.js';

/** Purposes of the draws: this one is for the first attachment that is drawn, the next for the second. */
const DRAW_ATTACHMENT = 1_120;
/** Of all variants together. */
const MAX_TOTAL_BYTES = 256 * 1024 * 1024;

export async function supplyTemplate(
  entry: TemplateMessage,
  options: ComposeOptions,
): Promise<MessageSupply> {
  const drawn = entry.attachments.filter(isDrawn);
  const combinations = combinationsOf(entry);
  requireRoom(entry, combinations);
  const tails = new TailPool();
  const variants: MessageVariant[] = [];
  for (let choice = 0; choice < combinations; choice++) {
    const without = drawn.filter((_, index) => (choice & (1 << index)) === 0);
    const attachments = entry.attachments.filter((one) => !without.includes(one));
    variants.push(await composeMessage({ ...entry, attachments }, { ...options, tails }));
  }
  return {
    forNumber: (number, draw) => variants[choiceFor(drawn, number, draw)] as MessageVariant,
  };
}

/** How many variants there are; 1: nothing is drawn. */
export function combinationsOf({ attachments }: TemplateMessage): number {
  return 2 ** attachments.filter(isDrawn).length;
}

function isDrawn({ probability }: Attachment): boolean {
  return probability < 1;
}

/** A bit for each of them that the message has. */
function choiceFor(drawn: readonly Attachment[], number: number, draw: Draw): number {
  let choice = 0;
  for (const [index, { probability }] of drawn.entries())
    if (draw(number, DRAW_ATTACHMENT + index) < probability) choice |= 1 << index;
  return choice;
}

function requireRoom({ attachments }: TemplateMessage, variants: number): void {
  const bytes = attachments.reduce(
    (sum, one) => sum + encodedBytes(one) * (isDrawn(one) ? variants / 2 : variants),
    0,
  );
  if (bytes <= MAX_TOTAL_BYTES) return;
  const message = `The ${variants} combinations of attachments take ${Math.ceil(bytes / 2 ** 20)} MiB together`;
  throw new UsageError('MESSAGE_VARIANTS_TOO_LARGE', message, {
    hint: `Stay under ${MAX_TOTAL_BYTES / 2 ** 20} MiB: draw fewer attachments, or smaller ones, or write entries with weights instead.`,
  });
}

function encodedBytes(attachment: Attachment): number {
  return 'sizeBytes' in attachment ? attachment.sizeBytes * (4 / 3) : attachment.contentBase64.length;
}
