/**
 * Drawn sizes: messages of generated text whose sizes follow a distribution.
 *
 * A variant for each step of it (size-steps.ts), composed before the run. All end in the same text, which is held once
 * (tail-pool.ts). The largest is composed first, so that the others are views of its end.
 */
import type { SizesMessage } from '../scenario/scenario.js';
import { type ComposeOptions, composeMessage } from './compose.js';
import { sizeSteps } from './size-steps.js';
import type { MessageSupply } from './supply.js';
import { TailPool } from './tail-pool.js';
import type { MessageVariant } from './variant.js';
import { compileWeights } from './weighted.js';

/** Purpose of the draw of a size. */
const DRAW_SIZE = 1_110;

export async function supplySizes(entry: SizesMessage, options: ComposeOptions): Promise<MessageSupply> {
  const steps = sizeSteps(entry.sizes).toReversed();
  const tails = new TailPool();
  const variants: MessageVariant[] = [];
  for (const { sizeBytes } of steps)
    variants.push(await composeMessage({ ...entry, kind: 'size', sizeBytes }, { ...options, tails }));
  const choose = compileWeights(
    steps.map(({ weight }) => weight),
    'sizes',
  );
  return { forNumber: (number, draw) => variants[choose(draw(number, DRAW_SIZE))] as MessageVariant };
}
