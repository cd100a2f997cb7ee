import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '#src/errors.js';
import { type JournalEntry, parseJournal, parseJournalLine } from '#src/result/journal.js';
import { endLine, headerLine, sampleSnapshot, snapshotLine } from '#test/result/sample-journal.js';

async function read(lines: readonly string[]): Promise<{ entries: JournalEntry[]; torn: number | null }> {
  let torn: number | null = null;
  const entries: JournalEntry[] = [];
  const onTorn = (lineNumber: number) => {
    torn = lineNumber;
  };
  for await (const entry of parseJournal(lines, onTorn)) entries.push(entry);
  return { entries, torn };
}

test('the entries of a journal come in order', async () => {
  const event = JSON.stringify({ type: 'event', atUs: 1, kind: 'signal', text: 'SIGINT' });
  const { entries, torn } = await read([headerLine(), snapshotLine(sampleSnapshot()), event, endLine(1)]);
  assert.deepEqual(
    entries.map((entry) => entry.type),
    ['header', 'snapshot', 'event', 'end'],
  );
  assert.equal(torn, null);
});

test('a torn last line ends the journal and is reported by its number', async () => {
  const { entries, torn } = await read([headerLine(), snapshotLine(sampleSnapshot()).slice(0, -7)]);
  assert.equal(entries.length, 1);
  assert.equal(torn, 2);
});

test('a damaged line in the middle is an error with its number', async () => {
  const lines = [headerLine(), '{"type":"snap', endLine(1)];
  await assert.rejects(read(lines), { code: 'RESULT_JOURNAL_DAMAGED', message: /line 2/ });
});

test('an unknown key is an error that names line and key', () => {
  const line = JSON.stringify({ ...JSON.parse(endLine(1)), why: 'x' });
  assert.throws(() => parseJournalLine(line, 9), { code: 'RESULT_JOURNAL_INVALID', message: /line 9.*why/ });
});

test('a value of the wrong type is an error that names line and key', () => {
  const line = snapshotLine({ ...sampleSnapshot(), toUs: 'late' as unknown as number });
  assert.throws(() => parseJournalLine(line, 3), { message: /line 3, snapshot\.toUs/ });
});

test('a journal of another version is refused', () => {
  const line = headerLine().replace('"v":1', '"v":2');
  assert.throws(() => parseJournalLine(line, 1), UsageError);
});

test('a journal begins with its header and has only one', async () => {
  await assert.rejects(read([endLine(1)]), { code: 'RESULT_JOURNAL_INVALID', message: /line 1/ });
  await assert.rejects(read([headerLine(), headerLine()]), { message: /line 2/ });
});

test('a journal without a whole line holds nothing, and says so', async () => {
  await assert.rejects(read([]), { code: 'RESULT_JOURNAL_EMPTY' });
  await assert.rejects(read([headerLine().slice(0, 20)]), { code: 'RESULT_JOURNAL_EMPTY' });
});
