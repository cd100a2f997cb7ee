/**
 * The same seed sends the same, whatever the number of workers: what a sink kept of four runs, byte for byte.
 *
 * Only what must differ is taken out: the run's id, and times.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startCliSink } from '../e2e/cli-sink.js';
import { assertAddsUp, assertExit, loadRun } from '../e2e/load-run.js';
import { temporaryDir } from '../tmp.js';

/** Everything that is drawn: arrivals, sessions, sizes, parts, order, senders, recipients and how many of them. */
const SCENARIO = {
  seed: 21,
  client: { messagesPerSession: { 1: 60, 3: 40 } },
  messages: [
    { weight: 5, size: { lognormal: { median: '4KiB', p95: '40KiB' } } },
    {
      weight: 3,
      template: {
        subject: 'Invoice {{seq}}',
        text: 'Grüße, {{seq}}',
        html: '<p>{{seq}}</p>',
        attachments: [{ path: 'invoice.pdf', probability: 0.5 }],
      },
    },
    { weight: 2, corpus: 'mail/' },
  ],
  envelope: {
    from: { file: 'senders.csv', choose: 'weighted' },
    to: {
      address: 'user{{n}}@{{domain}}',
      users: 300,
      choose: 'zipf',
      domains: { 'a.example.test': 3, 'b.example.test': 1 },
      perMessage: { 1: 80, 5: 20 },
    },
  },
  scenarios: {
    // As many VUs as arrivals: none is dropped, however busy the machine is.
    burst: {
      executor: 'ramping-arrival-rate',
      arrival: 'poisson',
      iteration: 'session',
      stages: [{ duration: '1s', target: 60 }],
      preAllocatedVUs: 100,
    },
    batch: { executor: 'per-vu-iterations', vus: 4, iterations: 10, startTime: '200ms' },
    rest: { executor: 'shared-iterations', vus: 3, iterations: 25 },
  },
};

interface Kept {
  readonly number: number;
  readonly from: string;
  readonly rcpt: readonly string[];
  /** Without what must differ. */
  readonly content: string;
}

interface Sent {
  readonly messages: readonly Kept[];
  /** Numbers of the messages on each session of `burst`. */
  readonly sessions: readonly string[];
  readonly counts: object;
}

test('1, 2, 3 and 4 workers send the same messages, byte for byte, on the same sessions, and another seed others', async (t) => {
  const dir = await scenarioDir(t);
  const one = await sentBy(1, dir, t);
  assert.ok(one.messages.length > 80, `${one.messages.length}`);
  for (const part of ['Invoice', 'invoice.pdf', 'from a corpus']) {
    const count = one.messages.filter(({ content }) => content.includes(part)).length;
    assert.ok(count > 3, `${count} messages hold ${part}`);
  }
  assert.ok(one.sessions.some((numbers) => numbers.includes(',')));
  for (const workers of [2, 3, 4]) {
    const several = await sentBy(workers, dir, t);
    assert.deepEqual(several.counts, one.counts);
    assert.deepEqual(several.sessions, one.sessions);
    assert.deepEqual(several.messages, one.messages);
  }
  const other = await sentBy(1, dir, t, ['--seed', '22']);
  const batches = ({ messages }: Sent) => messages.filter(({ number }) => number % 3 !== 0);
  assert.equal(batches(other).length, batches(one).length);
  assert.notDeepEqual(batches(other), batches(one), 'another seed sends the same');
});

async function scenarioDir(t: TestContext): Promise<string> {
  const dir = await temporaryDir(t);
  await mkdir(join(dir, 'mail'));
  const files = ['a', 'b', 'c', 'd', 'e'].map((name) => [
    `mail/${name}.eml`,
    `From: ${name}@x.test\nSubject: from a corpus\nMessage-ID: <${name}@x.test>\n\n${name}\n`,
  ]);
  const others = [
    ['senders.csv', 'address,weight\nnews@s.example.test,9\nbilling@s.example.test,1\n'],
    ['invoice.pdf', '%PDF-1.4'],
    ['scenario.yaml', JSON.stringify(SCENARIO)],
  ];
  for (const [name, text] of [...files, ...others])
    await writeFile(join(dir, name as string), text as string);
  return dir;
}

async function sentBy(
  workers: number,
  dir: string,
  t: TestContext,
  args: readonly string[] = [],
): Promise<Sent> {
  const kept = await temporaryDir(t);
  const receipts = join(kept, 'receipts.ndjson');
  const sink = await startCliSink(t, ['--receipts', receipts, '--keep', join(kept, 'mail')]);
  const target = ['--target', `smtp://127.0.0.1:${sink.port}`, '--workers', String(workers)];
  const run = await loadRun(t, [join(dir, 'scenario.yaml'), ...target, ...args]);
  assertExit(run, 0);
  assertAddsUp(run.result);
  await sink.totals();
  const lines = readFileSync(receipts, 'utf8').split('\n').slice(0, -1);
  const all = lines.map((line) => JSON.parse(line) as Receipt).filter(({ session }) => session !== undefined);
  const messages = all.map(({ id, number, from, rcpt }) => {
    const bytes = readFileSync(join(kept, 'mail', `${id}.eml`), 'latin1');
    return { number, from, rcpt, content: withoutRun(bytes, run.result.run.id) };
  });
  const { counts } = run.result;
  return { messages: messages.sort((a, b) => a.number - b.number), sessions: sessionsOf(all), counts };
}

interface Receipt {
  readonly id: string;
  readonly session: string;
  readonly number: number;
  readonly from: string;
  readonly rcpt: readonly string[];
}

function withoutRun(content: string, runId: string): string {
  return content
    .replaceAll(runId, 'RUN')
    .replace(/^(X-Mailbench: .*; t=)\d+/m, '$1T')
    .replace(/^Date: .*/m, 'Date: D');
}

/** Of the executor whose iterations are sessions. */
function sessionsOf(receipts: readonly Receipt[]): readonly string[] {
  const sessions = new Map<string, number[]>();
  for (const { session, number } of receipts.filter((one) => one.number % 3 === 0))
    sessions.set(session, [...(sessions.get(session) ?? []), number]);
  return [...sessions.values()].map((numbers) => numbers.sort((a, b) => a - b).join()).sort();
}
