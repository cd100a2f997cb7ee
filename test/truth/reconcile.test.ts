/**
 * What a run counts is what the sink counted: messages, copies, connections and receipts, in every executor, over two workers,
 * run to its end, and stopped by Ctrl-C once and twice. No tolerance: every number is equal, or a message is in doubt.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from '#src/result/result.js';
import { startCliSink } from '../e2e/cli-sink.js';
import { assertAddsUp, assertExit, loadRun, scenarioFile, startLoadRun } from '../e2e/load-run.js';
import { temporaryDir } from '../tmp.js';
import { EVERY_EXECUTOR, endless, underway } from './every-executor.js';

describe('the counts of a run and those of the sink', { concurrency: 2 }, () => {
  for (const [name, spec] of Object.entries(EVERY_EXECUTOR)) {
    test(`${name}: are equal at its end, in messages, copies, connections and receipts`, async (t) => {
      const { port, receipts, totals } = await sink(t);
      const run = await loadRun(t, [await scenario(t, port, spec), '--workers', '2', '--seed', '3']);
      assertExit(run, 0);
      assertAddsUp(run.result);
      const took = await totals();
      const { counts, metrics } = run.result;
      assert.equal(counts.begun, counts.started);
      assert.equal(counts.interrupted, 0);
      assert.deepEqual(
        [took.messages, took.recipients, took.connections],
        [counts.accepted, counts.acceptedCopies, metrics.smtp_sessions?.values.count],
      );
      assertReceipts(receipts, counts);
    });

    test(`${name}: are equal after Ctrl-C, which lets what is in flight end`, async (t) => {
      const { port, receipts, totals } = await sink(t);
      const running = await startLoadRun(t, [await scenario(t, port, endless(spec)), '--workers', '2']);
      await underway(running.out);
      running.child.kill('SIGINT');
      const run = await running.ended();
      assertExit(run, 105);
      assertAddsUp(run.result);
      const took = await totals();
      const { counts } = run.result;
      assert.equal(counts.interrupted, 0);
      assert.deepEqual([took.messages, took.recipients], [counts.accepted, counts.acceptedCopies]);
      assertReceipts(receipts, counts);
    });

    test(`${name}: after Ctrl-C twice, what the sink has beyond them was in doubt`, async (t) => {
      const { port, receipts, totals } = await sink(t, ['--behaviours', await slow(t)]);
      const running = await startLoadRun(t, [await scenario(t, port, endless(spec)), '--workers', '2']);
      await underway(running.out);
      running.child.kill('SIGINT');
      await sleep(50);
      running.child.kill('SIGINT');
      const run = await running.ended();
      assertExit(run, 105);
      assertAddsUp(run.result);
      const took = await totals();
      const { counts } = run.result;
      assert.ok(
        took.messages >= counts.accepted,
        `${took.messages} at the sink, ${counts.accepted} accepted`,
      );
      assert.ok(
        took.messages <= counts.accepted + counts.inDoubt,
        `${took.messages} at the sink, ${JSON.stringify(counts)}`,
      );
      assert.equal(numbersOf(receipts).length, took.messages);
    });
  }
});

async function sink(t: TestContext, flags: readonly string[] = []) {
  const receipts = join(await temporaryDir(t), 'receipts.ndjson');
  return { receipts, ...(await startCliSink(t, ['--receipts', receipts, ...flags])) };
}

function scenario(t: TestContext, port: number, spec: object): Promise<string> {
  return scenarioFile(t, {
    target: { url: `smtp://127.0.0.1:${port}` },
    client: { messagesPerSession: { 1: 3, 5: 1 } },
    messages: [{ size: '2KiB' }],
    envelope: { to: { perMessage: { 1: 4, 3: 1 } } },
    scenarios: { all: spec },
  });
}

/** Every reply to content comes late, so that something is always in flight. */
async function slow(t: TestContext): Promise<string> {
  return scenarioFile(t, { behaviours: [{ when: { verb: 'CONTENT' }, delay: '300ms' }] });
}

function numbersOf(receipts: string): number[] {
  const lines = readFileSync(receipts, 'utf8').trimEnd().split('\n');
  return lines
    .map((line) => JSON.parse(line) as { number?: number })
    .flatMap(({ number }) => (number === undefined ? [] : [number]));
}

/** One for each message accepted, and none twice. */
function assertReceipts(receipts: string, { accepted }: Result['counts']): void {
  const numbers = numbersOf(receipts);
  assert.equal(numbers.length, accepted);
  assert.equal(new Set(numbers).size, accepted);
}
