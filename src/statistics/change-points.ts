/**
 * Change points: where a series of runs begins to be another one (E-divisive means; Matteson and James 2014). Pure.
 *
 * A segment is cut where the two sides are furthest apart (energy distance), if hardly any reordering of it would have come apart as far;
 * then each side is looked at in the same way.
 */

export interface ChangePointOptions {
  /** Chance of a change point where there is none, for each look. */
  readonly level: number;
  readonly permutations: number;
  /** Fewer values make no segment. */
  readonly least: number;
  readonly draw: () => number;
}

export interface ChangePoint {
  /** The first value of the new segment. */
  readonly index: number;
  readonly p: number;
}

/** In the order of the series. */
export function changePoints(values: readonly number[], options: ChangePointOptions): readonly ChangePoint[] {
  const found: ChangePoint[] = [];
  const look = (from: number, to: number): void => {
    const segment = values.slice(from, to);
    const best = bestCut(segment, options.least);
    if (best === null) return;
    const p = permutationP(segment, best.distance, options);
    if (p > options.level) return;
    found.push({ index: from + best.at, p });
    look(from, from + best.at);
    look(from + best.at, to);
  };
  look(0, values.length);
  return found.sort((a, b) => a.index - b.index);
}

function permutationP(
  segment: readonly number[],
  distance: number,
  { permutations, least, draw }: ChangePointOptions,
): number {
  let asFar = 0;
  for (let i = 0; i < permutations; i++) {
    const cut = bestCut(shuffled(segment, draw), least);
    // Sums in another order differ in their last digits.
    if (cut !== null && cut.distance >= distance * (1 - 1e-9)) asFar++;
  }
  return (asFar + 1) / (permutations + 1);
}

function shuffled(values: readonly number[], draw: () => number): readonly number[] {
  const order = [...values];
  for (let last = order.length - 1; last > 0; last--) {
    const at = Math.floor(draw() * (last + 1));
    [order[last], order[at]] = [order[at] as number, order[last] as number];
  }
  return order;
}

interface Cut {
  readonly at: number;
  readonly distance: number;
}

/** null where the segment is too short, or all its values are one. */
function bestCut(values: readonly number[], least: number): Cut | null {
  const n = values.length;
  if (n < 2 * least) return null;
  let best: Cut | null = null;
  let left = 0;
  let right = pairSum(values, 0, n);
  let between = 0;
  for (let at = 1; at < n; at++) {
    const moved = values[at - 1] as number;
    const toLeft = distanceSum(moved, values, 0, at - 1);
    const toRight = distanceSum(moved, values, at, n);
    left += toLeft;
    right -= toRight;
    between += toRight - toLeft;
    if (at < least || n - at < least) continue;
    const distance = energyDistance({ left, right, between }, at, n - at);
    if (distance > (best?.distance ?? 0)) best = { at, distance };
  }
  return best;
}

function energyDistance(
  sums: { readonly left: number; readonly right: number; readonly between: number },
  m: number,
  n: number,
): number {
  const within = (sum: number, size: number) => (size < 2 ? 0 : sum / ((size * (size - 1)) / 2));
  const apart = (2 * sums.between) / (m * n) - within(sums.left, m) - within(sums.right, n);
  return ((m * n) / (m + n)) * apart;
}

function pairSum(values: readonly number[], from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += distanceSum(values[i] as number, values, i + 1, to);
  return sum;
}

function distanceSum(value: number, values: readonly number[], from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += Math.abs((values[i] as number) - value);
  return sum;
}
