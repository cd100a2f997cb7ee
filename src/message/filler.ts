/**
 * Filler: content that is generated because only its size matters.
 *
 * Text is prose (prose.ts). Anything else is bytes that do not compress, as those of PDFs, archives and pictures do not.
 * The same size and seed give the same bytes.
 */
import { MIN_PROSE_BYTES, prose } from './prose.js';

const HTML_BEGIN = '<!DOCTYPE html>\r\n<html><body><p>\r\n';
const HTML_END = '</p></body></html>\r\n';

/** Exactly so many bytes, 64 or more. */
export function htmlFiller(sizeBytes: number, lineLength: number): string {
  const textBytes = Math.max(MIN_PROSE_BYTES, sizeBytes - HTML_BEGIN.length - HTML_END.length);
  return `${HTML_BEGIN}${textFiller(textBytes, lineLength)}${HTML_END}`;
}

/** Exactly so many bytes, 3 or more. */
export function textFiller(sizeBytes: number, lineLength: number): string {
  return prose(sizeBytes, lineLength).toString('latin1');
}

/** A xorshift generator, 32 bits at a time. */
export function byteFiller(sizeBytes: number, seed: number): Buffer {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  let state = (seed + 1) * 0x9e3779b1 || 1;
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  return Buffer.from(words.buffer, 0, sizeBytes);
}
