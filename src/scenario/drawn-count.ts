/**
 * Drawn counts: whole numbers that a scenario leaves to chance, such as the messages of a session. Pure.
 *
 * Written as a number, as `{min, max}` (each as likely as the others), or as a map of number to weight. The words are those
 * of the schema, perhaps with gaps; what they may not say is in rules/drawn-count.ts.
 */

/** Drawn by weight where there are weights, which all lie within min … max; else evenly from min … max. */
export interface DrawnCount {
  readonly min: number;
  readonly max: number;
  readonly weights?: readonly { readonly count: number; readonly weight: number }[];
}

export type DrawnCountWords = number | { readonly [key: string]: number | undefined };

/** Of words that hold to the rules. */
export function toDrawnCount(words: DrawnCountWords): DrawnCount {
  if (typeof words === 'number') return { min: words, max: words };
  if (isSpan(words)) return { min: words.min as number, max: words.max as number };
  const weights = Object.entries(words).map(([count, weight = 0]) => ({ count: Number(count), weight }));
  return { ...boundsOf(words), weights };
}

/** What may come at most; undefined where the words do not say. */
export function mostOf(words: DrawnCountWords): number | undefined {
  if (typeof words === 'number') return words;
  return isSpan(words) ? words.max : boundsOf(words).max;
}

/** Whether it is always the same. */
export function isFixed(words: DrawnCountWords): boolean {
  if (typeof words === 'number') return true;
  const { min, max } = isSpan(words) ? words : boundsOf(words);
  return min === max;
}

/** A map with `min` or `max`, and not one of weights. */
export function isSpan(words: { readonly [key: string]: number | undefined }): boolean {
  return 'min' in words || 'max' in words;
}

/** Of what has a weight. */
function boundsOf(weights: { readonly [key: string]: number | undefined }): { min: number; max: number } {
  const counts = Object.entries(weights).flatMap(([count, weight = 0]) =>
    weight > 0 ? [Number(count)] : [],
  );
  return { min: Math.min(...counts), max: Math.max(...counts) };
}
