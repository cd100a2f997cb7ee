/**
 * The proof of delivery under every way of sending: what it says is counted once more, from the receipts of a sink that
 * loses, doubles, refuses and defers.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { isAcknowledgement, parseReceiptLine } from '#src/delivery/receipt.js';
import { readDeliveryDetails } from '#src/result/delivery-details.js';
import { freePort } from '../free-port.js';
import { assertAddsUp, type LoadRun, loadRun, scenarioFile } from './load-run.js';

const PER_MESSAGE = 3;
const LOST = [5, 50];
const DOUBLED = [7, 70];
const BEHAVIOURS = [
  { when: { numbers: LOST }, lose: true },
  { when: { numbers: DOUBLED }, twice: true },
  { when: { verb: 'RCPT', recipient: 'user7@*' }, reject: '550 5.1.1 No such user' },
  { name: 'later', when: { verb: 'CONTENT', chance: '10%', times: 1 }, defer: '451 4.3.2 Later' },
];
const RETRIES = { retries: { attempts: 5, delay: '20ms', classes: [] } };
const SHARED = { executor: 'shared-iterations', vus: 8, iterations: 150 };

describe('what became of every copy is exact', { concurrency: 2 }, () => {
  test('through nodemailer', async (t) => {
    await assertExact(t, { client: { kind: 'nodemailer', messagesPerSession: 20 } });
  });

  test('over LMTP, with many transactions in flight and retries', async (t) => {
    const client = { chunking: true, window: 4, messagesPerSession: 20, ...RETRIES };
    await assertExact(t, { client, isLmtp: true });
  });

  test('with whole sessions as iterations, retries and two workers', async (t) => {
    const load = { executor: 'shared-iterations', vus: 6, iterations: 30, iteration: 'session' };
    await assertExact(t, { load, client: { messagesPerSession: 5, ...RETRIES }, workers: 2 });
  });

  test('with a warm-up, beside another executor', async (t) => {
    const warm = { ...SHARED, warmup: '100ms' };
    const run = await assertExact(t, { load: warm, beside: SHARED, client: RETRIES, workers: 2 });
    const warmup = readDeliveryDetails(run.dir)?.warmup ?? 0;
    assert.ok(warmup > 0);
    assert.equal(
      run.result.metrics.smtp_delivery_duration?.n ?? 0,
      (run.result.delivery?.delivered ?? 0) - warmup,
    );
  });

  test('with replies that are lost: what was doubled for it is excused, what stays in doubt is unconfirmed', async (t) => {
    const cut = [
      {
        name: 'lost-reply',
        when: { verb: 'CONTENT', chance: '10%', times: 1 },
        socket: { cut: { after: 0, how: 'reset' } },
      },
    ];
    const patient = { retries: { ...RETRIES.retries, inDoubt: true } };
    const again = await counted(t, { behaviours: cut, client: { messagesPerSession: 5, ...patient } });
    const { delivery } = again.result;
    assert.deepEqual([delivery?.delivered, delivery?.unconfirmed], [150 * PER_MESSAGE, 0]);
    assert.ok((delivery?.duplicated ?? 0) > 0);
    assert.equal(delivery?.duplicatedUnacknowledged, delivery?.duplicated);
    const once = await counted(t, { behaviours: cut, client: { messagesPerSession: 5 } });
    assert.equal(once.result.delivery?.unconfirmed, once.result.counts.inDoubt * PER_MESSAGE);
    assert.ok(once.result.counts.inDoubt > 0);
  });
});

interface Wanted {
  readonly client: object;
  readonly isLmtp?: boolean;
  readonly load?: object;
  readonly beside?: object;
  readonly workers?: number;
  readonly behaviours?: readonly object[];
}

/** All that the behaviours did is found, to the message. */
async function assertExact(t: TestContext, wanted: Wanted): Promise<LoadRun> {
  const run = await counted(t, wanted);
  const { counts, delivery } = run.result;
  const cases = readDeliveryDetails(run.dir)?.cases ?? [];
  const numbersOf = (kind: string) =>
    [...new Set(cases.flatMap((one) => (one.kind === kind ? [one.number] : [])))].sort(
      (a, b) => (a ?? 0) - (b ?? 0),
    );
  assert.ok(counts.refused > 0 && counts.partial > 0, 'some copies were refused');
  assert.deepEqual([numbersOf('lost'), numbersOf('duplicated')], [LOST, DOUBLED]);
  assert.equal(delivery?.delivered, counts.acceptedCopies - (delivery?.lost ?? 0));
  return run;
}

/** A run whose delivery block agrees with the receipts, counted by other means. */
async function counted(t: TestContext, wanted: Wanted): Promise<LoadRun> {
  const { behaviours = BEHAVIOURS, load = SHARED, beside, workers = 1, client } = wanted;
  const address = `127.0.0.1:${await freePort()}`;
  const sink = { behaviours: './behaviours.yaml' };
  const file = await scenarioFile(t, {
    seed: 7,
    target: { url: wanted.isLmtp ? `lmtp://${address}` : 'embedded' },
    client,
    messages: [{ size: '1KiB' }],
    envelope: {
      to: {
        address: 'user{{n}}@{{domain}}',
        domains: ['a.example.test', 'b.example.test'],
        users: 20,
        perMessage: PER_MESSAGE,
      },
    },
    scenarios: { load, ...(beside && { beside }) },
    delivery: {
      expect: 'sink',
      sink: wanted.isLmtp ? { ...sink, listen: address, protocol: 'lmtp' } : sink,
      wait: '100ms',
      late: '10m',
    },
  });
  await writeFile(join(dirname(file), 'behaviours.yaml'), JSON.stringify({ seed: 7, behaviours }));
  const run = await loadRun(t, [file, '--workers', String(workers)]);
  assertAddsUp(run.result);
  const { counts, delivery } = run.result;
  assert.ok(delivery !== null, run.stderr);
  const { arrivals, copies } = arrivalsIn(join(run.dir, 'receipts.ndjson'));
  assert.equal(delivery.accepted, counts.acceptedCopies);
  assert.equal(delivery.accepted, delivery.delivered + delivery.bounced + delivery.lost + delivery.pending);
  assert.equal(delivery.delivered + delivery.unconfirmed, copies);
  assert.equal(delivery.delivered + delivery.unconfirmed + delivery.duplicated, arrivals);
  assert.deepEqual([delivery.corrupted, delivery.unexpected, delivery.late], [0, 0, 0]);
  return run;
}

function arrivalsIn(path: string): { readonly arrivals: number; readonly copies: number } {
  const all = readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text) => {
      const line = parseReceiptLine(text);
      return line === null || isAcknowledgement(line)
        ? []
        : line.rcpt.map((address) => `${line.number} ${address.toLowerCase()}`);
    });
  return { arrivals: all.length, copies: new Set(all).size };
}
