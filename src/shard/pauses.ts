/**
 * Pauses of a VU: how long it waits after a message, as the scenario's words or its code say.
 */
import type { CodeRun } from '../code/code-run.js';
import type { Client } from '../scenario/client-options.js';
import type { Draw } from '../scenario/draw.js';

const DRAW_THINK_TIME = 2_003;

/** Of the VU with this id: ms after the message with this number; null where there are none. */
export function pausesOf(
  vu: number,
  { min, max }: Client['thinkTimeMs'],
  { code, draw }: { readonly code: CodeRun | null; readonly draw: Draw },
): ((number: number) => number) | null {
  if (code?.has('pacing') === true) return (number) => code.pacing(number, vu);
  return max === 0 ? null : (number) => min + draw(number, DRAW_THINK_TIME) * (max - min);
}
