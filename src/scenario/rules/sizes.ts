/**
 * Rules about the sizes of messages: what leaves no room for header fields, and distributions that are none.
 */
import type { KeyPath } from '../../yaml/key-path.js';
import { parseSizeBytes } from '../../yaml/quantities.js';
import type { Partly } from '../check-words.js';
import { MIN_MESSAGE_BYTES } from '../message-limits.js';
import type { MessageWords } from '../schema/schema.js';
import type { Report } from './rule.js';

type SizeWords = Partly<NonNullable<MessageWords['size']>>;

export function checkSize(words: SizeWords, path: KeyPath, report: Report): void {
  if (typeof words !== 'object') return checkLeast(words, path, report);
  if ('histogram' in words || !('min' in words)) return;
  checkLeast(words.min, [...path, 'min'], report);
  const [min, max] = [bytesOf(words.min), bytesOf(words.max)];
  if (min > max) {
    const resting = report.restingOn([...path, 'min'], [...path, 'max']);
    resting(path, 'SCENARIO_RANGE_REVERSED', 'has a min above its max', 'Swap the two.');
  }
  if ('lognormal' in words && words.lognormal !== undefined)
    checkLognormal(words.lognormal, { min, max }, { path, report });
}

function checkLognormal(
  {
    median,
    p95,
  }: { readonly median?: string | number | undefined; readonly p95?: string | number | undefined },
  { min, max }: { readonly min: number; readonly max: number },
  { path, report }: { readonly path: KeyPath; readonly report: Report },
): void {
  const at = [...path, 'lognormal'];
  const [medianBytes, p95Bytes] = [bytesOf(median), bytesOf(p95)];
  if (medianBytes >= p95Bytes)
    report(at, 'SCENARIO_MESSAGE_SIZE', 'has a p95 that is not above its median', 'Make p95 the larger one.');
  if (medianBytes < min || medianBytes > max)
    report(
      at,
      'SCENARIO_MESSAGE_SIZE',
      `has a median outside of min and max (${min} to ${max} bytes)`,
      'Set `min` and `max` beside `lognormal`.',
    );
}

function checkLeast(words: string | number | undefined, path: KeyPath, report: Report): void {
  const sizeBytes = bytesOf(words);
  if (Number.isNaN(sizeBytes) || sizeBytes >= MIN_MESSAGE_BYTES) return;
  report(
    path,
    'SCENARIO_MESSAGE_SIZE',
    `is ${sizeBytes} bytes, less than the ${MIN_MESSAGE_BYTES} that the header fields need`,
    `Use at least ${MIN_MESSAGE_BYTES}B.`,
  );
}

/** NaN, which no comparison holds for, where there is none. */
function bytesOf(words: string | number | undefined): number {
  return words === undefined ? Number.NaN : (parseSizeBytes(words) ?? Number.NaN);
}
