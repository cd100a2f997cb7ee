import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { exitCodeOfVerification } from '#src/cli/verify-command.js';
import { acknowledgementLine, type Receipt, receiptLine } from '#src/delivery/receipt.js';
import { NO_COUNTS, NO_DELIVERY_COUNTS } from '#src/metrics/snapshot.js';
import { readDeliveryDetails } from '#src/result/delivery-details.js';
import type { JournalHeader } from '#src/result/journal.js';
import { readResult } from '#src/result/run-directory.js';
import { runCli } from '../cli.js';
import { sampleReceipt } from '../delivery/sample-receipt.js';
import { endLine, header, headerLine, START_US, snapshotLine } from '../result/sample-journal.js';
import { temporaryDir } from '../tmp.js';

const RUN_ID = header().run.id;
const ENVELOPE = {
  from: 'bounce-{{seq}}@sender.example.test',
  to: [
    {
      weight: 1,
      address: 'user{{seq}}@a.example.test',
      domains: [],
      users: 1,
      perMessage: { min: 1, max: 1, weights: null },
      choose: 'uniform' as const,
      exponent: 1,
      list: null,
    },
  ],
};

test('receipts of a sink elsewhere become the delivery block of a run, and a later look may change it', async (t) => {
  const run = await makeRun(t);
  const receipts = join(run, 'elsewhere.ndjson');
  writeFileSync(receipts, [0, 1, 2].map((number) => acknowledged(number)).join(''));
  const first = await runCli(['verify', run, '--receipts', receipts, '--no-color']);
  assert.deepEqual([first.code, first.stderr], [99, '']);
  assert.match(first.stdout, /NOT COMPLETE[\s\S]* 1 {2}lost[\s\S]*lost message 3 {2}user3@a\.example\.test/);
  assert.deepEqual(deliveryOf(run), { ...NO_DELIVERY_COUNTS, accepted: 4, delivered: 3, lost: 1 });

  appendFileSync(receipts, acknowledged(3));
  const second = await runCli(['verify', run, '--receipts', receipts, '--no-color']);
  assert.equal(second.code, 0, second.stderr);
  assert.match(second.stdout, /COMPLETE\n +All 4 accepted copies arrived, each exactly once and whole\./);
  assert.deepEqual(deliveryOf(run), { ...NO_DELIVERY_COUNTS, accepted: 4, delivered: 4 });
  const report = await runCli(['report', run, '--quiet']);
  assert.equal(report.code, 0);
  assert.equal(deliveryOf(run)?.delivered, 4);
  assert.match(readFileSync(join(run, 'summary.md'), 'utf8'), /All 4 accepted copies arrived/);
});

test('without --receipts those in the run directory are read, of all processes', async (t) => {
  const run = await makeRun(t);
  writeFileSync(join(run, 'receipts.ndjson'), acknowledged(0) + acknowledged(1));
  writeFileSync(join(run, 'receipts.ndjson.1'), acknowledged(2) + acknowledged(3));
  const { code, stdout, stderr } = await runCli(['verify', run, '--quiet']);
  assert.deepEqual([code, stdout, stderr], [0, '', '']);
  assert.equal(deliveryOf(run)?.delivered, 4);
});

test('a run directory that was moved is read where it is, beside receipts that were elsewhere', async (t) => {
  const elsewhere = join(await temporaryDir(t), 'elsewhere.ndjson');
  writeFileSync(elsewhere, acknowledged(3));
  const receipts = [`/long/gone/${RUN_ID}/receipts.ndjson`, elsewhere];
  const delivery = { expect: 'sink' as const, lateMs: 1_000, receipts };
  const run = await makeRun(t, { envelope: ENVELOPE, delivery });
  writeFileSync(join(run, 'receipts.ndjson'), [0, 1, 2].map((number) => acknowledged(number)).join(''));
  const { code, stderr } = await runCli(['verify', run, '--quiet']);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(deliveryOf(run)?.delivered, 4);
});

test('receipts of bounces alone do not verify copies that went to mailboxes', async (t) => {
  const delivery = { expect: 'imap' as const, lateMs: 1_000, receipts: [] };
  const run = await makeRun(t, { envelope: ENVELOPE, delivery });
  writeFileSync(join(run, 'receipts.ndjson'), '');
  const { code, stderr } = await runCli(['verify', run]);
  assert.deepEqual([code, /VERIFY_RECEIPTS_MISSING/.test(stderr)], [104, true]);
});

test('a wait ends when the last copy comes', async (t) => {
  const run = await makeRun(t);
  const receipts = join(run, 'receipts.ndjson');
  writeFileSync(receipts, [0, 1, 2].map((number) => acknowledged(number)).join(''));
  const late = setTimeout(() => appendFileSync(receipts, acknowledged(3)), 1_000);
  t.after(() => clearTimeout(late));
  const { code, stderr } = await runCli(['verify', run, '--wait', '50s', '--quiet']);
  assert.equal(code, 0, stderr);
});

test('a journal that was torn by a crash is mended before it is added to', async (t) => {
  const run = await makeRun(t);
  appendFileSync(join(run, 'journal.ndjson'), '{"type":"ev');
  writeFileSync(join(run, 'receipts.ndjson'), [0, 1, 2, 3].map((number) => acknowledged(number)).join(''));
  for (let time = 0; time < 2; time++) assert.equal((await runCli(['verify', run, '--quiet'])).code, 0);
  assert.equal(deliveryOf(run)?.delivered, 4);
});

test('receipts among 200 MB of foreign lines, the last one torn, are read in little memory and told of', async (t) => {
  const run = await makeRun(t);
  const receipts = join(run, 'elsewhere.ndjson');
  const foreign = `{"at":"${'x'.repeat(1024 * 1024)}"}\n`;
  writeFileSync(receipts, acknowledged(0) + acknowledged(1));
  for (let line = 0; line < 200; line++) appendFileSync(receipts, foreign);
  appendFileSync(receipts, acknowledged(2) + acknowledged(3) + acknowledged(1).slice(0, 50));
  const env = { NODE_OPTIONS: '--max-old-space-size=64' };
  const { code, stdout, stderr } = await runCli(['verify', run, '--receipts', receipts, '--no-color'], {
    env,
  });
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /All 4 accepted copies arrived/);
  const notes = readDeliveryDetails(run)?.notes ?? [];
  assert.deepEqual(notes, [
    `The last line of ${receipts} is torn; it was left out.`,
    `200 lines of ${receipts} could not be used and were left out.`,
  ]);
});

test('a run without receipts, an old journal and a wait that is none are refused', async (t) => {
  const run = await makeRun(t);
  assert.match((await runCli(['verify', run])).stderr, /VERIFY_RECEIPTS_MISSING/);
  writeFileSync(join(run, 'receipts.ndjson'), '');
  assert.match((await runCli(['verify', run, '--wait', 'long'])).stderr, /VERIFY_WAIT_INVALID/);
  const before = readFileSync(join(run, 'journal.ndjson'), 'utf8');
  const missing = await runCli(['verify', run, '--receipts', join(run, 'nothing')]);
  assert.deepEqual([missing.code, /DELIVERY_RECEIPTS_UNREADABLE/.test(missing.stderr)], [1, true]);
  assert.equal(readFileSync(join(run, 'journal.ndjson'), 'utf8'), before);
  const old = await makeRun(t, {});
  writeFileSync(join(old, 'receipts.ndjson'), '');
  const refused = await runCli(['verify', old]);
  assert.deepEqual([refused.code, /VERIFY_RUN_TOO_OLD/.test(refused.stderr)], [104, true]);
});

test('thresholds on delivery decide, and without one every loss, double and damage does', () => {
  const threshold = (metric: string, ok: boolean) => ({
    metric,
    threshold: 'count<3',
    ok,
    value: 2,
    abortOnFail: false,
  });
  const delivery = { ...NO_DELIVERY_COUNTS, accepted: 9, delivered: 7, lost: 2 };
  const whole = { ...delivery, delivered: 9, lost: 0 };
  const codes = [
    { thresholds: [threshold('delivery_lost', true)], delivery },
    { thresholds: [threshold('delivery_lost', false)], delivery },
    { thresholds: [threshold('smtp_messages', true)], delivery },
    { thresholds: [threshold('smtp_messages', false)], delivery: whole },
    { thresholds: [], delivery: { ...whole, duplicated: 1 } },
    { thresholds: [], delivery: { ...whole, corrupted: 1 } },
    { thresholds: [], delivery: { ...whole, late: 1, reencoded: 1, bounced: 1 } },
  ].map(exitCodeOfVerification);
  assert.deepEqual(codes, [0, 99, 99, 99, 99, 99, 0]);
});

/** Four messages were accepted. */
async function makeRun(
  t: TestContext,
  changes: Partial<JournalHeader> = { envelope: ENVELOPE },
): Promise<string> {
  const directory = join(await temporaryDir(t), 'run');
  mkdirSync(directory);
  const snapshot = {
    v: 1 as const,
    source: 'shard-0',
    seq: 0,
    fromUs: START_US,
    toUs: START_US + 1e6,
    counts: { ...NO_COUNTS, begun: 4, accepted: 4, offered: 4, acceptedCopies: 4 },
    counters: {},
    rates: {},
    trends: {},
    live: '',
    gauges: {},
    outcomes: [],
    accepted: [[0, 4, 1] as const],
    refusedCopies: [],
    health: { wallUs: 0, busyUs: 0, cpuWaitUs: 0, lateness: '', arrivalsDropped: 0, faults: {} },
    final: true,
  };
  const lines = [headerLine({ sources: ['shard-0'], ...changes }), snapshotLine(snapshot), endLine(1)];
  writeFileSync(join(directory, 'journal.ndjson'), lines.map((line) => `${line}\n`).join(''));
  return directory;
}

function acknowledged(number: number): string {
  const receipt: Receipt = sampleReceipt(number, { run: RUN_ID });
  return receiptLine(receipt) + acknowledgementLine(receipt.id);
}

function deliveryOf(run: string) {
  return readResult(run).delivery;
}
