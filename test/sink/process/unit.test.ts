import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalState } from '#src/sink/behaviours/local-state.js';
import { createUnit } from '#src/sink/process/unit.js';
import { dial } from '../dialog.js';

const LIMIT = { timeout: 60_000 };
const BASE = { host: '127.0.0.1', port: 0, protocol: 'smtp', tlsMode: 'none', idleMs: 0 } as const;

async function send(port: number): Promise<void> {
  const client = dial(port);
  await client.reply();
  await client.ask('EHLO client.example.test');
  client.write('MAIL FROM:<a@example.test>\r\nRCPT TO:<b@example.test>\r\nDATA\r\n');
  assert.deepEqual(await client.replies(3), [250, 250, 354]);
  client.write('Subject: x\r\n\r\nhello\r\n.\r\nQUIT\r\n');
  assert.deepEqual(await client.replies(2), [250, 221]);
}

test(
  'what a behaviour bounces comes back as a DSN to the one server named, and nowhere else',
  LIMIT,
  async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'sink-unit-'));
    t.after(() => rmSync(dir, { recursive: true }));
    const path = join(dir, 'receipts.ndjson');
    const receipts = { path, keepDir: null };
    const sender = await createUnit({ ...BASE, receipts }, new LocalState());
    const { port } = await sender.listen();
    const text = 'behaviours: [{ bounce: { after: 1ms } }]';
    const behaviours = { text, path: 'b.yaml', seed: 1, bounceTo: `smtp://127.0.0.1:${port}` };
    const bouncing = await createUnit({ ...BASE, behaviours }, new LocalState());
    await send((await bouncing.listen()).port);
    while (!readFileSync(path, 'utf8').includes('"id"')) await sleep(10);
    const receipt = JSON.parse(readFileSync(path, 'utf8').split('\n')[0] ?? '');
    assert.deepEqual([receipt.rcpt, receipt.from], [['a@example.test'], '']);
    assert.equal(receipt.dsn.recipients[0].address, 'b@example.test');
    const { counts } = await bouncing.close();
    assert.deepEqual([counts.bounced, counts.bounceFailures], [1, 0]);
    await sender.close();
  },
);

test('bounces go to this host unless it is said that they may go elsewhere', LIMIT, async () => {
  const text = 'behaviours: [{ bounce: true }]';
  const behaviours = { text, path: 'b.yaml', seed: 1, bounceTo: 'smtp://192.0.2.1:25' };
  const open = async (options: { allowPublic?: boolean }) => {
    const unit = await createUnit({ ...BASE, ...options, behaviours }, new LocalState());
    await unit.listen();
    await unit.close();
  };
  for (const options of [{}, { allowPublic: false }])
    await assert.rejects(open(options), { code: 'SINK_BOUNCE_TO_NOT_LOOPBACK' });
  await open({ allowPublic: true });
});

test('a bounce that nobody takes is counted at the end, with the reason', LIMIT, async () => {
  const text = 'behaviours: [{ bounce: { after: 1h } }]';
  const gone = await createUnit(BASE, new LocalState());
  const { port } = await gone.listen();
  await gone.close();
  const behaviours = { text, path: 'b.yaml', seed: 1, bounceTo: `smtp://127.0.0.1:${port}` };
  const bouncing = await createUnit({ ...BASE, behaviours }, new LocalState());
  await send((await bouncing.listen()).port);
  const { counts } = await bouncing.close();
  assert.deepEqual([counts.bounced, counts.bounceFailures], [1, 1]);
  assert.equal(Object.values(counts.bounceFailureReasons)[0], 1);
});

test('a question that cannot be followed is answered with its error and changes nothing', LIMIT, async () => {
  const text = 'behaviours: [{ name: slow, when: { verb: RCPT }, delay: 1ms }]';
  const options = { text, path: 'b.yaml', seed: 1, bounceTo: null };
  const unit = await createUnit({ ...BASE, behaviours: options }, new LocalState());
  const { port } = await unit.listen();
  const answer = await unit.answer({ kind: 'behave', behaviours: { ...options, text: 'behaviours: 1' } });
  assert.equal(answer.error?.kind, 'behaviours');
  await send(port);
  const { counts, health } = await unit.answer({ kind: 'counts' });
  assert.deepEqual([counts.behaviours, health], [{ slow: 1 }, null]);
  await unit.close();
});
