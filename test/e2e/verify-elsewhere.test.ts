/** Runs that are verified afterwards: through the control interface of a sink that ran elsewhere, and after a crash. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseReceiptLine } from '#src/delivery/receipt.js';
import { readDeliveryDetails } from '#src/result/delivery-details.js';
import type { Result } from '#src/result/result.js';
import { readResult } from '#src/result/run-directory.js';
import { runCli, startCli } from '../cli.js';
import { childrenOf, untilEnded } from '../processes.js';
import { temporaryDir } from '../tmp.js';
import { assertAddsUp, loadRun, scenarioFile, startLoadRun } from './load-run.js';

const LOAD = { load: { executor: 'shared-iterations', vus: 4, iterations: 300 } };

describe('a sink elsewhere', { concurrency: 2 }, () => {
  test('tells verify through its control interface what arrived, of all its processes', async (t) => {
    const { target, api, end } = await startSinkWithApi(t);
    await behave(api, [{ when: { numbers: [5] }, lose: true }]);
    const run = await loadRun(t, [await scenarioFile(t, { target: { url: target }, scenarios: LOAD })]);
    assert.deepEqual([run.code, run.result.delivery], [0, null], run.stderr);

    const verified = await runCli(['verify', run.dir, '--receipts', api, '--no-color']);
    assert.deepEqual([verified.code, verified.stderr], [99, '']);
    assert.match(verified.stdout, / 1 {2}lost[\s\S]*lost message 5 /);
    const { accepted, delivered, lost, duplicated, unexpected } = deliveryOf(run.dir);
    assert.deepEqual([accepted, delivered, lost, duplicated, unexpected], [300, 299, 1, 0, 0]);

    await end();
    const before = readFileSync(join(run.dir, 'journal.ndjson'), 'utf8');
    const unreachable = await runCli(['verify', run.dir, '--receipts', api]);
    assert.equal(unreachable.code, 1);
    assert.match(unreachable.stderr, /\[DELIVERY_RECEIPTS_UNREADABLE\]/);
    assert.equal(readFileSync(join(run.dir, 'journal.ndjson'), 'utf8'), before);
  });

  test('tells the run itself, which ends as soon as the last copy is there', async (t) => {
    const { target, api } = await startSinkWithApi(t);
    const file = await scenarioFile(t, {
      target: { url: target },
      scenarios: LOAD,
      delivery: { expect: 'sink', sink: { receipts: [api] }, wait: '10m' },
      thresholds: { delivery_lost: ['count==0'], smtp_delivery_duration: ['p(99)<60000'] },
    });
    const run = await loadRun(t, [file]);
    assert.equal(run.code, 0, run.stderr);
    assertAddsUp(run.result);
    const { accepted, delivered, duplicated, unconfirmed } = deliveryOf(run.dir);
    assert.deepEqual([accepted, delivered, duplicated, unconfirmed], [300, 300, 0, 0]);
    assert.match(readDeliveryDetails(run.dir)?.notes.join('\n') ?? '', /^clock: unsynchronised: /m);
  });
});

describe('a run that is killed', () => {
  test('is told by its journal alone, and verified by the receipts that its sink left', async (t) => {
    const file = await scenarioFile(t, {
      target: { url: 'embedded' },
      scenarios: {
        load: { executor: 'constant-arrival-rate', rate: 200, duration: '10m', preAllocatedVUs: 10 },
      },
      delivery: { expect: 'sink', wait: '10m' },
    });
    const running = await startLoadRun(t, [file]);
    const isEnough = () =>
      copiesSoFar(running.out, 'acceptedCopies') >= 200 && copiesSoFar(running.out, 'delivered') > 0;
    while (!isEnough()) await sleep(20);
    const sinks = childrenOf(running.child.pid ?? 0);
    running.child.kill('SIGKILL');
    await running.done;
    // It takes what lies in its sockets yet.
    await untilEnded(sinks);
    const directory = join(running.out, nameOfRun(running.out) ?? '');

    const report = await runCli(['report', directory, '--quiet']);
    assert.equal(report.code, 0, report.stderr);
    const told = readResult(directory);
    const { begun, accepted: taken, rejected, failed, interrupted } = told.counts;
    // Those that were on their way when the journal was written last have no end.
    const ended = taken + rejected + failed + interrupted;
    assert.ok(begun >= ended && begun <= ended + 10, `${begun} begun, ${ended} ended`);
    assert.equal(told.run.status, 'failed');
    const { accepted, delivered, pending, lost } = deliveryOf(directory);
    assert.equal(accepted, told.counts.acceptedCopies);
    assert.ok(accepted >= 200 && delivered > 0);
    assert.deepEqual([pending, lost], [accepted - delivered, 0]);

    const receipts = join(directory, 'receipts.ndjson');
    const arrived = numbersIn(receipts);
    for (const args of [[], ['--receipts', receipts]]) {
      const verified = await runCli(['verify', directory, ...args, '--quiet']);
      assert.equal(verified.code, 0, verified.stderr);
      const seen = deliveryOf(directory);
      assert.deepEqual([seen.accepted, seen.delivered, seen.lost, seen.pending], [accepted, accepted, 0, 0]);
      // Those that the journal does not know: it is written once a second.
      assert.equal(seen.unconfirmed, arrived.size - accepted);
    }
    const again = await runCli(['report', directory, '--quiet']);
    assert.deepEqual([again.code, deliveryOf(directory).delivered], [0, accepted]);
  });
});

interface SinkWithApi {
  /** URLs. */
  readonly target: string;
  readonly api: string;
  end(): Promise<void>;
}

/** Two processes that share a port. */
async function startSinkWithApi(t: Pick<TestContext, 'after'>): Promise<SinkWithApi> {
  const receipts = join(await temporaryDir(t), 'receipts.ndjson');
  const places = ['--listen', '127.0.0.1:0', '--api', '127.0.0.1:0', '--receipts', receipts];
  const sink = startCli(['sink', ...places, '--workers', '2']);
  t.after(() => sink.child.kill('SIGKILL'));
  const lines: Buffer[] = [];
  sink.child.stdout.on('data', (chunk) => lines.push(Buffer.from(chunk)));
  await sink.waitForOutput(/control interface on \S+\n/);
  const said = Buffer.concat(lines).toString();
  return {
    target: `smtp://${/listening on (\S+)/.exec(said)?.[1]}`,
    api: /control interface on (\S+)/.exec(said)?.[1] ?? '',
    end: async () => {
      sink.child.kill('SIGINT');
      await once(sink.child, 'exit');
    },
  };
}

async function behave(api: string, behaviours: readonly object[]): Promise<void> {
  const body = JSON.stringify({ behaviours });
  const response = await fetch(`${api}/behaviours`, { method: 'PUT', body });
  assert.equal(response.status, 200, await response.text());
}

function deliveryOf(directory: string): NonNullable<Result['delivery']> {
  const { delivery } = readResult(directory);
  assert.ok(delivery !== null);
  return delivery;
}

function nameOfRun(out: string): string | undefined {
  return existsSync(out) ? readdirSync(out).find((name) => name !== 'latest') : undefined;
}

/** As the journal has it. */
/** Of the journal's snapshots. */
function copiesSoFar(out: string, count: 'acceptedCopies' | 'delivered'): number {
  const path = join(out, nameOfRun(out) ?? '', 'journal.ndjson');
  if (nameOfRun(out) === undefined || !existsSync(path)) return 0;
  const counts = [...readFileSync(path, 'utf8').matchAll(new RegExp(`"${count}":(\\d+)`, 'g'))];
  return counts.reduce((total, [, count]) => total + Number(count), 0);
}

function numbersIn(receipts: string): Set<number> {
  const parsed = readFileSync(receipts, 'utf8').split('\n').map(parseReceiptLine);
  return new Set(parsed.flatMap((line) => (line !== null && 'number' in line ? (line.number ?? []) : [])));
}
