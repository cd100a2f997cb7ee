import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EventStream } from '#src/cli/event-stream.js';
import type { RunEvent } from '#src/result/events.js';
import { temporaryDir } from '../tmp.js';

const head = { v: 1, at: '2026-11-22T08:14:03.000Z', run: 'r1' } as const;

function phase(elapsedMs: number): RunEvent {
  return { ...head, type: 'phase', phase: 'steady', elapsedMs, reason: '' };
}

test('events come in order, whole, in a file that is begun anew', async (t) => {
  const file = join(await temporaryDir(t), 'events.ndjson');
  writeFileSync(file, 'what was there before\n'.repeat(10_000));
  const stream = new EventStream(file);
  for (let n = 0; n < 500; n++) stream.emit(phase(n));
  assert.equal(await stream.end(), null);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).elapsedMs),
    Array.from({ length: 500 }, (_, n) => n),
  );
});

test('a file that cannot be opened is said at once', async (t) => {
  const dir = await temporaryDir(t);
  for (const path of [dir, join(dir, 'no', 'such', 'folder')]) {
    assert.throws(() => new EventStream(path), { code: 'EVENTS_UNWRITABLE' });
  }
});

test('a full disk is told once, and is what end() resolves to', async (t) => {
  const said: string[] = [];
  t.mock.method(process.stderr, 'write', (text: string) => said.push(text));
  const stream = new EventStream('/dev/full');
  for (let n = 0; n < 3; n++) stream.emit(phase(n));
  const error = await stream.end();
  t.mock.restoreAll();
  assert.equal(error?.code, 'EVENTS_WRITE_FAILED');
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /\/dev\/full \(ENOSPC\); the run goes on/);
});

test('a reader that goes away is no error', async (t) => {
  const { stream, reader } = await pipe(t);
  closeSync(reader);
  stream.emit(phase(1));
  stream.emit(phase(2));
  assert.equal(await stream.end(), null);
});

test('a reader that is far behind misses progress, and nothing else', async (t) => {
  const { stream, reader } = await pipe(t);
  const failure = 'x'.repeat(60_000);
  for (let n = 0; n < 100; n++) stream.emit(progress(failure));
  stream.emit(phase(7));
  const ended = stream.end();
  const text = await readAll(reader, ended);
  const types = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).type as string);
  assert.equal(types.at(-1), 'phase');
  assert.ok(types.length > 15 && types.length < 30, `${types.length} of 101 lines`);
});

async function pipe(t: Parameters<typeof temporaryDir>[0]) {
  const path = join(await temporaryDir(t), 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { stream: new EventStream(path), reader };
}

async function readAll(reader: number, ended: Promise<unknown>): Promise<string> {
  let isOver = false;
  void ended.then(() => (isOver = true));
  const parts: Buffer[] = [];
  const chunk = Buffer.alloc(65_536);
  for (;;) {
    const wasOver = isOver;
    const length = readSome(reader, chunk);
    if (length > 0) parts.push(Buffer.from(chunk.subarray(0, length)));
    else if (wasOver) break;
    else await new Promise((resolve) => setTimeout(resolve, 5));
  }
  closeSync(reader);
  return Buffer.concat(parts).toString();
}

function readSome(reader: number, chunk: Buffer): number {
  try {
    return readSync(reader, chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}

function progress(topFailure: string): RunEvent {
  const zero = { scheduled: 0, started: 0, dropped: 0, begun: 0, accepted: 0, partial: 0, rejected: 0 };
  const rest = {
    failed: 0,
    interrupted: 0,
    inDoubt: 0,
    offered: 0,
    acceptedCopies: 0,
    refused: 0,
    undecided: 0,
  };
  return {
    ...head,
    type: 'progress',
    ...{ elapsedMs: 0, plannedMs: null, progress: 0, offeredPerSec: 0, acceptedPerSec: 0 },
    ...{ p50: null, p95: null, p99: null, vus: 0, sessionsOpen: 0, unexpected: 0, missing: null },
    counts: { ...zero, ...rest },
    topFailure,
    health: 'ok',
  };
}
