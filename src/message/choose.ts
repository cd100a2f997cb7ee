/**
 * Choosing among many: from draws to positions, all alike, by weight, by rank (Zipf) or in turn.
 *
 * A pure function of the draws for a message. Several for one message are distinct: neighbours where all are alike, and
 * otherwise drawn again, and at last the next ones that are free, so that it ends however heavy the first are.
 */

import type { Draw } from '../scenario/draw.js';
import type { Choose } from '../scenario/scenario.js';
import { compileWeights } from './weighted.js';

/** Purposes of the draws made here: 1102 for the first, then these for further ones and for those drawn again. */
export const DRAW_FIRST = 1102;
const DRAW_FURTHER = 2_000_000;
const DRAWS_EACH = 8;

export interface Population {
  /** How many there are to choose from. */
  readonly size: number;
  readonly choose: Choose;
  readonly exponent: number;
  /** For `weighted`; null: all alike. */
  readonly weights: readonly number[] | null;
  /** In an error. */
  readonly what: string;
}

export interface Choice {
  /** The positions of `count` distinct ones, for message `number`. `count` is at most the size. */
  positions(number: number, count: number, draw: Draw): readonly number[];
}

/** Throws UsageError where weights come to nothing. */
export function compileChoice({ size, choose, exponent, weights, what }: Population): Choice {
  if (choose === 'round-robin')
    return { positions: (number, count) => following((number * count) % size, count, size) };
  const chooseOne =
    choose === 'zipf' ? compileWeights(zipfWeights(size, exponent), what) : weighted(choose, weights, what);
  if (chooseOne === null) {
    return {
      positions: (number, count, draw) =>
        following(size === 1 ? 0 : Math.floor(draw(number, DRAW_FIRST) * size), count, size),
    };
  }
  return { positions: (number, count, draw) => distinct(chooseOne, { number, count, size, draw }) };
}

function weighted(
  choose: Choose,
  weights: readonly number[] | null,
  what: string,
): ((draw: number) => number) | null {
  return choose === 'weighted' && weights !== null ? compileWeights(weights, what) : null;
}

function zipfWeights(size: number, exponent: number): readonly number[] {
  return Array.from({ length: size }, (_, rank) => (rank + 1) ** -exponent);
}

function following(first: number, count: number, size: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => (first + i) % size);
}

function distinct(
  chooseOne: (draw: number) => number,
  {
    number,
    count,
    size,
    draw,
  }: { readonly number: number; readonly count: number; readonly size: number; readonly draw: Draw },
): readonly number[] {
  const first = chooseOne(draw(number, DRAW_FIRST));
  if (count === 1) return [first];
  const chosen = new Set([first]);
  for (let index = 1; index < count; index++) {
    let position = first;
    for (let turn = 0; turn < DRAWS_EACH && chosen.has(position); turn++)
      position = chooseOne(draw(number, DRAW_FURTHER + index * DRAWS_EACH + turn));
    while (chosen.has(position)) position = (position + 1) % size;
    chosen.add(position);
  }
  return [...chosen];
}
