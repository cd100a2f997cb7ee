/** Session shapes as a server sees them: the sink's connections, and what its receipts say came on each. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readResult } from '#src/result/run-directory.js';
import { runCli } from '../cli.js';
import { temporaryDir } from '../tmp.js';
import { startCliSink } from './cli-sink.js';
import { assertAddsUp, assertExit, loadRun, readMessages, scenarioFile } from './load-run.js';

/** How many messages each session brought, by the receipts, ascending. */
function sessionLengths(file: string): readonly number[] {
  const lengths = new Map<string, number>();
  for (const line of readFileSync(file, 'utf8').split('\n').slice(0, -1)) {
    const { session } = JSON.parse(line) as { session?: string };
    if (session !== undefined) lengths.set(session, (lengths.get(session) ?? 0) + 1);
  }
  return [...lengths.values()].sort((a, b) => a - b);
}

describe('the sessions of a run', () => {
  test('hold as many messages as the weights say, the same from one worker and from two', async (t) => {
    const dir = await temporaryDir(t);
    const file = await scenarioFile(t, {
      seed: 11,
      client: { messagesPerSession: { 1: 70, 2: 20, 10: 10 } },
      messages: [{ size: '1KiB' }],
      scenarios: { mix: { executor: 'shared-iterations', vus: 4, iterations: 300, iteration: 'session' } },
    });
    const lengthsFrom = async (workers: string) => {
      const receipts = join(dir, `${workers}.ndjson`);
      const sink = await startCliSink(t, ['--receipts', receipts]);
      const url = `smtp://127.0.0.1:${sink.port}`;
      const run = await loadRun(t, [file, '--target', url, '--workers', workers]);
      assertExit(run, 0);
      assertAddsUp(run.result);
      const { messages, connections } = await sink.totals();
      assert.deepEqual([messages, connections], [run.result.counts.accepted, 300]);
      return sessionLengths(receipts);
    };
    const lengths = await lengthsFrom('1');
    assert.equal(lengths.length, 300);
    assert.ok(lengths.every((length) => [1, 2, 10].includes(length)));
    // Within four standard errors of a share of 300.
    for (const [length, expected] of [
      [1, 0.7],
      [2, 0.2],
      [10, 0.1],
    ] as const) {
      const share = lengths.filter((one) => one === length).length / 300;
      const error = Math.sqrt((expected * (1 - expected)) / 300);
      assert.ok(Math.abs(share - expected) < 4 * error, `${share} of the sessions brought ${length}`);
    }
    assert.deepEqual(await lengthsFrom('2'), lengths);
  });

  test('storm in at a rate that ramps, a connection for each that was due, beside those held idle', async (t) => {
    const sink = await startCliSink(t);
    const file = await scenarioFile(t, {
      client: { messagesPerSession: 1, idle: { sessions: 30 } },
      messages: [{ size: '1KiB' }],
      scenarios: {
        storm: {
          executor: 'ramping-arrival-rate',
          iteration: 'session',
          startRate: 0,
          stages: [
            { duration: '1s', target: 200 },
            { duration: '500ms', target: 0 },
          ],
          preAllocatedVUs: 150,
        },
      },
    });
    const run = await loadRun(t, [file, '--target', `smtp://127.0.0.1:${sink.port}`]);
    assertExit(run, 0);
    assertAddsUp(run.result);
    const { scheduled, started, accepted } = run.result.counts;
    assert.deepEqual([scheduled, accepted], [150, started]);
    assert.equal((await sink.totals()).connections, started + 30);
  });

  test('carry messages to as many recipients as are drawn, each proven, also when the journal is read again', async (t) => {
    const file = await scenarioFile(t, {
      seed: 4,
      messages: [{ size: '1KiB' }],
      envelope: { to: { users: 60, perMessage: { 1: 80, 5: 15, 50: 5 } } },
      scenarios: { mix: { executor: 'shared-iterations', vus: 3, iterations: 120 } },
      delivery: { expect: 'sink', wait: '20s' },
    });
    const run = await loadRun(t, [file, '--workers', '2', '--log-messages', 'all']);
    assertExit(run, 0);
    assertAddsUp(run.result);
    const counts = new Set(readMessages(run.dir).map(({ recipients }) => recipients.length));
    assert.deepEqual(
      [...counts].sort((a, b) => a - b),
      [1, 5, 50],
    );
    const { acceptedCopies, offered } = run.result.counts;
    assert.equal(acceptedCopies, offered);
    assert.equal(run.result.delivery?.delivered, offered);
    const again = await runCli(['verify', run.dir]);
    assert.equal(again.code, 0, again.stderr);
    assert.equal(readResult(run.dir).delivery?.delivered, offered);
  });
});
