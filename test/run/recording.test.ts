import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { NO_COUNTS, type Snapshot } from '#src/metrics/snapshot.js';
import { MAX_SAMPLE_CHARS } from '#src/metrics/tally.js';
import { Recording } from '#src/run/recording.js';
import type { MessageBatch, MessageReport } from '#src/shard/message-report.js';
import { temporaryDir } from '../tmp.js';

test('of the slowest messages of all shards the slowest hundred are logged, slowest first', async (t) => {
  const dir = await temporaryDir(t);
  const recording = newRecording(dir, []);
  const from = (shard: number) => Array.from({ length: 100 }, (_, i) => slow(2 * i + shard));
  recording.add(snapshot('shard-0'), batch(from(0)));
  recording.add(snapshot('shard-1'), batch(from(1)));
  recording.end({ endedAt: new Date(0).toISOString(), status: 'completed', reason: '' });
  const numbers = logged(dir).map(({ number }) => number);
  assert.deepEqual(
    numbers,
    Array.from({ length: 100 }, (_, i) => 199 - i),
  );
});

test('a secret that a server echoes reaches neither the journal nor the message log', async (t) => {
  const dir = await temporaryDir(t);
  const recording = newRecording(dir, ['hunter2']);
  const sample = 'no such pass: hunter2';
  const kind = { outcome: 'rejected', expected: false, phase: 'AUTH', scope: 'session', cause: '' } as const;
  const why = { code: 535, enhanced: '5.7.8', class: 'smtp_auth', permanence: '5yz' } as const;
  const row = { ...kind, ...why, count: 1, sample };
  const reports = batch([{ ...slow(1), why: 'failed', reply: 'hunter2?' }]);
  recording.add({ ...snapshot('shard-0'), outcomes: [row] }, reports);
  recording.note('signal', 'hunter2', 1);
  recording.end({ endedAt: new Date(0).toISOString(), status: 'aborted', reason: 'hunter2' });
  const written = ['journal.ndjson', 'messages.ndjson']
    .map((file) => readFileSync(join(dir, file), 'utf8'))
    .join();
  assert.match(written, /no such pass: \*\*\*/);
  assert.doesNotMatch(written, /hunter2/);
});

test('nor does one in the reply that accepted a message, whatever stands beside it', async (t) => {
  const dir = await temporaryDir(t);
  const recording = newRecording(dir, ['hun"ter']);
  const accepted = '250 hun"ter \u2028 queued as 4711';
  const replies = `${JSON.stringify({ v: 1, number: 3, accepted })}\n`;
  recording.add(snapshot('shard-0'), { reports: [], omitted: {}, replies });
  recording.end({ endedAt: new Date(0).toISOString(), status: 'completed', reason: '' });
  const written = readFileSync(join(dir, 'messages.ndjson'), 'utf8');
  assert.deepEqual(JSON.parse(written), { v: 1, number: 3, accepted: '250 *** \u2028 queued as 4711' });
});

test('a secret through which a reply was cut reaches neither of them', async (t) => {
  const dir = await temporaryDir(t);
  const recording = newRecording(dir, ['correct horse battery']);
  const reply = `${'x'.repeat(MAX_SAMPLE_CHARS - 13)}correct horse`;
  const kind = { outcome: 'rejected', expected: false, phase: 'AUTH', scope: 'session', cause: '' } as const;
  const why = { code: 535, enhanced: '', class: 'smtp_auth', permanence: '5yz' } as const;
  const outcomes = [{ ...kind, ...why, count: 1, sample: reply }];
  recording.add({ ...snapshot('shard-0'), outcomes }, batch([{ ...slow(1), why: 'failed', reply }]));
  recording.end({ endedAt: new Date(0).toISOString(), status: 'completed', reason: '' });
  for (const file of ['journal.ndjson', 'messages.ndjson']) {
    const written = readFileSync(join(dir, file), 'utf8');
    assert.match(written, /xxx\*\*\*/);
    assert.doesNotMatch(written, /correct/);
  }
});

test('messages that shards left out are among those the last line counts', async (t) => {
  const dir = await temporaryDir(t);
  const recording = newRecording(dir, []);
  recording.add(snapshot('shard-0'), { reports: [], omitted: { failed: 3 } });
  recording.add(snapshot('shard-1'), { reports: [], omitted: { failed: 4, unexpected: 1 } });
  recording.end({ endedAt: new Date(0).toISOString(), status: 'completed', reason: '' });
  const text = readFileSync(join(dir, 'messages.ndjson'), 'utf8');
  assert.deepEqual(JSON.parse(text), { v: 1, omitted: { failed: 7, unexpected: 1 } });
});

function batch(reports: readonly MessageReport[]): MessageBatch {
  return { reports, omitted: {} };
}

function newRecording(dir: string, secrets: readonly string[]): Recording {
  const host = { hostname: 'h', os: 'Linux', kernel: '6', cpu: 'c', cores: 2, memoryBytes: 1, workers: 2 };
  const run = {
    id: 'r',
    name: 'n',
    startedAt: new Date(0).toISOString(),
    seed: 1,
    tags: {},
    mailbench: '0',
    node: 'v20',
    host,
  };
  const steady = { fromMs: 0, toMs: null };
  const sources = ['shard-0', 'shard-1'];
  return new Recording(
    dir,
    { run, scenario: {}, thresholds: {}, loadModel: 'closed', steady, sources, intervalMs: 1000 },
    secrets,
  );
}

function snapshot(source: string): Snapshot {
  const health = { wallUs: 1e6, busyUs: 0, cpuWaitUs: 0, lateness: '', arrivalsDropped: 0, faults: {} };
  const nothing = {
    counters: {},
    rates: {},
    trends: {},
    gauges: {},
    outcomes: [],
    accepted: [],
    refusedCopies: [],
  };
  return {
    v: 1,
    source,
    seq: 0,
    fromUs: 0,
    toUs: 1e6,
    counts: NO_COUNTS,
    ...nothing,
    live: '',
    health,
    final: true,
  };
}

/** A message that took `number` µs. */
function slow(number: number): MessageReport {
  return {
    ...{
      v: 1,
      number,
      token: `r-${number}`,
      recipients: ['a@example.test'],
      scheduledAtUs: 0,
      startedAtUs: 0,
    },
    ...{ mailAtUs: 0, endedAtUs: number, outcome: 'accepted', phase: 'CONTENT', cause: '', code: 250 },
    ...{ enhanced: '2.0.0', class: 'accepted', reply: 'ok', why: 'slow' },
  } as MessageReport;
}

function logged(dir: string): { number: number }[] {
  const lines = readFileSync(join(dir, 'messages.ndjson'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as { number: number });
}
