/**
 * "Did you mean": the nearest of a few known words to one that is not known.
 *
 * Distance counts insertions, deletions, substitutions and swaps of neighbours (optimal string alignment), blind to
 * case. A word further away than a third of its length is no typing mistake, and nothing is better than a bad guess.
 */

/** The nearest known word, or null when none is near. The first of equally near ones wins. */
export function nearestWord(word: string, known: readonly string[]): string | null {
  // A long word cannot be a slip for a known one, and the distance costs its length squared.
  if (word.length > 80) return null;
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** "Did you mean …?", or the list of what is known when it is short enough to read, or nothing. */
export function suggestion(word: string, known: readonly string[]): string | undefined {
  const nearest = nearestWord(word, known);
  if (nearest !== null) return `Did you mean \`${nearest}\`?`;
  if (known.length === 0 || known.length > 25) return undefined;
  return `Known here: ${known.map((name) => `\`${name}\``).join(', ')}.`;
}

export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (isSame ? 0 : 1));
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) cost = Math.min(cost, beforeLast[column - 2]! + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}
