/** The proof of delivery, told by the command line: what is lost and doubled is found to the message. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DeliveryDetails, readDeliveryDetails } from '#src/result/delivery-details.js';
import { foldRunDirectory } from '#src/result/fold.js';
import type { Result } from '#src/result/result.js';
import { runCli } from '../cli.js';
import { freePort } from '../free-port.js';
import { assertAddsUp, assertExit, type LoadRun, loadRun, scenarioFile, startLoadRun } from './load-run.js';

const SIDE_BY_SIDE = { concurrency: 2 };
const TO_ONE = { address: 'user{{n}}@{{domain}}', domains: { 'a.example.test': 3, 'b.example.test': 1 } };

describe('a run that proves what arrived', SIDE_BY_SIDE, () => {
  test('of 20,000 messages, three that a sink silently loses and two that it doubles are found, by number', async (t) => {
    const lost = [17, 4711, 19999];
    const doubled = [3, 12000];
    const file = await scenario(t, {
      behaviours: [
        { when: { numbers: lost }, lose: true },
        { when: { numbers: doubled }, twice: true },
      ],
      iterations: 20_000,
      thresholds: {
        delivery_lost: ['count==3'],
        delivery_duplicated: ['count<=2'],
        delivery_corrupted: ['count==0'],
      },
    });
    const run = await loadRun(t, [file]);
    assertExit(run, 0);
    assertCopiesAddUp(run.result);
    assert.deepEqual(run.result.delivery, {
      accepted: 20_000,
      delivered: 19_997,
      bounced: 0,
      lost: 3,
      pending: 0,
      duplicated: 2,
      duplicatedUnacknowledged: 0,
      corrupted: 0,
      reencoded: 0,
      late: 0,
      unconfirmed: 0,
      unexpected: 0,
    });
    assert.deepEqual(numbersOf(run, 'lost'), lost);
    assert.deepEqual(numbersOf(run, 'duplicated'), doubled);
    for (const one of detailsOf(run).cases) assert.match(one.reply, /^250 /, `reply of ${one.number}`);
    assert.equal(run.result.metrics.delivery_lost?.values.count, 3);
    assert.equal(run.result.metrics.smtp_delivery_duration?.n, 19_997);
    assert.equal(run.result.series.at(-1)?.backlog, 3);
    const { domains } = detailsOf(run);
    assert.deepEqual(domains.map(({ domain }) => domain).sort(), ['a.example.test', 'b.example.test']);
    assert.equal(sum(domains.map(({ delivered }) => delivered)), 19_997);
    assert.deepEqual(await foldRunDirectory(run.dir), {
      result: run.result,
      deliveryDetails: detailsOf(run),
      warnings: [],
    });
  });

  test('copies of partly refused messages are told apart, and nothing is missing', async (t) => {
    const file = await scenario(t, {
      behaviours: [{ when: { verb: 'RCPT', recipient: 'user7@*' }, reject: '550 5.1.1 nobody' }],
      iterations: 300,
      to: { ...TO_ONE, users: 20, perMessage: 3 },
    });
    const run = await loadRun(t, [file]);
    assertCopiesAddUp(run.result);
    const { counts, delivery } = run.result;
    assert.ok(counts.refused > 0 && counts.partial > 0);
    assert.equal(delivery?.delivered, counts.acceptedCopies);
    assert.deepEqual([delivery?.unconfirmed, delivery?.lost, delivery?.unexpected], [0, 0, 0]);
  });

  test('a threshold on what was lost fails the run', async (t) => {
    const file = await scenario(t, {
      behaviours: [{ when: { numbers: [5] }, lose: true }],
      iterations: 10,
      thresholds: { delivery_lost: ['count==0'] },
    });
    const run = await loadRun(t, [file]);
    assertExit(run, 99);
    assert.deepEqual(
      run.result.thresholds.map(({ value, ok }) => [value, ok]),
      [[1, false]],
    );
  });

  test('Ctrl-C while it waits: what is missing is pending, not lost', async (t) => {
    const file = await scenario(t, {
      behaviours: [{ when: { numbers: [5] }, lose: true }],
      iterations: 10,
      wait: '10m',
    });
    const running = await startLoadRun(t, [file]);
    while (!isWaiting(running.out)) await sleep(20);
    running.child.kill('SIGINT');
    const run = await running.ended();
    assertCopiesAddUp(run.result);
    assert.deepEqual(
      [run.result.delivery?.delivered, run.result.delivery?.pending, run.result.delivery?.lost],
      [9, 1, 0],
    );
    assert.deepEqual(numbersOf(run, 'pending'), [5]);
    assert.equal(run.code, 105);
  });

  test('a queue that is not empty leaves what is missing pending', async (t) => {
    const file = await scenario(t, {
      behaviours: [{ when: { numbers: [5] }, lose: true }],
      iterations: 10,
      wait: '300ms',
      queue: 'cat queued',
    });
    await writeFile(join(dirname(file), 'queued'), '4\n');
    const run = await loadRun(t, [file]);
    assert.deepEqual([run.result.delivery?.pending, run.result.delivery?.lost], [1, 0]);
  });

  test('why the bounces of its own sink did not get out is told', async (t) => {
    const port = await freePort();
    const file = await scenario(t, {
      behaviours: [{ bounce: { after: '0ms' } }],
      bounceTo: `smtp://127.0.0.1:${port}`,
      iterations: 10,
      wait: '100ms',
    });
    const { stderr } = await loadRun(t, [file]);
    // On a busy machine the sink may close before the last of them was tried again.
    const givenUp = [...stderr.matchAll(/ bounce given up (\d+) times?: .*ECONNREFUSED/g)];
    assert.equal(
      givenUp.map(([, times]) => Number(times)).reduce((sum, times) => sum + times, 0),
      10,
    );
  });

  test('a report made again has the same delivery.json', async (t) => {
    const file = await scenario(t, { behaviours: [{ when: { numbers: [1] }, lose: true }], iterations: 10 });
    const run = await loadRun(t, [file]);
    const before = readFileSync(join(run.dir, 'delivery.json'), 'utf8');
    await writeFile(join(run.dir, 'delivery.json'), '{}');
    assert.equal((await runCli(['report', run.dir, '--quiet'])).code, 0);
    assert.equal(readFileSync(join(run.dir, 'delivery.json'), 'utf8'), before);
  });
});

describe('actions', SIDE_BY_SIDE, () => {
  test('are run at their time in the folder of the scenario, and told in the journal', async (t) => {
    const file = await scenario(t, {
      iterations: 50,
      rate: 50,
      actions: [{ at: '200ms', name: 'mark', run: 'echo "$MAILBENCH_RUN $MAILBENCH_ACTION" > marked' }],
    });
    const run = await loadRun(t, [file]);
    assert.equal(readFileSync(join(dirname(file), 'marked'), 'utf8'), `${run.result.run.id} mark\n`);
    assert.match(readFileSync(join(run.dir, 'journal.ndjson'), 'utf8'), /The action mark ended with 0/);
  });

  test('that are due when the run is over are not started, which is a reason in its health', async (t) => {
    const file = await scenario(t, {
      iterations: 10,
      actions: [{ at: '10m', name: 'crash', run: 'echo > started' }],
    });
    const run = await loadRun(t, [file]);
    assert.equal(existsSync(join(dirname(file), 'started')), false);
    assert.ok(
      run.result.health.reasons.includes(
        'The action crash was not started: the run was over before it was due.',
      ),
      run.result.health.reasons.join('\n'),
    );
  });

  test('that fail are a reason in the health of the run', async (t) => {
    const file = await scenario(t, {
      iterations: 50,
      rate: 50,
      actions: [{ at: '100ms', name: 'crash', run: 'echo no such server >&2; exit 3' }],
    });
    const run = await loadRun(t, [file]);
    assert.ok(
      run.result.health.reasons.includes('The action crash ended with 3: no such server.'),
      run.result.health.reasons.join('\n'),
    );
    assert.notEqual(run.result.health.verdict, 'ok');
  });
});

interface Wanted {
  readonly behaviours?: readonly object[];
  readonly bounceTo?: string;
  readonly iterations: number;
  readonly rate?: number;
  readonly to?: object;
  readonly wait?: string;
  readonly queue?: string;
  readonly thresholds?: object;
  readonly actions?: readonly object[];
}

/** A scenario file and, beside it, the behaviours of its sink. */
async function scenario(t: Pick<TestContext, 'after'>, wanted: Wanted): Promise<string> {
  const { behaviours = [], bounceTo, iterations, rate, to = TO_ONE, wait = '2s', queue, ...rest } = wanted;
  const load =
    rate === undefined
      ? { executor: 'shared-iterations', vus: 10, iterations }
      : { executor: 'constant-arrival-rate', rate, duration: `${iterations / rate}s`, preAllocatedVUs: 10 };
  const file = await scenarioFile(t, {
    seed: 7,
    target: { url: 'embedded' },
    messages: [{ size: '1KiB' }],
    envelope: { from: 'bounce-{{seq}}@sender.example.test', to },
    scenarios: { load },
    delivery: {
      expect: 'sink',
      sink: { behaviours: './behaviours.yaml', ...(bounceTo && { bounceTo }) },
      wait,
      ...(queue && { queue }),
    },
    ...rest,
  });
  await writeFile(join(dirname(file), 'behaviours.yaml'), JSON.stringify({ behaviours }));
  return file;
}

function assertCopiesAddUp(result: Result): void {
  assertAddsUp(result);
  const { counts, delivery } = result;
  assert.ok(delivery !== null);
  assert.equal(delivery.accepted, counts.acceptedCopies);
  assert.equal(delivery.accepted, delivery.delivered + delivery.bounced + delivery.lost + delivery.pending);
}

/** The shards are done, and the delivery reader goes on. */
function isWaiting(out: string): boolean {
  const [name] = existsSync(out) ? readdirSync(out) : [];
  const path = join(out, name ?? '', 'journal.ndjson');
  if (name === undefined || !existsSync(path)) return false;
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  const last = lines.findLastIndex(
    (line) => line.includes('"source":"shard-0"') && line.includes('"final":true'),
  );
  return last >= 0 && lines.slice(last).filter((line) => line.includes('"source":"delivery"')).length >= 2;
}

function detailsOf(run: LoadRun): DeliveryDetails {
  const details = readDeliveryDetails(run.dir);
  assert.ok(details !== null);
  return details;
}

function numbersOf(run: LoadRun, kind: string): (number | null)[] {
  const cases = detailsOf(run).cases.filter((one) => one.kind === kind);
  return cases.map(({ number }) => number).sort((a, b) => (a ?? 0) - (b ?? 0));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
