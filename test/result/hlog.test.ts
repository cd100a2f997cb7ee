import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Histogram, HistogramLogReader, listTags } from 'hdr-histogram-js';
import { histogramLogLines, writeHistogramLog } from '#src/result/hlog.js';
import { type JournalEntry, parseJournalLine } from '#src/result/journal.js';
import {
  encodedUs,
  headerLine,
  START_MS,
  sampleSnapshot,
  snapshotLine,
} from '#test/result/sample-journal.js';

const folder = mkdtempSync(join(tmpdir(), 'mailbench-'));
after(() => rmSync(folder, { recursive: true }));

const trends = {
  smtp_message_duration: encodedUs([1000, 2500]),
  'smtp_command_waiting{code:250,command:MAIL}': encodedUs([70]),
};
const lines = [
  headerLine(),
  snapshotLine({ ...sampleSnapshot({ seq: 0 }), trends }),
  snapshotLine({
    ...sampleSnapshot({ seq: 1 }),
    trends: { smtp_message_duration: encodedUs([4000]), empty: '' },
  }),
];

async function logOf(entries: readonly JournalEntry[]): Promise<string> {
  let text = '';
  for await (const line of histogramLogLines(entries)) text += line;
  return text;
}

function histogramsOf(log: string): Histogram[] {
  const reader = new HistogramLogReader(log);
  const histograms: Histogram[] = [];
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram()) {
    histograms.push(next);
  }
  return histograms;
}

test('the library reads back every interval, with its tag, its time and its values', async () => {
  const histograms = histogramsOf(await logOf(lines.map(parseJournalLine)));
  assert.deepEqual(
    histograms.map((h) => [
      h.tag,
      h.startTimeStampMsec,
      h.endTimeStampMsec,
      h.totalCount,
      h.getValueAtPercentile(50),
    ]),
    [
      ['smtp_message_duration', START_MS, START_MS + 1000, 2, 1000],
      ['smtp_command_waiting{code:250;command:MAIL}', START_MS, START_MS + 1000, 1, 70],
      ['smtp_message_duration', START_MS + 1000, START_MS + 2000, 1, 4001],
    ],
  );
});

test('a comma or a blank in a metric key does not end its tag', async () => {
  const snapshot = { ...sampleSnapshot(), trends: { 'm{a:x y,b:z}': encodedUs([5]) } };
  const log = await logOf([parseJournalLine(headerLine(), 1), { type: 'snapshot', fromSeq: 0, snapshot }]);
  assert.deepEqual(listTags(log), ['m{a:x_y;b:z}']);
});

test('the maximum of an interval is shown in ms', async () => {
  const log = await logOf(lines.map(parseJournalLine));
  assert.match(log, /^Tag=smtp_message_duration,1\.000,1\.000,4\.00\d,/m);
});

test('the log of a run is written from its journal, up to a torn last line', async () => {
  writeFileSync(join(folder, 'journal.ndjson'), `${lines.join('\n')}\n{"type":"snap`);
  await writeHistogramLog(folder);
  assert.equal(histogramsOf(readFileSync(join(folder, 'histograms.hlog'), 'utf8')).length, 3);
});

test('a damaged journal leaves no half a log behind', async () => {
  const damaged = mkdtempSync(join(folder, 'd-'));
  writeFileSync(join(damaged, 'journal.ndjson'), `${lines[0]}\n{\n${lines[1]}\n`);
  await assert.rejects(writeHistogramLog(damaged), { code: 'RESULT_JOURNAL_DAMAGED' });
  assert.deepEqual(readdirSync(damaged), ['journal.ndjson']);
});

test('what was seen of delivery before it was verified is left out', async () => {
  const path = join(folder, 'verified');
  mkdirSync(path);
  const seen = (microseconds: number) =>
    snapshotLine({
      ...sampleSnapshot({ source: 'delivery' }),
      trends: { smtp_delivery_duration: encodedUs([microseconds]) },
    });
  const verify = '{"type":"verify","atUs":1,"receipts":[]}';
  writeFileSync(
    join(path, 'journal.ndjson'),
    `${[headerLine(), seen(1000), verify, seen(2000), verify, seen(3000)].join('\n')}\n`,
  );
  await writeHistogramLog(path);
  const log = readFileSync(join(path, 'histograms.hlog'), 'utf8');
  assert.deepEqual(log.match(/Tag=.*/g)?.length, 1);
  assert.match(log, new RegExp(`,${encodedUs([3000])}`));
});
