/**
 * Encoded histogram: a sum of histograms kept as base64 text, for places that hold thousands of them.
 *
 * A decoded histogram takes tens of kilobytes, an encoded one about one; a series holds 7,200. Parts are kept as they
 * came and added up only when somebody asks or when there are many, so adding one costs nothing. Sums are exact and
 * do not depend on order.
 */
import { Histogram } from '../metrics/histogram.js';

/** Parts kept before they are added up: bounds memory, and adding up is paid for once in so many parts. */
const MAX_PARTS = 8;

export class EncodedHistogram {
  #parts: string[] = [];

  /** @param encoded base64 HDR V2; '' is an empty histogram */
  add(encoded: string): void {
    if (encoded === '') return;
    this.#parts.push(encoded);
    if (this.#parts.length > MAX_PARTS) this.#compact();
  }

  absorb(other: EncodedHistogram): void {
    for (const part of other.#parts) this.add(part);
  }

  /** In the order asked for; null where there is no value. Recorded values are µs. */
  percentilesMs(percentiles: readonly number[]): (number | null)[] {
    this.#compact();
    const [encoded] = this.#parts;
    if (encoded === undefined) return percentiles.map(() => null);
    const histogram = Histogram.decode(encoded);
    try {
      return percentiles.map((percentile) => histogram.percentile(percentile) / 1000);
    } finally {
      histogram.destroy();
    }
  }

  /** base64 HDR V2 of the sum; '' when there is none. */
  encoded(): string {
    this.#compact();
    return this.#parts[0] ?? '';
  }

  #compact(): void {
    if (this.#parts.length > 1) this.#parts = [addEncoded(this.#parts)];
  }
}

/** Sum of encoded histograms, encoded; '' when all are empty. */
export function addEncoded(parts: readonly string[]): string {
  const filled = parts.filter((part) => part !== '');
  if (filled.length < 2) return filled[0] ?? '';
  const sum = new Histogram();
  try {
    for (const part of filled) sum.addEncoded(part);
    return sum.encode();
  } finally {
    sum.destroy();
  }
}
