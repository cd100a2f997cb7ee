/** Holm: p-values of several questions asked at once, so that the chance of any false alarm stays that of one. Pure. */

/** Adjusted, in the order given: each is to be compared with the level itself. */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((p, at) => ({ p, at })).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number>(pValues.length);
  let least = 0;
  for (const [i, { p, at }] of order.entries()) {
    least = Math.max(least, Math.min(1, (order.length - i) * p));
    adjusted[at] = least;
  }
  return adjusted;
}
