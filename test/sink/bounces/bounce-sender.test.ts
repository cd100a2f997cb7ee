import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';
import { isAcknowledgement, parseReceiptLine, type Receipt } from '#src/delivery/receipt.js';
import { UsageError } from '#src/errors.js';
import { LocalState } from '#src/sink/behaviours/local-state.js';
import type { Undeliverable } from '#src/sink/bounces/bounce.js';
import {
  type BounceCounts,
  type BounceSender,
  createBounceSender,
  parseBounceTo,
} from '#src/sink/bounces/bounce-sender.js';
import { createUnit } from '#src/sink/process/unit.js';
import { createSink } from '#src/sink/sink-server.js';
import { freePort } from '#test/free-port.js';
import { temporaryDir } from '#test/tmp.js';
import { dial } from '../dialog.js';

const LOOPBACK = { host: '127.0.0.1', port: 0, protocol: 'smtp' } as const;

interface Taken {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly body: string;
}

interface Receiver {
  readonly port: number;
  readonly taken: Taken[];
  readonly sessions: { open: number; most: number };
}

/** `refuse` gives the reply code to the n-th message, from 0; 0 takes it. */
async function receiver(
  t: TestContext,
  refuse: (index: number) => number = () => 0,
  why: (index: number) => string = () => 'not now',
): Promise<Receiver> {
  const taken: Taken[] = [];
  const sessions = { open: 0, most: 0 };
  let messages = 0;
  const server = new SMTPServer({
    authOptional: true,
    closeTimeout: 1,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onConnect: (_session, callback) => {
      sessions.most = Math.max(sessions.most, ++sessions.open);
      callback();
    },
    onClose: () => {
      sessions.open--;
    },
    onData: (stream: SMTPServerDataStream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const code = refuse(messages);
        const text = why(messages++);
        if (code > 0) return callback(Object.assign(new Error(text), { responseCode: code }));
        const { mailFrom, rcptTo, bodyType } = session.envelope;
        taken.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString('utf8'),
          body: bodyType ?? '',
        });
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port, taken, sessions };
}

function sender(
  t: TestContext,
  port: number,
  changes = {},
): { bounces: BounceSender; reasons: () => BounceCounts['reasons'] } {
  const bounces = createBounceSender({
    bounceTo: `smtp://127.0.0.1:${port}`,
    name: 'sink.example.test',
    allowPublic: false,
    retryMs: 1,
    ...changes,
  });
  t.after(() => bounces.close(0));
  return { bounces, reasons: () => bounces.counts().reasons };
}

function undeliverable(number: number, from = 'sender@example.test'): Undeliverable {
  return {
    id: `b1.${number}`,
    from,
    envelopeId: '',
    ret: null,
    arrivedAtMs: 0,
    recipients: [{ address: 'user@a.test', original: '', notify: [], status: '5.1.1', text: 'no such user' }],
    message: Buffer.from('Subject: hello\r\n\r\nbody\r\n'),
  };
}

/** Fails rather than waiting for ever. */
async function until(isTrue: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!isTrue() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 2));
}

test('a bounce is sent from the null reverse-path to the original sender', async (t) => {
  const { port, taken } = await receiver(t);
  const { bounces } = sender(t, port);
  bounces.schedule(undeliverable(1), 5);
  assert.equal(bounces.counts().pending, 1);
  await until(() => bounces.counts().sent === 1);
  assert.equal(taken[0]?.from, '');
  assert.deepEqual(taken[0].to, ['sender@example.test']);
  assert.match(taken[0].text, /^From: Mail Delivery System <MAILER-DAEMON@sink\.example\.test>\r\n/);
  assert.match(taken[0].text, /report-type=delivery-status[\s\S]*Final-Recipient: rfc822; user@a\.test/);
  assert.deepEqual(bounces.counts(), { sent: 1, failed: 0, reasons: {}, suppressed: 0, pending: 0 });
});

test('unusual reverse-paths reach the envelope as they were', async (t) => {
  const { port, taken } = await receiver(t);
  const { bounces, reasons } = sender(t, port);
  for (const [number, from] of ['b+42=user=a.test@v.example.test', "o'b{r}/x@example.test"].entries()) {
    bounces.schedule(undeliverable(number, from), 0);
    await until(() => bounces.counts().pending === 0);
    assert.deepEqual(reasons(), {});
    assert.deepEqual(taken[number]?.to, [from]);
  }
});

test('an 8-bit bounce is declared as one', async (t) => {
  const { port, taken } = await receiver(t);
  const { bounces } = sender(t, port);
  bounces.schedule(undeliverable(0), 0);
  await until(() => taken.length === 1);
  bounces.schedule({ ...undeliverable(1), message: Buffer.from('Subject: hello\r\n\r\nö\r\n') }, 0);
  await until(() => taken.length === 2);
  assert.deepEqual(
    taken.map(({ body }) => body),
    ['7bit', '8bitmime'],
  );
});

test('a message from the null reverse-path is counted as suppressed and nothing is sent', async (t) => {
  const { port, taken } = await receiver(t);
  const { bounces } = sender(t, port);
  bounces.schedule(undeliverable(1, ''), 0);
  await bounces.close(5000);
  assert.deepEqual(bounces.counts(), { sent: 0, failed: 0, reasons: {}, suppressed: 1, pending: 0 });
  assert.equal(taken.length, 0);
});

test('a 4yz is tried again, a 5yz is not', async (t) => {
  const passing = await receiver(t, (index) => (index < 2 ? 451 : 0));
  const patient = sender(t, passing.port);
  patient.bounces.schedule(undeliverable(1), 0);
  await until(() => patient.bounces.counts().sent === 1);
  assert.deepEqual(patient.reasons(), {});

  const refusing = await receiver(t, (index) => (index === 0 ? 550 : 0));
  const refused = sender(t, refusing.port);
  refused.bounces.schedule(undeliverable(1), 0);
  await until(() => refused.bounces.counts().failed === 1);
  assert.match(Object.keys(refused.reasons())[0] ?? '', /550 not now/);
  assert.equal(refusing.taken.length, 0);
});

test('a bounce is given up after a few attempts, and why is told', async (t) => {
  const { bounces, reasons } = sender(t, await freePort());
  bounces.schedule(undeliverable(1), 0);
  await until(() => bounces.counts().failed === 1);
  assert.match(Object.keys(reasons())[0] ?? '', /ECONNREFUSED/);
  const { failed, pending } = bounces.counts();
  assert.deepEqual([failed, pending], [1, 0]);
});

test('so many reasons are kept, each in short, and the rest are counted together', async (t) => {
  const { port } = await receiver(
    t,
    () => 550,
    (index) => `${index} ${'x'.repeat(1000)}`,
  );
  const { bounces, reasons } = sender(t, port);
  for (let number = 0; number < 25; number++) bounces.schedule(undeliverable(number), 0);
  await until(() => bounces.counts().failed === 25);
  assert.equal(Object.keys(reasons()).length, 21);
  assert.equal(reasons()['other reasons'], 5);
  assert.ok(Object.keys(reasons()).every((reason) => reason.length <= 300));
});

test('no more are sent at once than allowed, and no more held', async (t) => {
  const { port, taken, sessions } = await receiver(t);
  const { bounces, reasons } = sender(t, port, { concurrency: 2, maxPending: 30 });
  for (let number = 0; number < 31; number++) bounces.schedule(undeliverable(number), 0);
  assert.deepEqual(reasons(), { 'too many wait already': 1 });
  await until(() => bounces.counts().sent === 30);
  assert.equal(taken.length, 30);
  assert.ok(sessions.most <= 2);
});

test('closing sends what still waits for its time', async (t) => {
  const { port, taken } = await receiver(t);
  const { bounces, reasons } = sender(t, port);
  for (let number = 0; number < 20; number++) bounces.schedule(undeliverable(number), 3_600_000);
  await bounces.close(30_000);
  assert.equal(taken.length, 20);
  bounces.schedule(undeliverable(21), 0);
  assert.deepEqual(reasons(), {});
  assert.deepEqual(bounces.counts(), { sent: 20, failed: 0, reasons: {}, suppressed: 0, pending: 0 });
});

test('closing ends though the server does not take them, and counts them as failed once', async (t) => {
  const { port } = await receiver(t, () => 451);
  const { bounces, reasons } = sender(t, port, { retryMs: 100_000 });
  for (let number = 0; number < 7; number++) bounces.schedule(undeliverable(number), 3_600_000);
  await bounces.close(50);
  const [[reason, count] = []] = Object.entries(reasons());
  assert.match(reason ?? '', /^the sink closed first, after (no failure|.*451 not now)$/);
  assert.equal(count, 7);
  const { failed, pending } = bounces.counts();
  assert.deepEqual([failed, pending], [7, 0]);
});

test('only smtp://HOST:PORT is an address for bounces, and only loopback without leave', () => {
  assert.deepEqual(parseBounceTo('smtp://127.0.0.1:2525', false), { host: '127.0.0.1', port: 2525 });
  assert.deepEqual(parseBounceTo('smtp://[::1]:25/', false), { host: '::1', port: 25 });
  assert.deepEqual(parseBounceTo('smtp://localhost:25', false), { host: '127.0.0.1', port: 25 });
  assert.deepEqual(parseBounceTo('smtp://127.0.0.1:1', false).port, 1);
  assert.deepEqual(parseBounceTo('smtp://127.0.0.1:65535', false).port, 65_535);
  assert.deepEqual(parseBounceTo('smtp://192.0.2.1:25', true), { host: '192.0.2.1', port: 25 });
  for (const bad of [
    '127.0.0.1:25',
    'smtp://127.0.0.1',
    'smtp://127.0.0.1:0',
    'smtp://u:p@127.0.0.1:25',
    'smtps://127.0.0.1:25',
  ]) {
    assert.throws(() => parseBounceTo(bad, true), hasCode('SINK_BOUNCE_TO_INVALID'), bad);
  }
  assert.throws(() => parseBounceTo('smtp://192.0.2.1:25', false), hasCode('SINK_BOUNCE_TO_NOT_LOOPBACK'));
});

test('a sink that bounces tells another sink what the sender asked to know', async (t) => {
  const path = join(await temporaryDir(t), 'receipts.ndjson');
  const returnPath = createSink({ ...LOOPBACK, receipts: { path, keepDir: null } });
  t.after(() => returnPath.close());
  const bounceTo = `smtp://127.0.0.1:${(await returnPath.listen()).port}`;
  const text =
    'behaviours: [{ when: { recipient: "gone@*" }, bounce: { status: "5.1.1", text: gone away, after: 1h } }]';
  const behaviours = { text, path: 'b.yaml', seed: 1, bounceTo };
  const unit = await createUnit({ ...LOOPBACK, behaviours }, new LocalState());
  const dialog = dial((await unit.listen()).port);
  await dialog.reply();
  for (const line of [
    'EHLO client.example.test',
    'MAIL FROM:<sender@example.test> RET=HDRS ENVID=id+2B7',
    'RCPT TO:<gone@a.test> ORCPT=rfc822;Gone+2B1@a.test',
    'DATA',
    `X-Mailbench: v=1; r=run1; n=0000000042; w=0; t=1767225600000000; b=0123456789abcdef\r\n\r\nbody\r\n.`,
    'QUIT',
  ]) {
    assert.ok((await dialog.ask(line)).code < 400, line);
  }
  await unit.close();
  const receipts = (await readFile(path, 'utf8')).split('\n').map(parseReceiptLine);
  const found = receipts.find((line): line is Receipt => line !== null && !isAcknowledgement(line));
  assert.deepEqual([found?.from, found?.rcpt, found?.run], ['', ['sender@example.test'], null]);
  assert.deepEqual(found?.dsn, {
    run: 'run1',
    number: 42,
    recipients: [
      { address: 'Gone+1@a.test', action: 'failed', status: '5.1.1', diagnostic: '550 5.1.1 gone away' },
    ],
  });
});

function hasCode(code: string) {
  return (error: unknown) => error instanceof UsageError && error.code === code;
}
