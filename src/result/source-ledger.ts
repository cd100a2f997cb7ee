/**
 * Source ledger: which snapshots of which source have come, in whatever order, and which are missing.
 *
 * Snapshots are deltas: one that is lost makes every sum too low, one that is added twice too high. Both are noticed
 * here. Ranges of numbers are kept joined, so that a complete source costs one range however long the run.
 */

/** First and last number, both included. */
type Range = readonly [first: number, last: number];

export class SourceLedger {
  readonly #expected: readonly string[];
  readonly #ranges = new Map<string, Range[]>();
  readonly #finished = new Set<string>();

  constructor(expected: readonly string[]) {
    this.#expected = expected;
  }

  /** Notes snapshots first…last of a source. False, and nothing noted, when one of them has come before. */
  note(source: string, [first, last]: Range, isFinal: boolean): boolean {
    const ranges = this.#ranges.get(source) ?? [];
    if (ranges.some((range) => range[0] <= last && first <= range[1])) return false;
    this.#ranges.set(source, join([...ranges, [first, last]]));
    if (isFinal) this.#finished.add(source);
    return true;
  }

  /** As if it had never reported. */
  forget(source: string): void {
    this.#ranges.delete(source);
    this.#finished.delete(source);
  }

  /** Sentences on sources that never came and on gaps, in the order of the sources' names. */
  missing(): string[] {
    const silent = this.#expected
      .filter((source) => !this.#ranges.has(source))
      .map((source) => `${source} never reported: what it sent is missing from every number.`);
    const gaps = [...this.#ranges].flatMap(([source, ranges]) => gapsOf(source, ranges));
    return [...silent, ...gaps].sort();
  }

  /** Sources that were expected, reported, and stopped before their last snapshot. */
  unfinished(): string[] {
    return this.#expected.filter((source) => this.#ranges.has(source) && !this.#finished.has(source)).sort();
  }
}

function join(ranges: readonly Range[]): Range[] {
  const joined: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a[0] - b[0])) {
    const before = joined.at(-1);
    if (before !== undefined && before[1] + 1 === range[0]) joined[joined.length - 1] = [before[0], range[1]];
    else joined.push(range);
  }
  return joined;
}

function gapsOf(source: string, ranges: readonly Range[]): string[] {
  return ranges.flatMap((range, index) => {
    const first = (ranges[index - 1]?.[1] ?? -1) + 1;
    return range[0] === first ? [] : [gapSentence(source, first, range[0] - 1)];
  });
}

function gapSentence(source: string, first: number, last: number): string {
  const which = first === last ? `snapshot ${first}` : `snapshots ${first} to ${last}`;
  return `${which} of ${source} did not arrive: every number is too low by what happened in that time.`;
}
