/**
 * Histogram log: histograms.hlog, every interval histogram of the journal in HdrHistogram's log format 1.3.
 *
 * For other tools (HistogramLogAnalyzer, hdr-plot): `Tag=<metric key>,<start s>,<length s>,<max ms>,<base64 V2>`, times
 * from BaseTime. Values are µs, the maximum is shown in ms as such tools expect. A comma or a blank would end a tag,
 * so they are written `;` and `_`. Sources of one second have a line each; readers add them up. Streams.
 */
import { join } from 'node:path';
import { Histogram } from '../metrics/histogram.js';
import type { Snapshot } from '../metrics/snapshot.js';
import { AtomicFile } from './atomic-file.js';
import { DELIVERY_SOURCE } from './delivery-fold.js';
import { type JournalEntry, type JournalHeader, parseJournal } from './journal.js';
import { readLines } from './line-file.js';
import { RUN_FILES } from './run-directory.js';

/** Renders histograms.hlog of a run from its journal. @throws UsageError, EnvironmentError */
export async function writeHistogramLog(runDirectory: string): Promise<void> {
  const path = join(runDirectory, RUN_FILES.journal);
  const entries = notSuperseded(
    parseJournal(readLines(path), () => {}),
    await countVerified(path),
  );
  const file = new AtomicFile(join(runDirectory, RUN_FILES.histograms));
  try {
    for await (const line of histogramLogLines(entries)) file.write(line);
  } catch (error) {
    file.abandon();
    throw error;
  }
  file.commit();
}

/** The log's lines, each with its LF. */
export async function* histogramLogLines(
  entries: AsyncIterable<JournalEntry> | Iterable<JournalEntry>,
): AsyncGenerator<string> {
  let startMs = 0;
  for await (const entry of entries) {
    if (entry.type === 'header') {
      startMs = Date.parse(entry.run.startedAt);
      yield preamble(entry, startMs);
    }
    if (entry.type === 'snapshot') yield intervalLines(entry.snapshot, startMs * 1000);
  }
}

/** How often delivery was verified. */
async function countVerified(path: string): Promise<number> {
  let count = 0;
  for await (const line of readLines(path)) if (line.startsWith('{"type":"verify"')) count++;
  return count;
}

/** Without what the delivery reader had told before the last verify. */
async function* notSuperseded(
  entries: AsyncIterable<JournalEntry>,
  verified: number,
): AsyncGenerator<JournalEntry> {
  let left = verified;
  for await (const entry of entries) {
    if (entry.type === 'verify') left--;
    const isOld = left > 0 && entry.type === 'snapshot' && entry.snapshot.source === DELIVERY_SOURCE;
    if (!isOld) yield entry;
  }
}

function preamble(header: JournalHeader, startMs: number): string {
  const startSec = (startMs / 1000).toFixed(3);
  return [
    `#[mailbench ${header.run.mailbench}, run ${header.run.id}, values in microseconds]`,
    '#[Histogram log format version 1.3]',
    `#[StartTime: ${startSec} (seconds since epoch), ${header.run.startedAt}]`,
    `#[BaseTime: ${startSec} (seconds since epoch)]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    '',
  ].join('\n');
}

function intervalLines(snapshot: Snapshot, startUs: number): string {
  const start = seconds(snapshot.fromUs - startUs);
  const length = seconds(snapshot.toUs - snapshot.fromUs);
  return Object.entries(snapshot.trends)
    .filter(([, encoded]) => encoded !== '')
    .map(([key, encoded]) => `Tag=${tagOf(key)},${start},${length},${maxMs(encoded)},${encoded}\n`)
    .join('');
}

function tagOf(key: string): string {
  return key.replaceAll(',', ';').replace(/\s/g, '_');
}

function seconds(us: number): string {
  return (us / 1e6).toFixed(3);
}

function maxMs(encoded: string): string {
  const histogram = Histogram.decode(encoded);
  try {
    return (histogram.max / 1000).toFixed(3);
  } finally {
    histogram.destroy();
  }
}
