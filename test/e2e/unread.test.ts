/** What could not be looked at is not called lost, and nobody who does not answer keeps a run from ending. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readDeliveryDetails } from '#src/result/delivery-details.js';
import { temporaryDir } from '../tmp.js';
import { startCliSink } from './cli-sink.js';
import { assertAddsUp, loadRun, scenarioFile, startLoadRun } from './load-run.js';

const LOAD = { load: { executor: 'shared-iterations', vus: 2, iterations: 20 } };

describe('copies that nobody could look for', { concurrency: 2 }, () => {
  test('are pending, and the run could not finish', async (t) => {
    const maildir = join(await temporaryDir(t), 'Maildir');
    mkdirSync(join(maildir, 'new'), { recursive: true });
    const file = await scenarioFile(t, {
      target: { url: 'embedded' },
      scenarios: LOAD,
      delivery: { expect: 'maildir', maildir: { path: maildir }, wait: '3s' },
      // What is there before the run is left alone.
      actions: [{ at: '0s', name: 'pipe', run: `mkfifo '${join(maildir, 'new/pipe')}'` }],
      thresholds: { delivery_lost: ['count==0'] },
    });
    const run = await loadRun(t, [file]);
    assert.equal(run.code, 1, run.stderr);
    assert.match(run.stderr, /\[DELIVERY_UNREAD\]/);
    assertAddsUp(run.result);
    assert.equal(run.result.run.status, 'failed');
    assert.deepEqual([run.result.delivery?.pending, run.result.delivery?.lost], [20, 0]);
    assert.match(
      readDeliveryDetails(run.dir)?.notes.join('\n') ?? '',
      /new\/pipe" cannot be read: not a file/,
    );
  });

  test('are pending after Ctrl-C, which waits for no answer and for no command', async (t) => {
    const sink = await startCliSink(t);
    const file = await scenarioFile(t, {
      target: { url: `smtp://127.0.0.1:${sink.port}` },
      scenarios: LOAD,
      delivery: {
        expect: 'sink',
        sink: { receipts: [await silentReceipts(t)] },
        wait: '10m',
        queue: 'sleep 600',
      },
    });
    const running = await startLoadRun(t, [file]);
    while (!isLoadOver(running.out)) await sleep(20);
    running.child.kill('SIGINT');
    const run = await running.ended();
    assert.equal(run.code, 105, run.stderr);
    assert.deepEqual([run.result.delivery?.pending, run.result.delivery?.lost], [20, 0]);
  });
});

function isLoadOver(out: string): boolean {
  const [name = ''] = existsSync(out) ? readdirSync(out) : [];
  const path = join(out, name, 'journal.ndjson');
  return existsSync(path) && /"source":"shard-0".*"final":true/.test(readFileSync(path, 'utf8'));
}

/** Answers once, when it is opened. */
async function silentReceipts(t: TestContext): Promise<string> {
  let isOpened = false;
  const server = createServer((_request, answer) => {
    if (isOpened) return;
    isOpened = true;
    answer.writeHead(200, { 'x-mailbench-next': 'a' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
