import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { CodeError, type MailbenchError } from '#src/errors.js';
import type { ShardHostListener } from '#src/run/shard-host.js';
import { WorkerHost, type WorkerHostOptions } from '#src/run/worker-host.js';
import type { Plan } from '#src/shard/plan.js';

/** What a worker says while it does what it is asked; the shard's number decides which of two codes it runs. */
const READY = `port.postMessage({ type: 'ready' });`;
const SNAPSHOT = (seq: number) =>
  `port.postMessage({ type: 'snapshot', snapshot: { source: 'shard-' + plan.shard.index, seq: ${seq} }, messages: [] });`;
const END = `port.postMessage({ type: 'end' }); port.close();`;
const on = (type: string, code: string) =>
  `port.on('message', (message) => { if (message.type === '${type}') { ${code} } });`;
const HEALTHY = `${READY} ${on('start', `${SNAPSHOT(0)} ${SNAPSHOT(1)} ${END}`)} ${on('abort', `${SNAPSHOT(9)} ${END}`)}`;
/** Runs until it is told to stop. */
const PATIENT = `${READY} ${on('start', SNAPSHOT(0))} ${on('stop', END)} ${on('abort', `${SNAPSHOT(9)} ${END}`)}`;

test('shards that work are started together, heard, and end together, once', async (t) => {
  const { host, log, ended } = hostOf(t, HEALTHY, HEALTHY);
  await host.start([plan(0), plan(1)], log.listener);
  assert.deepEqual(log.entries, []);
  host.begin(0);
  await ended;
  assert.deepEqual([...log.entries.slice(0, -1)].sort(), [
    'shard-0:0',
    'shard-0:1',
    'shard-1:0',
    'shard-1:1',
  ]);
  await host.terminate();
  assert.equal(log.entries.at(-1), 'end');
  assert.equal(log.entries.length, 5);
});

test('stop and abort reach every shard', async (t) => {
  for (const [word, expected] of [
    ['stop', ['shard-0:0', 'shard-1:0', 'end']],
    ['abort', ['shard-0:0', 'shard-0:9', 'shard-1:0', 'shard-1:9', 'end']],
  ] as const) {
    const { host, log, ended } = hostOf(t, PATIENT, PATIENT);
    await host.start([plan(0), plan(1)], log.listener);
    host.begin(0);
    host[word]();
    await ended;
    assert.deepEqual([...log.entries.slice(0, -1).sort(), log.entries.at(-1)], expected);
  }
});

const starts: [string, string, RegExp][] = [
  [
    'throws while it loads',
    `throw new Error('no such module');`,
    /the worker of shard-1 died: no such module/,
  ],
  ['ends before it is ready', 'process.exit(3);', /the worker of shard-1 died with code 3/],
];
for (const [what, code, expected] of starts) {
  test(`a worker that ${what} fails the start`, async (t) => {
    const { host, log } = hostOf(t, HEALTHY, code);
    await assert.rejects(host.start([plan(0), plan(1)], log.listener), (error: MailbenchError) => {
      assert.equal(error.code, 'RUN_WORKER_DIED');
      assert.match(error.message, expected);
      assert.match(error.hint ?? '', /What was measured before/);
      return true;
    });
  });
}

test('a worker that refuses its plan fails the start with its own code', async (t) => {
  const refuse = (code: string) =>
    `port.postMessage({ type: 'failed', kind: '${code === 'BUG' ? 'bug' : 'refused'}', code: '${code}', message: 'too small', hint: 'Ask for more.', stack: 'at x' }); port.close();`;
  const refused = hostOf(t, refuse('MESSAGE_SIZE_TOO_SMALL'));
  await assert.rejects(refused.host.start([plan(0)], refused.log.listener), {
    code: 'MESSAGE_SIZE_TOO_SMALL',
    message: 'too small',
    hint: 'Ask for more.',
  });
  const broken = hostOf(t, refuse('BUG'));
  await assert.rejects(broken.host.start([plan(0)], broken.log.listener), { code: 'BUG', name: 'BugError' });
});

test('a worker whose scenario code fails is told of at once, and goes on to its end', async (t) => {
  const failed = `port.postMessage({ type: 'failed', kind: 'code', code: 'CODE_THREW', message: 'no', hint: '', stack: '' });`;
  const { host, log, ended } = hostOf(t, `${READY} ${on('start', `${failed} ${SNAPSHOT(0)} ${END}`)}`);
  const errors: MailbenchError[] = [];
  await host.start([plan(0)], { ...log.listener, onLost: (error) => errors.push(error) });
  host.begin(0);
  await ended;
  assert.deepEqual(log.entries, ['shard-0:0', 'end']);
  assert.deepEqual(
    errors.map((error) => [error instanceof CodeError, error.code, error.message]),
    [[true, 'CODE_THREW', 'no']],
  );
});

test('a worker that never gets ready is given up', async (t) => {
  const { host, log } = hostOf(t, 'for (;;);', { readyWithinMs: 50 });
  await assert.rejects(host.start([plan(0)], log.listener), /it was not ready after 0\.05 s/);
});

const deaths: [string, string, RegExp][] = [
  [
    'throws',
    `${READY} ${on('start', `${SNAPSHOT(0)} setImmediate(() => { throw new Error('out of luck'); });`)}`,
    /shard-1 died: out of luck/,
  ],
  [
    'rejects a promise',
    `${READY} ${on('start', `Promise.reject(new Error('nobody looks'));`)}`,
    /shard-1 died: nobody looks/,
  ],
  [
    'exits',
    `${READY} ${on('start', `${SNAPSHOT(0)} setImmediate(() => process.exit(4));`)}`,
    /shard-1 died with code 4/,
  ],
  ['ends without a word', `${READY} ${on('start', 'port.close();')}`, /shard-1 died with code 0/],
];
for (const [what, code, expected] of deaths) {
  test(`a worker that ${what} is lost once, the others go on, and the end comes when they have ended`, async (t) => {
    const { host, log, ended, lost } = hostOf(t, PATIENT, code);
    await host.start([plan(0), plan(1)], log.listener);
    host.begin(0);
    const error = await lost;
    assert.equal(error.code, 'RUN_WORKER_DIED');
    assert.match(error.message, expected);
    assert.equal(log.entries.includes('end'), false);
    host.abort();
    await ended;
    assert.ok(log.entries.includes('shard-0:9'));
    assert.equal(log.entries.filter((entry) => entry === 'lost').length, 1);
  });
}

test('a process that stood still itself does not blame its workers', async (t) => {
  const pass = mockClock(t);
  const { host, log, ended, heard } = hostOf(t, PATIENT, PATIENT);
  await host.start([plan(0), plan(1)], log.listener);
  host.begin(0);
  await Promise.all([heard('shard-0:0'), heard('shard-1:0')]);
  pass(40_000, 40_000);
  assert.equal(log.entries.includes('lost'), false);
  pass(29_000);
  assert.equal(log.entries.includes('lost'), false);
  pass(10_000);
  assert.equal(log.entries.filter((entry) => entry === 'lost').length, 2);
  await ended;
});

test('a worker that hangs, even in a loop that lets nothing in, is lost and the end comes', async (t) => {
  for (const hang of ['', 'for (;;);']) {
    const { host, log, ended, lost } = hostOf(t, `${READY} ${on('start', hang)}`, { silenceMs: 100 });
    await host.start([plan(0)], log.listener);
    host.begin(0);
    assert.match((await lost).message, /the worker of shard-0 died: it has said nothing for 0\.1 s/);
    await ended;
    await host.terminate();
    assert.deepEqual(log.entries, ['lost', 'end']);
  }
});

test('a worker is lost only when it has been silent for so long, counted from its last word', async (t) => {
  const pass = mockClock(t);
  const code = `${READY} ${on('start', SNAPSHOT(0))} ${on('stop', SNAPSHOT(1))}`;
  const { host, log, heard } = hostOf(t, code, { silenceMs: 1000 });
  await host.start([plan(0)], log.listener);
  host.begin(0);
  await heard('shard-0:0');
  pass(900);
  host.stop();
  await heard('shard-0:1');
  pass(900);
  assert.deepEqual(log.entries, ['shard-0:0', 'shard-0:1']);
  pass(500);
  assert.deepEqual(log.entries.slice(2), ['lost', 'end']);
});

test('nothing is reported after terminate', async (t) => {
  const { host, log } = hostOf(t, PATIENT);
  await host.start([plan(0)], log.listener);
  host.begin(0);
  await host.terminate();
  assert.equal(log.entries.includes('lost'), false);
  assert.equal(log.entries.includes('end'), false);
});

/** Time that passes only when told, in steps as small as a loop's turns, or in one leap. */
function mockClock(t: TestContext): (ms: number, stepMs?: number) => void {
  let nowMs = 0;
  t.mock.timers.enable({ apis: ['setInterval'] });
  t.mock.method(performance, 'now', () => nowMs);
  return (ms, stepMs = 50) => {
    for (let passedMs = 0; passedMs < ms; passedMs += stepMs) {
      nowMs += stepMs;
      t.mock.timers.tick(stepMs);
    }
  };
}

/** A host whose shard-0 runs the first code and shard-1 the second, terminated after the test. */
function hostOf(t: TestContext, ...rest: (string | WorkerHostOptions)[]) {
  const codes = rest.filter((one) => typeof one === 'string');
  const options = rest.find((one) => typeof one === 'object') ?? {};
  const entry = new URL(`data:text/javascript,${encodeURIComponent(workerCode(codes))}`);
  const host = new WorkerHost({ entry, ...options });
  t.after(() => host.terminate());
  return { host, ...listen() };
}

function workerCode(codes: readonly string[]): string {
  const cases = codes.map((code, index) => `if (plan.shard.index === ${index}) { ${code} }`);
  return `import { parentPort as port, workerData as plan } from 'node:worker_threads'; ${cases.join('\n')}`;
}

function listen() {
  const entries: string[] = [];
  const heardOf = new EventEmitter();
  let onEnd = () => {};
  let onLost = (_error: MailbenchError) => {};
  const ended = new Promise<void>((resolve) => {
    onEnd = resolve;
  });
  const lost = new Promise<MailbenchError>((resolve) => {
    onLost = resolve;
  });
  const listener: ShardHostListener = {
    onSnapshot: ({ source, seq }) => {
      entries.push(`${source}:${seq}`);
      heardOf.emit(`${source}:${seq}`);
    },
    onEnd: () => {
      entries.push('end');
      onEnd();
    },
    onLost: (error) => {
      entries.push('lost');
      onLost(error);
    },
  };
  const heard = async (entry: string) => {
    if (!entries.includes(entry)) await once(heardOf, entry);
  };
  return { log: { entries, listener }, ended, lost, heard };
}

/** As much of a plan as these workers look at. */
function plan(index: number): Plan {
  return { shard: { index, count: 2 } } as Plan;
}
