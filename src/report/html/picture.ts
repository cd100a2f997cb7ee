/** Picture: the frame of a drawing in the page: a box of 720 by whatever it takes, which scrolls on narrow screens. Pure. */
import { type Insert, type Markup, markup } from './markup.js';

export const WIDTH = 720;

export function picture(height: number, label: string, body: Insert): Markup {
  return markup`<div class="scroll"><svg class="picture" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${label}">${body}</svg></div>`;
}

/** A coordinate. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
