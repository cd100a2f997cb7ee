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
  /** Which turn a message is, where they are taken in turn; its number when not given. */
  readonly turnOf?: TurnOf | undefined;
}

/** From the number of a message to how many its executor has made before, so that what is taken in turn is not skipped by the others. */
export type TurnOf = (number: number) => number;

/** Where so many executors number their messages by turns. */
export function turnsAmong(executors: number): TurnOf {
  return (number) => Math.floor(number / executors);
}

export interface Choice {
  /** The positions of `count` distinct ones, for message `number`. `count` is at most the size. */
  positions(number: number, count: number, draw: Draw): readonly number[];
}

/** Throws UsageError where weights come to nothing. */
export function compileChoice({ size, choose, exponent, weights, what, turnOf }: Population): Choice {
  if (choose === 'round-robin') {
    const turn = turnOf ?? ((number: number) => number);
    return { positions: (number, count) => following((turn(number) * count) % size, count, size) };
  }
  const chooseOne =
    choose === 'zipf' ? compileWeights(zipfWeights(size, exponent), what) : weighted(choose, weights, what);
  if (chooseOne === null) {
    return {
      positions: (number, count, draw) =>
        following(size === 1 ? 0 : Math.floor(draw(number, DRAW_FIRST) * size), count, size),
    };
  }
  const isOffered = (position: number) => choose !== 'weighted' || (weights?.[position] ?? 1) > 0;
  return {
    positions: (number, count, draw) => distinct(chooseOne, { number, count, size, draw, isOffered }),
  };
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
    isOffered,
  }: {
    readonly number: number;
    readonly count: number;
    readonly size: number;
    readonly draw: Draw;
    readonly isOffered: (position: number) => boolean;
  },
): readonly number[] {
  const first = chooseOne(draw(number, DRAW_FIRST));
  if (count === 1) return [first];
  const chosen = new Set([first]);
  for (let index = 1; index < count; index++) {
    let position = first;
    for (let turn = 0; turn < DRAWS_EACH && chosen.has(position); turn++)
      position = chooseOne(draw(number, DRAW_FURTHER + index * DRAWS_EACH + turn));
    for (let passed = 0; passed < size && (chosen.has(position) || !isOffered(position)); passed++)
      position = (position + 1) % size;
    chosen.add(position);
  }
  return [...chosen];
}
