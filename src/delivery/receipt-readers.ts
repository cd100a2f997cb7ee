/**
 * Receipt readers: where receipts of sinks are read from, files and URLs, in whatever order they are named.
 */
import type { DeliveryReader } from './reader.js';
import { createReceiptFileReader } from './receipt-file.js';
import { createReceiptUrlReader, isReceiptUrl } from './receipt-url.js';

/** One reader for all files and one for all URLs; none where there is none. */
export function createReceiptReaders(sources: readonly string[]): DeliveryReader[] {
  const files = sources.filter((source) => !isReceiptUrl(source));
  const urls = sources.filter(isReceiptUrl);
  return [
    ...(files.length > 0 ? [createReceiptFileReader(files)] : []),
    ...(urls.length > 0 ? [createReceiptUrlReader(urls)] : []),
  ];
}
