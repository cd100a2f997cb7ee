import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BehaviourError, EnvironmentError } from '#src/errors.js';
import { noCounts } from '#src/sink/counts.js';
import { type SinkHealth, startEmbeddedSink } from '#src/sink/process/embedded.js';
import { isAlive } from '../../processes.js';
import { Dialog, dial } from '../dialog.js';

const LIMIT = { timeout: 60_000 };

async function sendOne(port: number, host = '127.0.0.1'): Promise<void> {
  const client = new Dialog(connect({ host, port }));
  await client.reply();
  await client.ask('EHLO client.example.test');
  client.write('MAIL FROM:<a@example.test>\r\nRCPT TO:<b@example.test>\r\nDATA\r\n');
  assert.deepEqual(await client.replies(3), [250, 250, 354]);
  client.write('hello\r\n.\r\nQUIT\r\n');
  assert.deepEqual(await client.replies(2), [250, 221]);
}

/** Generous: a machine under load may take long, and a process that never ends fails the test at its limit. */
async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await sleep(20);
}

async function startParent(): Promise<{ parent: ChildProcess; pid: number; port: number }> {
  const script = fileURLToPath(new URL('../embedded-parent.js', import.meta.url));
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: parent.stdout }), 'line');
  return { parent, ...JSON.parse(line) };
}

test('it takes mail on a loopback port and tells its counts when it is stopped', LIMIT, async () => {
  const sink = await startEmbeddedSink();
  const exits: string[] = [];
  sink.onExit((reason) => exits.push(reason));
  assert.equal(sink.host, '127.0.0.1');
  await sendOne(sink.port);
  await sendOne(sink.port);
  const counts = await sink.stop();
  const { ended } = counts;
  assert.deepEqual(counts, { ...noCounts(), connections: 2, ended, messages: 2, recipients: 2, bytes: 14 });
  assert.deepEqual(await sink.stop(), counts);
  assert.equal(isAlive(sink.pid), false);
  assert.deepEqual(exits, []);
});

test('the last health sample is sent at the stop, so that no second is missing', LIMIT, async () => {
  const sink = await startEmbeddedSink();
  const samples: SinkHealth[] = [];
  sink.onHealth((sample) => samples.push(sample));
  await sendOne(sink.port);
  await sink.stop();
  const last = samples.at(-1);
  assert.equal(last?.counts.messages, 1);
  assert.ok(last.busyUs > 0);
  for (const [i, sample] of samples.slice(1).entries()) assert.equal(sample.fromUs, samples[i]?.toUs);
});

test('options reach the process', LIMIT, async () => {
  const sink = await startEmbeddedSink({ protocol: 'lmtp', maxSizeBytes: 1234 });
  const client = dial(sink.port);
  assert.match((await client.reply()).lines[0] ?? '', /LMTP/);
  assert.ok((await client.ask('LHLO client.example.test')).lines.includes('SIZE 1234'));
  await sink.stop();
});

test(
  'it writes receipts, from as many processes as were asked for, at the port it was given',
  LIMIT,
  async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'embedded-sink-'));
    t.after(() => rmSync(dir, { recursive: true }));
    const path = join(dir, 'receipts.ndjson');
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const options = { host: '127.0.0.2', port, workers: 2, receipts: { path, keepDir: null } };
    const sink = await startEmbeddedSink(options);
    assert.deepEqual([sink.host, sink.port], ['127.0.0.2', port]);
    const samples: SinkHealth[] = [];
    sink.onHealth((sample) => samples.push(sample));
    for (let i = 0; i < 4; i++) await sendOne(port, '127.0.0.2');
    assert.equal((await sink.stop()).messages, 4);
    assert.equal(samples.at(-1)?.counts.messages, 4);
    const lines = [path, `${path}.1`].flatMap((file) => readFileSync(file, 'utf8').split('\n'));
    assert.equal(lines.filter((line) => line.includes('"id"')).length, 4);
  },
);

test('it follows behaviours, and counts by them', LIMIT, async () => {
  const text = 'behaviours: [{ name: slow, when: { verb: RCPT }, delay: 1ms }]';
  const sink = await startEmbeddedSink({ behaviours: { text, path: 'b.yaml', seed: 1, bounceTo: null } });
  await sendOne(sink.port);
  assert.deepEqual((await sink.stop()).behaviours, { slow: 1 });
});

test('behaviours with errors come back with every problem', LIMIT, async () => {
  const text = 'behaviours: [{ rejct: 1 }, { defer: 999 }]';
  const behaviours = { text, path: 'b.yaml', seed: 1, bounceTo: null };
  await assert.rejects(startEmbeddedSink({ behaviours }), (error: unknown) => {
    assert.ok(error instanceof BehaviourError);
    assert.deepEqual(
      error.problems.map(({ where }) => where),
      ['b.yaml:1:16', 'b.yaml:1:37'],
    );
    return true;
  });
});

test('a port that is taken is an environment error with what to do', LIMIT, async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  await assert.rejects(startEmbeddedSink({ port }), (error: unknown) => {
    assert.ok(error instanceof EnvironmentError);
    assert.equal(error.code, 'SINK_START_FAILED');
    assert.match(error.message, new RegExp(`${port}`));
    assert.ok(error.hint);
    return true;
  });
});

test('a sink that is killed says so, and its last known counts are kept', LIMIT, async () => {
  const sink = await startEmbeddedSink();
  const reason = new Promise<string>((resolve) => sink.onExit(resolve));
  const counted = new Promise<void>((resolve) => {
    sink.onHealth(({ counts }) => counts.messages === 1 && resolve());
  });
  await sendOne(sink.port);
  await counted;
  process.kill(sink.pid, 'SIGKILL');
  assert.match(await reason, /SIGKILL/);
  assert.equal((await sink.stop()).messages, 1);
});

test('it ends when its parent is killed', LIMIT, async () => {
  const { parent, pid, port } = await startParent();
  await sendOne(port);
  parent.kill('SIGKILL');
  await once(parent, 'close');
  await untilGone(pid);
});

test('it ends when its parent ends on its own', LIMIT, async () => {
  const { parent, pid } = await startParent();
  parent.kill('SIGTERM');
  await once(parent, 'close');
  await untilGone(pid);
});

test('signals that reach the whole process group are left to the parent', LIMIT, async () => {
  const sink = await startEmbeddedSink();
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.kill(sink.pid, signal);
  await sendOne(sink.port);
  assert.equal((await sink.stop()).messages, 1);
});
