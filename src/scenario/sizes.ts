/**
 * Sizes of messages as words, and as a file that counts how often each one occurred.
 *
 * The columns of the file are found by their names `size` and `weight`; without a header line they are the first two. Sizes
 * may be written as in the scenario file. Rows without a weight count as one, so that a bare list of sizes will do.
 */
import type { KeyPath } from '../yaml/key-path.js';
import { parseSizeBytes } from '../yaml/quantities.js';
import { toBytes } from '../yaml/quantity-words.js';
import { CsvFault, type Row, readCsv } from './csv.js';
import type { Fault } from './files-beside.js';
import { MAX_MESSAGE_BYTES, MIN_MESSAGE_BYTES } from './message-limits.js';
import type { Report } from './rules/rule.js';
import type { SizeDistribution, SizedMessage, SizesMessage } from './scenario.js';
import type { MessageWords } from './schema/schema.js';

/** Sent to each worker. */
export const MAX_HISTOGRAM_SIZES = 100_000;

type Size = Pick<SizedMessage, 'kind' | 'sizeBytes'> | Pick<SizesMessage, 'kind' | 'sizes'>;

export function toSize(
  words: NonNullable<MessageWords['size']>,
  path: KeyPath,
  { folder, report }: { readonly folder: string; readonly report: Report },
): Size {
  if (typeof words !== 'object') return { kind: 'size', sizeBytes: toBytes(words) };
  if ('histogram' in words) {
    const sizes = readHistogram(words.histogram, folder);
    if (!('message' in sizes)) return { kind: 'sizes', sizes };
    report([...path, 'histogram'], 'SCENARIO_SIZES_FILE', sizes.message, sizes.hint);
    return { kind: 'size', sizeBytes: 0 };
  }
  const bounds = { minBytes: toBytes(words.min), maxBytes: toBytes(words.max) };
  if (!('lognormal' in words)) return { kind: 'sizes', sizes: { kind: 'uniform', ...bounds } };
  const { median, p95 } = words.lognormal;
  const shape = { medianBytes: toBytes(median), p95Bytes: toBytes(p95) };
  return { kind: 'sizes', sizes: { kind: 'lognormal', ...shape, ...bounds } };
}

type Histogram = Extract<SizeDistribution, { kind: 'histogram' }>;

export function readHistogram(path: string, folder: string): Histogram | Fault {
  return readCsv(path, folder, parseHistogram);
}

function parseHistogram(rows: Generator<Row, undefined>): Histogram {
  const weights = new Map<number, number>();
  let columns = { size: 0, weight: 1 };
  let isFirst = true;
  for (const { line, fields } of rows) {
    if (isFirst && fields.includes('size'))
      columns = { size: fields.indexOf('size'), weight: fields.indexOf('weight') };
    else {
      const sizeBytes = sizeOf(fields[columns.size] ?? '', line);
      const weight = weightOf(fields[columns.weight], line);
      if (weight > 0) weights.set(sizeBytes, (weights.get(sizeBytes) ?? 0) + weight);
      if (weights.size > MAX_HISTOGRAM_SIZES)
        throw new CsvFault(line, `is beyond ${MAX_HISTOGRAM_SIZES} different sizes`, 'Round the sizes.');
    }
    isFirst = false;
  }
  if (weights.size === 0)
    throw new CsvFault(1, 'is missing, or no row has a weight above 0', 'Write size,weight on each line.');
  const bins = [...weights].map(([sizeBytes, weight]) => ({ sizeBytes, weight }));
  return { kind: 'histogram', bins: bins.sort((a, b) => a.sizeBytes - b.sizeBytes) };
}

function sizeOf(field: string, line: number): number {
  const text = field.trim();
  const sizeBytes = parseSizeBytes(/^\d{1,12}$/.test(text) ? Number(text) : text);
  if (sizeBytes === null) throw new CsvFault(line, 'has no size', 'Write bytes, or a size such as 12KiB.');
  if (sizeBytes >= MIN_MESSAGE_BYTES && sizeBytes <= MAX_MESSAGE_BYTES) return sizeBytes;
  const hint = `Sizes are of the whole message, ${MIN_MESSAGE_BYTES} to ${MAX_MESSAGE_BYTES} bytes.`;
  throw new CsvFault(line, `has a size of ${sizeBytes} bytes`, hint);
}

function weightOf(field: string | undefined, line: number): number {
  if (field === undefined) return 1;
  const text = field.trim();
  if (/^\d{1,15}(?:\.\d{1,15})?$/.test(text)) return Number(text);
  throw new CsvFault(line, 'has no weight', 'Write a number, 0 or more, in the second column.');
}
