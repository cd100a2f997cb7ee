/**
 * Histograms: HdrHistogram in WebAssembly, 1 µs … 1 h with 3 significant digits, in constant memory (24 kB).
 *
 * Values out of range are clamped and counted before they get there: one of them poisons the WebAssembly module for
 * good. Encoded as base64 of the compressed HDR V2 form, which every HdrHistogram tool reads. Decoded histograms
 * live outside the garbage collector: `decodeInto` destroys them, everyone else calls `destroy`.
 *
 * Cost here: record 20 ns, encode 0.1–0.2 ms, decode and add 0.2 ms.
 */
import { deflateSync } from 'node:zlib';
import hdr from 'hdr-histogram-js';

export const MAX_VALUE_US = 3_600_000_000;

/** V2 compressed cookie with the word-size byte 0x10 (ZigZag LEB128 counts). */
const COMPRESSED_COOKIE = 0x1c849314;

hdr.initWebAssemblySync();

export class Histogram {
  #hdr: hdr.Histogram = emptyHdr();
  /** Values that were out of range and recorded at its border. */
  clamped = 0;

  get count(): number {
    return this.#hdr.totalCount;
  }

  record(valueUs: number): void {
    if (valueUs >= 0 && valueUs <= MAX_VALUE_US) this.#hdr.recordValue(Math.round(valueUs));
    else this.#recordClamped(valueUs);
  }

  recordMany(valueUs: number, count: number): void {
    if (count > 0) this.#hdr.recordValueWithCount(clamp(valueUs), count);
  }

  /** Value at or below which `percentile` (0 … 100) per cent of the samples lie, µs. 0 when empty. */
  percentile(percentile: number): number {
    return this.count === 0 ? 0 : this.#hdr.getValueAtPercentile(percentile);
  }

  get min(): number {
    return this.percentile(0);
  }

  get max(): number {
    return this.count === 0 ? 0 : this.#hdr.maxValue;
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.#hdr.mean;
  }

  add(other: Histogram): void {
    this.clamped += other.clamped;
    if (other.count > 0) this.#hdr.add(other.#hdr);
  }

  /** Adds an encoded histogram. Throws what the library throws when the text is none. */
  addEncoded(base64: string): void {
    if (base64 === '') return;
    const decoded = decodeHdr(base64);
    try {
      this.#hdr.add(decoded);
    } finally {
      decoded.destroy();
    }
  }

  /** '' when empty. */
  encode(): string {
    if (this.count === 0) return '';
    const raw = (this.#hdr as unknown as { encode(): Uint8Array }).encode();
    const compressed = deflateSync(raw, { level: 1 });
    const framed = Buffer.allocUnsafe(8 + compressed.length);
    framed.writeInt32BE(COMPRESSED_COOKIE, 0);
    framed.writeInt32BE(compressed.length, 4);
    compressed.copy(framed, 8);
    return framed.toString('base64');
  }

  reset(): void {
    this.#hdr.reset();
    this.clamped = 0;
  }

  destroy(): void {
    this.#hdr.destroy();
  }

  static decode(base64: string): Histogram {
    const histogram = new Histogram();
    histogram.addEncoded(base64);
    return histogram;
  }

  #recordClamped(valueUs: number): void {
    this.clamped++;
    this.#hdr.recordValue(clamp(valueUs));
  }
}

function clamp(valueUs: number): number {
  if (!(valueUs > 0)) return 0;
  return Math.round(Math.min(valueUs, MAX_VALUE_US));
}

function emptyHdr(): hdr.Histogram {
  return hdr.build({
    bitBucketSize: 32,
    lowestDiscernibleValue: 1,
    highestTrackableValue: MAX_VALUE_US,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: true,
  });
}

function decodeHdr(base64: string): hdr.Histogram {
  return hdr.decodeFromCompressedBase64(base64, 32, true);
}
