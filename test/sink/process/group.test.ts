import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { isAcknowledgement, parseReceiptLine, type Receipt } from '#src/delivery/receipt.js';
import { BehaviourError, EnvironmentError } from '#src/errors.js';
import { makeCertificate } from '#src/sink/process/certificate.js';
import { type Group, type GroupOptions, startGroup } from '#src/sink/process/group.js';
import { type Dialog, dial } from '../dialog.js';

const LIMIT = { timeout: 60_000 };

async function start(t: TestContext, options: Partial<GroupOptions> = {}): Promise<Group> {
  const group = await startGroup({ host: '127.0.0.1', port: 0, protocol: 'smtp', idleMs: 0, ...options });
  t.after(() => group.stop());
  return group;
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'sink-group-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

function behaviours(text: string) {
  return { text, path: 'b.yaml', seed: 1, bounceTo: null };
}

async function open(port: number): Promise<Dialog> {
  const client = dial(port);
  assert.equal((await client.reply()).code, 220);
  await client.ask('EHLO client.example.test');
  return client;
}

/** The code of the final reply, or of the command that was refused. */
async function send(client: Dialog): Promise<number> {
  for (const line of ['MAIL FROM:<a@example.test>', 'RCPT TO:<b@example.test>', 'DATA']) {
    const { code } = await client.ask(line);
    if (code >= 400) {
      await client.ask('RSET');
      return code;
    }
  }
  return (await client.ask('hello\r\n.')).code;
}

function receiptsIn(path: string): Receipt[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1).map(parseReceiptLine);
  return lines.filter((line): line is Receipt => line !== null && !isAcknowledgement(line));
}

test('two workers share one port, both serve, and their counts add up', LIMIT, async (t) => {
  const path = join(folder(t), 'receipts.ndjson');
  const group = await start(t, { workers: 2, receipts: { path, keepDir: null } });
  const clients = await Promise.all(Array.from({ length: 20 }, () => open(group.address.port)));
  assert.deepEqual(
    await Promise.all(clients.map(send)),
    clients.map(() => 250),
  );
  const counts = await group.counts();
  assert.deepEqual([counts.connections, counts.messages, counts.recipients], [20, 20, 20]);
  assert.deepEqual(group.receiptPaths, [path, `${path}.1`]);
  const byWorker = group.receiptPaths.map(receiptsIn);
  for (const receipts of byWorker) assert.notEqual(receipts.length, 0);
  assert.equal(new Set(byWorker.flat().map(({ id }) => id)).size, 20);
});

test('a throttle holds exactly over two workers', LIMIT, async (t) => {
  const limited = behaviours('behaviours: [{ throttle: { messages: 7, per: 1h } }]');
  const group = await start(t, { workers: 2, behaviours: limited });
  const clients = await Promise.all(Array.from({ length: 10 }, () => open(group.address.port)));
  const codes = (await Promise.all(clients.map(async (c) => [await send(c), await send(c)]))).flat();
  assert.equal(codes.filter((code) => code === 250).length, 7);
  assert.equal((await group.counts()).messages, 7);
});

test('a greylist of one worker lets in what the other has seen', LIMIT, async (t) => {
  const grey = behaviours('behaviours: [{ greylist: { delay: 1ms } }]');
  const group = await start(t, { workers: 2, behaviours: grey });
  const clients = await Promise.all(Array.from({ length: 6 }, () => open(group.address.port)));
  const codes: number[] = [];
  for (const client of clients) {
    codes.push(await send(client));
    await sleep(5);
  }
  assert.deepEqual(codes, [450, 250, 250, 250, 250, 250]);
});

test('new behaviours have reached every worker when it is said so, faulty ones none', LIMIT, async (t) => {
  const group = await start(t, { workers: 2 });
  const clients = await Promise.all(Array.from({ length: 6 }, () => open(group.address.port)));
  await group.behave(behaviours('behaviours: [{ when: { verb: MAIL }, reject: 550 no }]'));
  for (const client of clients) assert.equal(await send(client), 550);
  await assert.rejects(group.behave(behaviours('behaviours: [{ rejct: 1 }, { defer: 999 }]')), (error) => {
    assert.ok(error instanceof BehaviourError);
    assert.equal(error.problems.length, 2);
    assert.match(error.problems[0]?.where ?? '', /^b\.yaml:1:\d+$/);
    return true;
  });
  for (const client of clients) assert.equal(await send(client), 550);
  await group.behave(null);
  for (const client of clients) assert.equal(await send(client), 250);
});

test('a reset counts from zero and forgets what behaviours remember', LIMIT, async (t) => {
  const limited = behaviours('behaviours: [{ name: few, throttle: { messages: 1, per: 1h } }]');
  const group = await start(t, { workers: 2, behaviours: limited });
  const client = await open(group.address.port);
  assert.deepEqual([await send(client), await send(client)], [250, 451]);
  assert.equal((await group.counts()).behaviours.few, 1);
  await group.reset({ clearsReceipts: false });
  const counts = await group.counts();
  assert.deepEqual([counts.messages, counts.behaviours], [0, {}]);
  assert.equal(await send(client), 250);
});

test('counts say how long each behaviour held replies back', LIMIT, async (t) => {
  const slow = behaviours('behaviours: [{ name: slow, when: { verb: RCPT }, delay: 20ms }]');
  const group = await start(t, { behaviours: slow });
  const client = await open(group.address.port);
  assert.equal(await send(client), 250);
  const { behaviours: times, heldUs } = await group.counts();
  assert.deepEqual(times, { slow: 1 });
  assert.ok((heldUs.slow ?? 0) >= 19_000, String(heldUs.slow));
});

test('a worker that is killed is replaced once, told and counted; its receipts stay', LIMIT, async (t) => {
  const path = join(folder(t), 'receipts.ndjson');
  const group = await start(t, { workers: 2, receipts: { path, keepDir: null } });
  const told: string[] = [];
  group.onTrouble((sentence) => told.push(sentence));
  const failed = new Promise<EnvironmentError>((resolve) => group.onFailed(resolve));
  const clients = await Promise.all(Array.from({ length: 8 }, () => open(group.address.port)));
  for (const client of clients) assert.equal(await send(client), 250);
  const first = group.health()[0]?.pid ?? 0;
  process.kill(first, 'SIGKILL');
  const second = await untilAnother(group, first);
  assert.match(told[0] ?? '', /^worker 1 of 2 \(process \d+\) was ended by SIGKILL; another/);
  assert.equal(group.deaths, 1);
  const more = await Promise.all(Array.from({ length: 8 }, () => open(group.address.port)));
  for (const client of more) assert.equal(await send(client), 250);
  assert.equal(group.receiptPaths.flatMap(receiptsIn).length, 16);
  process.kill(second, 'SIGKILL');
  const error = await failed;
  assert.ok(error instanceof EnvironmentError);
  assert.equal(error.code, 'SINK_WORKER_DIED');
  assert.match(error.message, /^worker 1 of 2 .* the second time$/);
});

test('a port that is taken is said by the code it has with one process', LIMIT, async (t) => {
  const other = await start(t);
  const options = { host: '127.0.0.1', port: other.address.port, protocol: 'smtp', workers: 2 } as const;
  await assert.rejects(startGroup(options), (error) => {
    assert.ok(error instanceof EnvironmentError);
    assert.equal(error.code, 'SINK_PORT_TAKEN');
    return true;
  });
});

test('STARTTLS works with the certificate made at the start, whichever worker answers', LIMIT, async (t) => {
  const group = await start(t, { workers: 2 });
  for (let i = 0; i < 4; i++) {
    const client = await open(group.address.port);
    assert.equal((await client.ask('STARTTLS')).code, 220);
    await client.startTls();
    assert.equal((await client.ask('EHLO client.example.test')).code, 250);
    client.destroy();
  }
});

test('a certificate that is given is the one that is shown', LIMIT, async (t) => {
  const tls = makeCertificate('given.example.test', Date.now());
  const group = await start(t, { tls, tlsMode: 'implicit' });
  const client = connect({ host: '127.0.0.1', port: group.address.port, rejectUnauthorized: false });
  t.after(() => client.destroy());
  await once(client, 'secureConnect');
  assert.deepEqual(client.getPeerCertificate().raw, new X509Certificate(tls.cert).raw);
});

/** Resolves when the worker that took the place answers: one that is starting is asked when it listens. */
async function untilAnother(group: Group, pid: number): Promise<number> {
  while (group.health()[0]?.pid === pid) await sleep(20);
  await group.counts();
  return group.health()[0]?.pid ?? 0;
}
