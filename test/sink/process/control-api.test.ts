import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseReceiptLine } from '#src/delivery/receipt.js';
import { UsageError } from '#src/errors.js';
import { type ControlApi, startControlApi } from '#src/sink/process/control-api.js';
import { type Group, type GroupOptions, startGroup } from '#src/sink/process/group.js';
import { dial } from '../dialog.js';

const LIMIT = { timeout: 60_000 };

interface Started {
  readonly group: Group;
  readonly api: ControlApi;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly next: string;
  readonly allow: string;
}

interface Ask {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function start(t: TestContext, options: Partial<GroupOptions> = {}): Promise<Started> {
  const group = await startGroup({ host: '127.0.0.1', port: 0, protocol: 'smtp', idleMs: 0, ...options });
  const api = await startControlApi(group, { host: '127.0.0.1', port: 0 });
  t.after(async () => {
    await api.close();
    await group.stop();
  });
  return { group, api };
}

/** Not fetch: it forbids Host and Origin. */
function ask(
  { api }: Started,
  path: string,
  { method = 'GET', body = '', headers = {} }: Ask = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ ...api.address, path, method, headers, agent: false }, async (response) => {
      const { statusCode: status = 0, headers: got } = response;
      const next = String(got['x-mailbench-next'] ?? '');
      resolve({ status, body: await text(response), next, allow: got.allow ?? '' });
    });
    call.on('error', reject);
    call.end(body);
  });
}

async function send({ group }: Started): Promise<number> {
  const client = dial(group.address.port);
  await client.reply();
  await client.ask('EHLO client.example.test');
  const { code } = await client.ask('MAIL FROM:<a@example.test>');
  if (code !== 250) return code;
  client.write('RCPT TO:<b@example.test>\r\nDATA\r\n');
  await client.replies(2);
  return (await client.ask('hello\r\n.')).code;
}

function withReceipts(t: TestContext): Partial<GroupOptions> {
  const path = mkdtempSync(join(tmpdir(), 'sink-api-'));
  t.after(() => rmSync(path, { recursive: true }));
  return { receipts: { path: join(path, 'receipts.ndjson'), keepDir: null }, workers: 2 };
}

test('counters and health are there to be read', LIMIT, async (t) => {
  const started = await start(t);
  assert.equal(await send(started), 250);
  assert.equal(JSON.parse((await ask(started, '/counters')).body).messages, 1);
  const health = JSON.parse((await ask(started, '/health')).body);
  assert.deepEqual([health.deaths, health.workers.length, health.workers[0].pid], [0, 1, process.pid]);
});

test('health is told of each worker once it has worked for a second', LIMIT, async (t) => {
  const started = await start(t, { workers: 2 });
  for (;;) {
    const { workers } = JSON.parse((await ask(started, '/health')).body);
    assert.deepEqual(
      workers.map(({ worker }: { worker: number }) => worker),
      [0, 1],
    );
    const shares: unknown[] = workers.map(({ utilisation }: { utilisation: unknown }) => utilisation);
    if (shares.some((share) => share === null)) {
      await sleep(50);
      continue;
    }
    for (const share of shares)
      assert.ok(typeof share === 'number' && share >= 0 && share <= 1.5, `${share}`);
    return;
  }
});

test('behaviours that are put are followed by every worker from the answer on', LIMIT, async (t) => {
  const started = await start(t, { workers: 2 });
  const body = 'behaviours: [{ when: { verb: MAIL }, defer: 451 later }]';
  const answer = await ask(started, '/behaviours', { method: 'PUT', body });
  assert.equal(answer.status, 200);
  for (let i = 0; i < 4; i++) assert.equal(await send(started), 451);
  assert.equal(JSON.parse((await ask(started, '/behaviours')).body).text, body);
  const json = JSON.stringify({ behaviours: [{ when: { verb: 'MAIL' }, reject: '550 no' }] });
  assert.equal((await ask(started, '/behaviours', { method: 'PUT', body: json })).status, 200);
  for (let i = 0; i < 4; i++) assert.equal(await send(started), 550);
});

test(
  'what is put draws from the seed of the start, and bounces to its server or not at all',
  LIMIT,
  async (t) => {
    const body = 'behaviours: [{ bounce: true }]';
    const put = { method: 'PUT', body } as const;
    const behaviours = { text: '', path: 'b.yaml', seed: 5, bounceTo: 'smtp://127.0.0.1:9' };
    const bouncing = await start(t, { behaviours });
    const { status, body: answer } = await ask(bouncing, '/behaviours?bounceTo=smtp://127.0.0.2:9', put);
    assert.equal(status, 200);
    const { seed, bounceTo } = JSON.parse(answer);
    assert.deepEqual([seed, bounceTo], [5, 'smtp://127.0.0.1:9']);
    assert.equal((await ask(await start(t), '/behaviours', put)).status, 422);
  },
);

test('a profile is put by its name, an unknown one is refused', LIMIT, async (t) => {
  const started = await start(t);
  assert.equal((await ask(started, '/behaviours?profile=gmail', { method: 'PUT' })).status, 200);
  assert.equal(JSON.parse((await ask(started, '/behaviours')).body).profile, 'gmail');
  assert.equal((await ask(started, '/behaviours?profile=gmial', { method: 'PUT' })).status, 422);
});

test(
  'faulty behaviours are refused with every problem and its place, and those before them stay',
  LIMIT,
  async (t) => {
    const started = await start(t);
    const good = 'behaviours: [{ when: { verb: MAIL }, reject: 550 no }]';
    await ask(started, '/behaviours', { method: 'PUT', body: good });
    const body = 'behaviours:\n  - { rejct: 550 }\n  - { defer: 999 }\n';
    const answer = await ask(started, '/behaviours', { method: 'PUT', body });
    assert.equal(answer.status, 422);
    const places = JSON.parse(answer.body).problems.map(({ where }: { where: string }) => where);
    assert.deepEqual(places, ['behaviours:2:7', 'behaviours:3:14']);
    assert.equal(await send(started), 550);
    assert.equal(JSON.parse((await ask(started, '/behaviours')).body).text, good);
  },
);

test('receipts of all workers come once each, and later ones after their cursor', LIMIT, async (t) => {
  const started = await start(t, withReceipts(t));
  for (let i = 0; i < 6; i++) assert.equal(await send(started), 250);
  const first = await ask(started, '/receipts');
  for (let i = 0; i < 4; i++) assert.equal(await send(started), 250);
  const second = await ask(started, `/receipts?after=${first.next}`);
  assert.deepEqual([first.status, second.status], [200, 200]);
  const ids = [first, second].map(({ body }) => idsIn(body));
  assert.deepEqual(
    ids.map((list) => list.length),
    [6, 4],
  );
  assert.equal(new Set(ids.flat()).size, 10);
});

test('a cursor of another sink, or of before receipts were cleared, is gone', LIMIT, async (t) => {
  const started = await start(t, withReceipts(t));
  await send(started);
  const { next } = await ask(started, '/receipts');
  assert.equal((await ask(started, '/receipts?after=abc-0-0')).status, 410);
  assert.equal((await ask(started, `/receipts?after=${next}-0`)).status, 410);
  assert.equal((await ask(started, '/reset?receipts=1', { method: 'POST' })).status, 200);
  assert.equal((await ask(started, `/receipts?after=${next}`)).status, 410);
  assert.equal((await ask(started, '/receipts')).body, '');
  await send(started);
  assert.equal(idsIn((await ask(started, '/receipts')).body).length, 1);
});

test('a reset counts from zero and leaves receipts alone unless asked', LIMIT, async (t) => {
  const started = await start(t, withReceipts(t));
  await send(started);
  const answer = await ask(started, '/reset', { method: 'POST' });
  assert.equal(JSON.parse(answer.body).messages, 0);
  assert.equal(idsIn((await ask(started, '/receipts')).body).length, 1);
});

test('pages in a browser are refused: an Origin, a foreign Host, a fetch across sites', LIMIT, async (t) => {
  const started = await start(t);
  const foreign = [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { host: 'evil.example' },
    { host: 'evil.example:80' },
    { host: '127.0.0.1.evil.example' },
    { host: '192.0.2.1' },
    { 'sec-fetch-site': 'cross-site' },
  ];
  for (const headers of foreign) {
    const body = 'behaviours: [{ lose: true }]';
    const answer = await ask(started, '/behaviours', {
      method: 'PUT',
      body,
      headers: headers as Record<string, string>,
    });
    assert.equal(answer.status, 403, JSON.stringify(headers));
    assert.match(JSON.parse(answer.body).error, /Use|use/);
  }
  assert.equal(started.group.behaviours, null);
  for (const host of ['localhost', 'localhost:99', '127.0.0.1', '[::1]:2526', '[::1]']) {
    assert.equal((await ask(started, '/counters', { headers: { host } })).status, 200, host);
  }
});

test(
  'what is not there, not allowed or too long is an answer in JSON that says what to do',
  LIMIT,
  async (t) => {
    const started = await start(t);
    const cases: [string, Ask, number][] = [
      ['/', {}, 404],
      ['//', {}, 404],
      ['/constructor', {}, 404],
      ['/counters', { method: 'POST' }, 405],
      ['/reset', {}, 405],
      ['/receipts', {}, 404],
      ['/behaviours', { method: 'PUT', body: '#'.repeat(2 ** 20 + 1) }, 413],
    ];
    for (const [path, how, status] of cases) {
      const answer = await ask(started, path, how).catch(cutOff);
      assert.ok([status, 0].includes(answer.status), `${path}: ${answer.status}`);
      if (answer.status !== 0) assert.ok(JSON.parse(answer.body).error);
    }
    assert.equal((await ask(started, '/reset')).allow, 'POST');
  },
);

test('bytes that are no HTTP do not harm it', LIMIT, async (t) => {
  const started = await start(t);
  const socket = connect(started.api.address.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.end('EHLO client\r\n\r\n');
  await text(socket).catch(() => '');
  assert.equal((await ask(started, '/counters')).status, 200);
});

test('it never listens off loopback', LIMIT, async (t) => {
  const { group } = await start(t, { allowPublic: true });
  await assert.rejects(startControlApi(group, { host: '0.0.0.0', port: 0 }), (error) => {
    assert.ok(error instanceof UsageError);
    assert.equal(error.code, 'SINK_API_NOT_LOOPBACK');
    return true;
  });
});

function idsIn(body: string): string[] {
  return body.split('\n').flatMap((line) => {
    const receipt = parseReceiptLine(line);
    return receipt !== null && 'id' in receipt ? [receipt.id] : [];
  });
}

/** A body that is refused before it was sent may end the connection first. */
function cutOff(): Answer {
  return { status: 0, body: '', next: '', allow: '' };
}
