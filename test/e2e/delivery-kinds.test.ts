/** What may become of a copy besides being lost or doubled, and thresholds on it, by the command line. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { type DeliveryDetails, readDeliveryDetails } from '#src/result/delivery-details.js';
import { startCli } from '../cli.js';
import { freePort } from '../free-port.js';
import { temporaryDir } from '../tmp.js';
import { startCliSink } from './cli-sink.js';
import { assertAddsUp, assertExit, type LoadRun, loadRun, scenarioFile } from './load-run.js';

const SIDE_BY_SIDE = { concurrency: 2 };

describe('copies that do not simply arrive', SIDE_BY_SIDE, () => {
  test('bounced: the notification comes to the return path, and the run waits no longer', async (t) => {
    const [port, directory] = [await freePort(), await temporaryDir(t)];
    const behaviours = join(directory, 'behaviours.yaml');
    const bounce = { after: '100ms', status: '5.1.1', text: 'No such user here' };
    writeFileSync(behaviours, JSON.stringify({ behaviours: [{ when: { numbers: [3, 7] }, bounce }] }));
    const receipts = join(directory, 'receipts.ndjson');
    const [itself, rules] = [`127.0.0.1:${port}`, ['--behaviours', behaviours, '--receipts', receipts]];
    const sink = startCli(['sink', '--listen', itself, ...rules, '--bounce-to', `smtp://${itself}`]);
    t.after(() => sink.child.kill('SIGKILL'));
    await sink.waitForOutput(/listening on /);
    const file = await scenarioFile(t, {
      target: { url: `smtp://${itself}` },
      scenarios: { load: { executor: 'shared-iterations', vus: 2, iterations: 20 } },
      delivery: { expect: 'sink', bounces: 'sink', sink: { receipts: [receipts] }, wait: '10m' },
      thresholds: { delivery_lost: ['count==0'] },
    });
    const run = await loadRun(t, [file]);
    assert.equal(run.code, 0, run.stderr);
    assertAddsUp(run.result);
    const { accepted, delivered, bounced, unexpected } = run.result.delivery ?? assert.fail();
    assert.deepEqual([accepted, delivered, bounced, unexpected], [20, 18, 2, 0]);
    const cases = casesOf(run, 'bounced');
    assert.deepEqual(cases.map(({ number }) => number).sort(), [3, 7]);
    for (const { detail, reply } of cases) {
      assert.match(detail, /^5\.1\.1 .*No such user here/);
      assert.match(reply, /^250 /);
    }
  });

  test('corrupted: three bodies that are changed on the way are found to the message', async (t) => {
    const receipts = join(await temporaryDir(t), 'receipts.ndjson');
    const { port } = await startCliSink(t, ['--receipts', receipts]);
    const changed = [2, 11, 30];
    const relay = await startChangingRelay(t, port, changed);
    const file = await scenarioFile(t, {
      target: { url: `smtp://127.0.0.1:${relay}` },
      client: { pipelining: 'off' },
      messages: [{ template: { subject: 'a test', text: 'number {{seq}} is as it was sent' } }],
      scenarios: { load: { executor: 'shared-iterations', vus: 2, iterations: 40 } },
      delivery: { expect: 'sink', sink: { receipts: [receipts] }, wait: '10m' },
      thresholds: { delivery_corrupted: ['count<3'], delivery_lost: ['count==0'] },
    });
    const run = await loadRun(t, [file]);
    assert.equal(run.code, 99, run.stderr);
    const { delivered, corrupted, reencoded } = run.result.delivery ?? assert.fail();
    assert.deepEqual([delivered, corrupted, reencoded], [40, 3, 0]);
    const numbers = casesOf(run, 'corrupted').map(({ number }) => number ?? -1);
    assert.deepEqual(
      numbers.sort((a, b) => a - b),
      changed,
    );
  });

  test('slow: of four domains one stalls, which its durations show and those of the others do not', async (t) => {
    const domains = ['a', 'b', 'c', 'stalled'].map((name) => `${name}.example.test`);
    const file = await embeddedScenario(
      t,
      [{ when: { verb: 'CONTENT', domain: 'stalled.example.test' }, delay: '2s' }],
      {
        scenarios: { load: { executor: 'per-vu-iterations', vus: 40, iterations: 1 } },
        envelope: {
          to: {
            address: 'user{{n}}@{{domain}}',
            domains: Object.fromEntries(domains.map((name) => [name, 1])),
          },
        },
        thresholds: {
          // Timers and histograms are off by a millisecond or two.
          'smtp_delivery_duration{domain:stalled.example.test}': ['min>=1990'],
          'smtp_delivery_duration{domain:a.example.test}': ['min<1990'],
        },
      },
    );
    const run = await loadRun(t, [file]);
    assert.equal(run.code, 0, `${run.stderr}${JSON.stringify(run.result.thresholds)}`);
    const rows = detailsOf(run).domains;
    assert.deepEqual(rows.map(({ domain }) => domain).sort(), domains);
    assert.equal(
      rows.reduce((sum, { delivered }) => sum + delivered, 0),
      40,
    );
    const stalled = rows.find(({ domain }) => domain === 'stalled.example.test');
    for (const row of rows) {
      if (row !== stalled) assert.ok((row.p50 ?? 0) < (stalled?.p50 ?? 0), row.domain);
    }
  });
});

describe('a threshold on delivery with abortOnFail', SIDE_BY_SIDE, () => {
  test('ends a run in the middle', async (t) => {
    const file = await embeddedScenario(t, [{ when: { numbers: [40] }, twice: true }], {
      scenarios: {
        load: { executor: 'constant-arrival-rate', rate: 50, duration: '10m', preAllocatedVUs: 5 },
      },
      thresholds: { delivery_duplicated: [{ threshold: 'count==0', abortOnFail: true }] },
    });
    const run = await loadRun(t, [file]);
    assertExit(run, 99);
    assert.equal(run.result.run.status, 'aborted');
    assertAddsUp(run.result);
    const { accepted, delivered, duplicated } = run.result.delivery ?? assert.fail();
    assert.deepEqual([delivered, duplicated], [accepted, 1]);
    assert.deepEqual(
      casesOf(run, 'duplicated').map(({ number }) => number),
      [40],
    );
  });
});

/** The target is the run's own sink. */
async function embeddedScenario(
  t: Pick<TestContext, 'after'>,
  behaviours: readonly object[],
  more: object,
): Promise<string> {
  const sink = { behaviours: './behaviours.yaml' };
  const file = await scenarioFile(t, {
    target: { url: 'embedded' },
    delivery: { expect: 'sink', sink, wait: '30s' },
    ...more,
  });
  writeFileSync(join(dirname(file), 'behaviours.yaml'), JSON.stringify({ behaviours }));
  return file;
}

/** Passes everything on, but the text of the messages with these numbers. */
async function startChangingRelay(
  t: Pick<TestContext, 'after'>,
  port: number,
  numbers: readonly number[],
): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer((client) => {
    const sink = connect(port, '127.0.0.1');
    sockets.push(client, sink);
    for (const socket of [client, sink]) socket.on('error', () => {});
    client.on('data', (chunk) => sink.write(changeTexts(chunk.toString('latin1'), numbers), 'latin1'));
    sink.on('data', (chunk) => client.write(chunk));
    client.on('end', () => sink.end());
    sink.on('end', () => client.end());
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function changeTexts(text: string, numbers: readonly number[]): string {
  return text.replace(/number (\d+) is as it was sent/, (all, digits: string) =>
    numbers.includes(Number(digits)) ? all.replace('was', 'WAS') : all,
  );
}

function detailsOf(run: LoadRun): DeliveryDetails {
  return readDeliveryDetails(run.dir) ?? assert.fail();
}

function casesOf(run: LoadRun, kind: string): DeliveryDetails['cases'] {
  return detailsOf(run).cases.filter((one) => one.kind === kind);
}
