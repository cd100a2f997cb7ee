import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { EnvironmentError } from '#src/errors.js';
import { foldRunDirectory } from '#src/result/fold.js';
import { createRunDirectory, RUN_FILES, readResult } from '#src/result/run-directory.js';
import { Run, type RunRequest } from '#src/run/run.js';
import type { EmbeddedTarget } from '#src/run/sink-snapshot.js';
import type { MessageReport } from '#src/shard/message-report.js';
import { load } from '#test/scenario/load.js';
import { temporaryDir } from '#test/tmp.js';
import { FakeHost } from './fake-host.js';

const RUN_ID = '20261122-081403-aaaa';
const DIED = new EnvironmentError('RUN_WORKER_DIED', 'the worker of shard-1 died with code 3');

test('a run that ends by itself is completed: its result is the fold of its journal', async (t) => {
  const host = new FakeHost();
  host.onBegin = () => {
    host.report({ source: 'shard-0', seq: 0 });
    host.report({ source: 'shard-1', seq: 0, rejected: 1 });
    host.report({ source: 'shard-0', seq: 1, final: true });
    host.report({ source: 'shard-1', seq: 1, final: true });
    host.end();
  };
  const run = await start(t, host);
  const { cause, error, result, directory, warnings } = await run.finished;
  assert.deepEqual([cause, error, warnings], ['end', null, []]);
  assert.equal(result.run.status, 'completed');
  assert.deepEqual([result.counts.accepted, result.counts.rejected], [8, 1]);
  assert.deepEqual(result, (await foldRunDirectory(directory)).result);
  assert.deepEqual(readResult(join(directory, '..', 'latest')), result);
  assert.deepEqual(host.calls, ['start', 'begin', 'terminate']);
});

test('each shard gets its part, and all the same beginning', async (t) => {
  const host = new FakeHost();
  host.onBegin = () => host.end();
  const run = await start(t, host, { workers: 3 });
  await run.finished;
  assert.deepEqual(
    host.plans.map(({ shard }) => shard),
    [0, 1, 2].map((index) => ({ index, count: 3 })),
  );
  assert.equal(new Set(host.plans.map((plan) => JSON.stringify(plan.run))).size, 1);
  assert.equal(host.plans[0]?.run.id, run.id);
});

test('a shard that is lost fails the run, and what the others still report is in the result', async (t) => {
  const host = new FakeHost();
  host.onBegin = () => {
    host.report({ source: 'shard-0', seq: 0 });
    host.report({ source: 'shard-1', seq: 0 });
    host.lose(DIED);
    host.lose(new EnvironmentError('RUN_WORKER_DIED', 'a second one'));
  };
  host.onAbort = () => {
    host.report({ source: 'shard-0', seq: 1, final: true });
    host.end();
  };
  const { cause, error, result } = await (await start(t, host)).finished;
  assert.deepEqual([cause, error], ['failure', DIED]);
  assert.equal(result.run.status, 'failed');
  assert.equal(result.counts.accepted, 6);
  assert.equal(result.health.reasons[0], 'The run failed: the worker of shard-1 died with code 3.');
  assert.deepEqual(host.calls, ['start', 'begin', 'abort', 'terminate']);
});

test('shards that cannot start fail the run, which leaves an empty result', async (t) => {
  const host = new FakeHost();
  host.ready = () => Promise.reject(DIED);
  const { cause, error, result, directory } = await (await start(t, host)).finished;
  assert.deepEqual([cause, error, result.run.status], ['failure', DIED, 'failed']);
  assert.equal(result.counts.begun, 0);
  // Nobody was told to begin, so nobody's numbers are missing.
  assert.deepEqual(result.health.reasons, ['The run failed: the worker of shard-1 died with code 3.']);
  assert.deepEqual(readResult(directory), result);
});

test('an error that nobody foresaw still ends in a result', async (t) => {
  const host = new FakeHost();
  host.onBegin = () => {
    throw new TypeError('x is not a function');
  };
  const { cause, error, result } = await (await start(t, host)).finished;
  assert.deepEqual([cause, error?.code, result.run.status], ['failure', 'RUN_FAILED', 'failed']);
  assert.match(error?.message ?? '', /x is not a function/);
});

for (const word of ['stop', 'abort'] as const) {
  test(`${word} before the shards are ready ends the run without a message`, async (t) => {
    const host = new FakeHost();
    host.ready = () => new Promise(() => {});
    const run = await start(t, host);
    run[word]('stopped by SIGINT');
    const { cause, result } = await run.finished;
    assert.deepEqual([cause, result.run.status, result.counts.begun], ['signal', 'aborted', 0]);
    assert.deepEqual(host.calls, ['start', word, 'terminate']);
  });
}

test('stop lets what is in flight finish', async (t) => {
  const host = new FakeHost();
  const run = await start(t, host);
  await begun(host);
  host.onStop = () => {
    host.report({ seq: 0 });
    host.report({ seq: 1, final: true });
    host.end();
  };
  run.stop('stopped by SIGINT');
  const { cause, result } = await run.finished;
  assert.deepEqual([cause, result.run.status, result.counts.accepted], ['signal', 'aborted', 4]);
  assert.equal(result.health.reasons[0], 'The run was aborted: stopped by SIGINT.');
  assert.deepEqual(host.calls, ['start', 'begin', 'stop', 'terminate']);
});

test('a second stop aborts, and shards that do not even end then are not waited for', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const host = new FakeHost();
  const run = await start(t, host);
  await begun(host);
  run.stop('stopped by SIGINT');
  run.abort('stopped by SIGINT, twice');
  t.mock.timers.tick(10_000);
  const { cause, result } = await run.finished;
  assert.deepEqual([cause, result.run.status], ['signal', 'aborted']);
  assert.equal(result.health.reasons[0], 'The run was aborted: stopped by SIGINT.');
  assert.deepEqual(host.calls, ['start', 'begin', 'stop', 'abort', 'terminate']);
});

test('a threshold that aborts stops the run once, and its reason is told', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const host = new FakeHost();
  const thresholds = { smtp_message_failed: [{ threshold: 'rate<0.1', abortOnFail: true }] };
  const run = await start(t, host, {}, JSON.stringify({ thresholds }));
  await begun(host);
  t.mock.timers.tick(1_000);
  assert.deepEqual(host.calls, ['start', 'begin'], 'nothing was seen yet');
  host.report({ source: 'shard-0', seq: 0, acceptedUs: [1000], rejected: 3 });
  // The run's own clock is real, and the moment at which it begins lies a little ahead.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  t.mock.timers.tick(3_000);
  host.report({ source: 'shard-0', seq: 1, acceptedUs: [], final: true });
  host.end();
  const { cause, result } = await run.finished;
  assert.deepEqual([cause, result.run.status], ['threshold', 'aborted']);
  assert.match(
    result.health.reasons[0] ?? '',
    /^The run was aborted: smtp_message_failed rate<0\.1 failed with 0\.75\.$/,
  );
  assert.deepEqual(host.calls, ['start', 'begin', 'stop', 'terminate']);
});

test('progress is told once a second', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const host = new FakeHost();
  const accepted: number[] = [];
  const run = await start(t, host, {
    watchers: [{ onProgress: ({ counts }) => accepted.push(counts.accepted) }],
  });
  await begun(host);
  t.mock.timers.tick(1_000);
  host.report({ seq: 0 });
  t.mock.timers.tick(1_000);
  host.end();
  await run.finished;
  t.mock.timers.tick(5_000);
  assert.deepEqual(accepted, [0, 2]);
});

test('the embedded sink takes the place of the target, reports its health, and fails the run by dying', async (t) => {
  const host = new FakeHost();
  const sink = fakeSink();
  const run = await start(t, host, { embedded: sink.target });
  await begun(host);
  assert.deepEqual(host.plans[0]?.scenario.target.routes[0]?.address, {
    kind: 'tcp',
    host: '127.0.0.1',
    port: 2525,
  });
  sink.health(0.4);
  host.report({ seq: 0 });
  host.onAbort = () => host.end();
  sink.die('was ended by SIGKILL');
  const { cause, error, result, directory } = await run.finished;
  assert.deepEqual([cause, error?.code, result.run.status], ['failure', 'RUN_SINK_DIED', 'failed']);
  assert.equal(result.counts.accepted, 2);
  const sources = journal(directory).map((line) => line.snapshot?.source);
  assert.equal(sources.filter((source) => source === 'sink').length, 2);
});

test('a disk that is full for a moment fails the run, but loses nothing that was measured', async (t) => {
  const host = new FakeHost();
  const run = await start(t, host);
  await begun(host);
  host.report({ seq: 0 });
  const write = t.mock.method(fs, 'writeSync', () => {
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  });
  syncBuiltinESMExports();
  host.report({ seq: 1 });
  write.mock.restore();
  syncBuiltinESMExports();
  host.end();
  const { cause, error, result } = await run.finished;
  assert.deepEqual([cause, error?.code, result.run.status], ['failure', 'RESULT_DISK_FULL', 'failed']);
  assert.equal(result.counts.accepted, 4);
  assert.ok(host.calls.includes('abort'));
});

test('a disk that is full before the first line is told as that, not as a journal that is in the way', async (t) => {
  const host = new FakeHost();
  const write = t.mock.method(fs, 'writeSync', () => {
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  });
  syncBuiltinESMExports();
  const run = await start(t, host);
  await assert.rejects(run.finished, { code: 'RESULT_DISK_FULL' });
  write.mock.restore();
  syncBuiltinESMExports();
  assert.deepEqual(host.calls, ['start', 'abort', 'terminate']);
});

test('what comes after the end is left out', async (t) => {
  const host = new FakeHost();
  const run = await start(t, host);
  await begun(host);
  host.report({ seq: 0 });
  host.end();
  const { directory, result } = await run.finished;
  const before = fs.readFileSync(join(directory, RUN_FILES.journal), 'utf8');
  host.report({ seq: 1 });
  host.lose(DIED);
  run.stop('too late');
  assert.equal(fs.readFileSync(join(directory, RUN_FILES.journal), 'utf8'), before);
  assert.equal(result.run.status, 'completed');
});

test('secrets that a server echoes reach no file', async (t) => {
  const host = new FakeHost();
  const target = { url: 'smtps://127.0.0.1:2525', auth: { user: 'alice', pass: 'no such user' } };
  const run = await start(t, host, {}, JSON.stringify({ target }));
  await begun(host);
  host.report({ seq: 0, rejected: 1, final: true }, [messageReport('535 no such user')]);
  host.end();
  const { directory, result } = await run.finished;
  assert.equal(result.outcomes.find(({ outcome }) => outcome === 'rejected')?.sample, '***');
  for (const name of fs.readdirSync(directory)) {
    assert.doesNotMatch(fs.readFileSync(join(directory, name), 'utf8'), /no such user/, name);
  }
});

async function start(
  t: TestContext,
  host: FakeHost,
  request: Partial<RunRequest> = {},
  scenario: string | null = null,
): Promise<Run> {
  const out = await temporaryDir(t);
  return new Run({
    resolved: load(scenario),
    workers: 2,
    place: { id: RUN_ID, directory: createRunDirectory(out, RUN_ID) },
    folder: '.',
    receipts: null,
    logMessages: 'notable',
    version: '0.0.0',
    embedded: null,
    host,
    ...request,
  });
}

/** Resolves when the run has told its shards to begin. */
async function begun(host: FakeHost): Promise<void> {
  while (!host.calls.includes('begin')) await Promise.resolve();
}

function fakeSink() {
  let onHealth: Parameters<EmbeddedTarget['onHealth']>[0] = () => {};
  let onExit: (reason: string) => void = () => {};
  const target: EmbeddedTarget = {
    host: '127.0.0.1',
    port: 2525,
    onHealth: (callback) => {
      onHealth = callback;
    },
    onExit: (callback) => {
      onExit = callback;
    },
  };
  const health = (busy: number) => {
    const toUs = Date.now() * 1000;
    onHealth({ fromUs: toUs - 1e6, toUs, wallUs: 1e6, busyUs: busy * 1e6, cpuWaitUs: 0 });
  };
  return { target, health, die: (reason: string) => onExit(reason) };
}

function journal(directory: string): { readonly snapshot?: { readonly source: string } }[] {
  const lines = fs.readFileSync(join(directory, RUN_FILES.journal), 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

function messageReport(reply: string): MessageReport {
  return {
    v: 1,
    number: 0,
    token: 'run-0',
    recipients: ['a@example.test'],
    scheduledAtUs: 1,
    startedAtUs: 1,
    mailAtUs: 2,
    endedAtUs: 3,
    outcome: 'rejected',
    phase: 'AUTH',
    cause: '',
    code: 535,
    enhanced: '5.7.8',
    class: 'smtp_auth',
    reply,
    why: 'failed',
  };
}
