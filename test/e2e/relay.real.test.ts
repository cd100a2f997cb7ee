/**
 * Proof of delivery through a real relay: mailbench → Postfix → sink, undisturbed, with the sink killed, with Postfix
 * killed, with a sink that takes no 8bit content, and with recipients that the sink refuses.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { DeliveryDetails } from '#src/result/delivery-details.js';
import { readDeliveryDetails } from '#src/result/delivery-details.js';
import { startCli } from '../cli.js';
import { freePort } from '../free-port.js';
import { eventually } from '../servers/eventually.js';
import { type Postfix, type PostfixOptions, startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { temporaryDir } from '../tmp.js';
import { assertAddsUp, assertExit, type LoadRun, loadRun, scenarioFile, startLoadRun } from './load-run.js';

/** Deferred mail is tried again at once: a test does not wait for five minutes. */
const IMPATIENT = {
  minimal_backoff_time: '1s',
  maximal_backoff_time: '2s',
  queue_run_delay: '1s',
  // A destination that failed is not left alone for a minute.
  smtp_destination_concurrency_failed_cohort_limit: '0',
  default_destination_concurrency_failed_cohort_limit: '0',
};

describe('copies relayed by a real Postfix', { concurrency: 2 }, () => {
  test('undisturbed: 5,000 copies arrive exactly once and whole, for four domains', async (t) => {
    const port = await freePort();
    const postfix = await start(t, { relayPort: port });
    if (postfix === undefined) return;
    const domains = ['a.example.test', 'b.example.test', 'c.example.test', 'd.example.test'];
    const file = await scenarioFile(t, {
      ...relayed(postfix),
      envelope: { to: { address: 'user{{n}}@{{domain}}', domains, perMessage: 2 } },
      scenarios: { all: { executor: 'shared-iterations', vus: 20, iterations: 2_500 } },
      delivery: { expect: 'sink', sink: { listen: `127.0.0.1:${port}` }, wait: '60s' },
      thresholds: { delivery_lost: ['count==0'], delivery_duplicated: ['count==0'] },
    });
    const run = await loadRun(t, [file]);
    assertExit(run, 0);
    assertAddsUp(run.result);
    assertBlock(run, { accepted: 5_000, delivered: 5_000 });
    assert.equal(run.result.metrics.smtp_delivery_duration?.n, 5_000);
    const details = detailsOf(run);
    assert.deepEqual(details.domains.map(({ domain }) => domain).sort(), domains);
    for (const { accepted, delivered } of details.domains) assert.equal(delivered, accepted);
    assert.deepEqual(details.cases, []);
    assert.equal(run.result.series.at(-1)?.backlog, 0);
    await postfix.waitForEmptyQueue();
    assert.equal((await postfix.countsFromLog()).sent, 5_000);
  });

  test('a sink that is killed, then greylists and throttles, loses nothing, and doubles only what it did not acknowledge', async (t) => {
    const [port, folder] = [await freePort(), await temporaryDir(t)];
    const postfix = await start(t, { relayPort: port, extra: IMPATIENT });
    if (postfix === undefined) return;
    const receipts = join(folder, 'receipts.ndjson');
    const behaviours = join(folder, 'behaviours.yaml');
    await writeFile(
      behaviours,
      [
        'behaviours:',
        '  - name: grey',
        '    when: { verb: RCPT, domain: b.example.test }',
        '    greylist: { delay: 2s }',
        '  - name: slow-lane',
        '    when: { verb: MAIL }',
        '    throttle: { messages: 100, per: 1s, code: 451 }',
      ].join('\n'),
    );
    const flags = ['sink', '--listen', `127.0.0.1:${port}`, '--receipts', receipts];
    const first = startCli(flags);
    t.after(() => first.child.kill('SIGKILL'));
    await until(() => existsSync(receipts));

    const file = await scenarioFile(t, {
      ...relayed(postfix),
      envelope: {
        to: { address: 'user{{n}}@{{domain}}', domains: ['a.example.test', 'b.example.test'] },
      },
      scenarios: {
        steady: {
          executor: 'constant-arrival-rate',
          rate: 150,
          duration: '10s',
          preAllocatedVUs: 50,
          maxVUs: 200,
        },
      },
      delivery: { expect: 'sink', sink: { receipts: [receipts] }, wait: '90s', late: '1s' },
    });
    const running = await startLoadRun(t, [file]);
    await until(() => linesOf(receipts) > 400);
    first.child.kill('SIGKILL');
    await first.done;
    const second = startCli([...flags, '--behaviours', behaviours]);
    t.after(() => second.child.kill('SIGKILL'));
    const run = await running.ended();

    const { counts, delivery } = run.result;
    assertAddsUp(run.result);
    assert.ok(counts.acceptedCopies > 500);
    assert.deepEqual([delivery?.delivered, delivery?.lost, delivery?.pending], [counts.acceptedCopies, 0, 0]);
    assert.ok((delivery?.late ?? 0) > 0, 'what was greylisted is late');
    assert.equal(delivery?.duplicated, delivery?.duplicatedUnacknowledged);
    const log = await postfix.log();
    for (const { kind, reply, recipient } of detailsOf(run).cases) {
      if (kind !== 'duplicated') continue;
      const id = /queued as (\w+)/.exec(reply)?.[1];
      assert.ok(id !== undefined, reply);
      const deferred = new RegExp(`${id}: to=<${recipient}>.*status=deferred \\(.*end of data`);
      assert.match(log, deferred);
    }
  });

  test('a Postfix that is killed at full load delivers every copy it accepted', async (t) => {
    const [port, folder] = [await freePort(), await temporaryDir(t)];
    const postfix = await start(t, { relayPort: port, extra: IMPATIENT });
    if (postfix === undefined) return;
    await writeFile(join(folder, 'crash.sh'), postfix.crashScript);
    const file = join(folder, 'crash.yaml');
    const scenario = {
      ...relayed(postfix),
      scenarios: {
        steady: {
          executor: 'constant-arrival-rate',
          rate: 200,
          duration: '8s',
          preAllocatedVUs: 50,
          maxVUs: 200,
        },
      },
      delivery: { expect: 'sink', sink: { listen: `127.0.0.1:${port}` }, wait: '90s' },
      actions: [{ at: '3s', name: 'crash', run: 'sh ./crash.sh' }],
      thresholds: { smtp_message_failed: ['rate<1'], delivery_lost: ['count==0'] },
    };
    await writeFile(file, JSON.stringify(scenario));
    const run = await loadRun(t, [file]);
    assertExit(run, 0);
    assertAddsUp(run.result);
    const { counts, delivery } = run.result;
    assert.ok(counts.failed > 0, 'the crash was noticed');
    assert.ok(counts.acceptedCopies > 200);
    assert.deepEqual(
      [delivery?.accepted, delivery?.delivered],
      [counts.acceptedCopies, counts.acceptedCopies],
    );
    // What was in doubt may have been taken all the same: it is counted apart, and never as one of ours.
    assert.ok((delivery?.unconfirmed ?? 0) <= counts.failed);
  });

  test('8bit content for a sink that does not take it is reencoded, and not corrupted', async (t) => {
    const [port, folder] = [await freePort(), await temporaryDir(t)];
    const postfix = await start(t, { relayPort: port });
    if (postfix === undefined) return;
    const receipts = join(folder, 'receipts.ndjson');
    const sink = startCli([
      'sink',
      '--listen',
      `127.0.0.1:${port}`,
      '--receipts',
      receipts,
      '--hide',
      '8BITMIME,SMTPUTF8',
    ]);
    t.after(() => sink.child.kill('SIGKILL'));
    await until(() => existsSync(receipts));
    const template = {
      subject: 'Umlaute {{seq}}',
      text: 'Grüße aus Köln\n.\nzweite Zeile {{seq}}\n',
      encoding: '8bit',
    };
    const html = { ...template, html: '<p>Grüße</p>' };
    const file = await scenarioFile(t, {
      ...relayed(postfix),
      messages: [{ template }, { template: html }, { size: '4KiB' }],
      scenarios: { all: { executor: 'shared-iterations', vus: 5, iterations: 150 } },
      delivery: { expect: 'sink', sink: { receipts: [receipts] }, wait: '60s' },
    });
    const run = await loadRun(t, [file]);
    assertExit(run, 0);
    const { delivery } = run.result;
    assert.deepEqual([delivery?.delivered, delivery?.corrupted], [150, 0]);
    const converted = delivery?.reencoded ?? 0;
    assert.ok(converted > 50 && converted < 150, `${converted} reencoded`);
  });

  test('a recipient that the sink refuses behind the relay comes back as bounced', async (t) => {
    const port = await freePort();
    const postfix = await start(t, { relayPort: port });
    if (postfix === undefined) return;
    const folder = await temporaryDir(t);
    await writeFile(join(folder, 'addresses.yaml'), 'behaviours:\n  - addresses: true\n');
    const file = join(folder, 'bounces.yaml');
    const scenario = {
      ...relayed(postfix),
      envelope: {
        from: 'bounce-{{seq}}@sender.example.test',
        to: [
          { weight: 3, address: 'user{{n}}@a.example.test' },
          { weight: 1, address: '550-user{{n}}@b.example.test' },
        ],
      },
      scenarios: { all: { executor: 'shared-iterations', vus: 5, iterations: 400 } },
      delivery: {
        expect: 'sink',
        sink: { listen: `127.0.0.1:${port}`, behaviours: './addresses.yaml' },
        bounces: 'sink',
        wait: '60s',
      },
    };
    await writeFile(file, JSON.stringify(scenario));
    const run = await loadRun(t, [file, '--seed', '7']);
    assertExit(run, 0);
    const { delivery } = run.result;
    assert.ok(delivery !== null);
    const bounced = detailsOf(run).domains.find(({ domain }) => domain === 'b.example.test');
    assert.ok(delivery.bounced > 50);
    assert.equal(bounced?.accepted, delivery.bounced);
    assert.deepEqual([delivery.delivered + delivery.bounced, delivery.lost], [400, 0]);
    const log = await postfix.log();
    assert.equal(log.match(/status=bounced/g)?.length, delivery.bounced);
  });
});

/** All of them wait for their copies, one session each VU. */
function relayed(postfix: Postfix) {
  return { target: { url: `smtp://${postfix.host}:${postfix.port}` }, messages: [{ size: '4KiB' }] };
}

/** The counts named, and nothing else. */
function assertBlock({ result }: LoadRun, expected: Readonly<Record<string, number>>): void {
  const seen = Object.entries(result.delivery ?? {}).filter(([, copies]) => copies > 0);
  assert.deepEqual(Object.fromEntries(seen), expected);
}

function detailsOf({ dir }: LoadRun): DeliveryDetails {
  const details = readDeliveryDetails(dir);
  assert.ok(details !== null, 'delivery.json');
  return details;
}

async function until(isSo: () => boolean): Promise<void> {
  assert.ok(
    await eventually(
      async () => isSo(),
      (answer) => answer,
      30_000,
    ),
  );
}

function linesOf(path: string): number {
  return readFileSync(path, 'utf8').split('\n').length - 1;
}

/** A Postfix that ends with the test; undefined after skipping it where there is none. */
async function start(t: TestContext, options: PostfixOptions): Promise<Postfix | undefined> {
  if (!requireProgram(t, 'postfix')) return undefined;
  const postfix = await startPostfix(options);
  t.after(() => postfix.stop());
  return postfix;
}
