import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { bodyDigest, writeStamp } from '#src/message/stamp.js';
import type { Undeliverable } from '#src/sink/bounces/bounce.js';
import type { SinkEvent } from '#src/sink/event.js';
import type { Fate } from '#src/sink/judge.js';
import { temporaryDir } from '#test/tmp.js';
import {
  greeted,
  judgeOf,
  LIMIT,
  openSink,
  openSinkWithReceipts,
  readReceipts,
  reply,
  send,
  treatment,
} from '../open-sink.js';

const BODY = 'Hello\r\n';
const STAMP = {
  run: 'run1',
  number: 42,
  isWarmup: false,
  sentAtUs: 1_700_000_000_000_000,
  bodyDigest: bodyDigest(Buffer.from(BODY)),
};

function stamped(body = BODY): string {
  const line = Buffer.alloc(200);
  const end = writeStamp(line, 0, STAMP);
  return `${line.toString('latin1', 0, end)}Subject: x\r\n\r\n${body}`;
}

test('a receipt says what arrived, from whom and for whom, as the envelope had it', LIMIT, async (t) => {
  const { port, receipts, sink, path } = await openSinkWithReceipts(t);
  const client = await greeted(port);
  const rcpt = ['a@example.test', 'A@example.test', 'a@example.test', '@relay.test:b%c@example.test'];
  assert.equal((await send(client, stamped(), rcpt)).code, 250);
  const [receipt] = receipts();
  assert.ok(receipt);
  const { id, boot, session, at, ...rest } = receipt;
  assert.deepEqual(rest, {
    v: 1,
    run: 'run1',
    number: 42,
    warmup: false,
    sent: STAMP.sentAtUs,
    rcpt,
    bytes: stamped().length,
    digest: STAMP.bodyDigest,
    intact: true,
    peer: '127.0.0.1',
    from: 'sender@example.test',
  });
  assert.ok(id.startsWith(boot) && session.startsWith(boot) && boot.length > 8);
  assert.ok(Math.abs(at / 1000 - Date.now()) < 60_000);
  assert.equal(sink.counts().recipients, 4);
  await sink.close();
  assert.deepEqual(readReceipts(path).acks, [id]);
});

test('whatever form an address has, it gets a receipt and nothing is connected to', LIMIT, async (t) => {
  const { port, receipts, sink } = await openSinkWithReceipts(t);
  const client = await greeted(port);
  const connected = t.mock.method(Socket.prototype, 'connect', () => assert.fail('relayed'));
  const forms = [
    'user@relay.test',
    'user@[127.0.0.1]',
    'user@[IPv6:::1]',
    '@relay.test,@other.test:user@target.test',
    'user%target.test@sink.example.test',
    'target.test!user@sink.example.test',
    '"user@target.test"@sink.example.test',
    'postmaster',
  ];
  assert.equal((await send(client, stamped(), forms)).code, 250);
  for (const verb of ['TURN', 'ETRN target.test', 'EXPN list']) {
    assert.match(String((await client.ask(verb)).code), /^50[02]$/, verb);
  }
  await sink.close();
  assert.deepEqual(receipts()[0]?.rcpt, forms);
  assert.equal(connected.mock.callCount(), 0);
});

test('ids of receipts are unique over messages and processes', LIMIT, async (t) => {
  const ids: string[] = [];
  const boots = new Set<string>();
  for (let sinks = 0; sinks < 2; sinks++) {
    const { port, receipts } = await openSinkWithReceipts(t);
    const client = await greeted(port);
    for (let i = 0; i < 3; i++) await send(client, 'x\r\n');
    ids.push(...receipts().map(({ id }) => id));
    for (const { boot } of receipts()) boots.add(boot);
  }
  assert.equal(new Set(ids).size, 6);
  assert.equal(boots.size, 2);
});

test('a receipt comes before the 250, and its acknowledgement after it', LIMIT, async (t) => {
  const { port, path, sink } = await openSinkWithReceipts(t);
  const client = await greeted(port);
  for (let i = 0; i < 20; i++) {
    await send(client, 'x\r\n');
    assert.equal(readReceipts(path).receipts.length, i + 1);
  }
  await sink.close();
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const { receipts, acks } = readReceipts(path);
  assert.deepEqual(
    acks,
    receipts.map(({ id }) => id),
  );
  for (const { id } of receipts) {
    const at = lines.findIndex((line) => line.includes(`"id":"${id}"`));
    assert.ok(at < lines.indexOf(`{"v":1,"ack":"${id}"}`), id);
  }
});

test('a message whose 250 never left has a receipt without acknowledgement', LIMIT, async (t) => {
  const cut = treatment({ socket: { cutAfterBytes: 3, cutHow: 'reset' } });
  const judge = { ...judgeOf({ CONTENT: () => cut }), usesSocketFaults: true };
  const { port, path, sink } = await openSinkWithReceipts(t, {}, { judge });
  const client = await greeted(port);
  await assert.rejects(send(client, 'x\r\n'), /ended before a reply/);
  await client.end();
  await sink.close();
  assert.equal(readReceipts(path).receipts.length, 1);
  assert.deepEqual(readReceipts(path).acks, []);
});

test('a behaviour sees the message, its stamp and its size', LIMIT, async (t) => {
  const events: SinkEvent[] = [];
  const judge = judgeOf({
    CONTENT: (event) => {
      events.push(event);
      return treatment({ reply: reply(451, '4.3.0', 'Later') });
    },
  });
  const { port, sink, receipts } = await openSinkWithReceipts(t, {}, { judge });
  const client = await greeted(port);
  assert.deepEqual(await send(client, stamped(), ['a@example.test', 'b@example.test']), {
    code: 451,
    lines: ['4.3.0 Later'],
  });
  const [event] = events;
  assert.equal(event?.message?.toString(), stamped());
  assert.equal(event?.sizeBytes, stamped().length);
  assert.equal(event?.stamp?.number, 42);
  assert.equal(event?.recipient, null);
  assert.deepEqual(event?.recipients, ['a@example.test', 'b@example.test']);
  assert.equal(event?.from, 'sender@example.test');
  assert.deepEqual(receipts(), []);
  assert.equal(sink.counts().messages, 0);
  assert.equal(sink.counts().deferred, 1);
  assert.equal((await client.ask('MAIL FROM:<>')).code, 250);
});

test('what is accepted may be lost, doubled or bounced', LIMIT, async (t) => {
  const fates: Record<string, Fate> = {
    lose: { kind: 'lose' },
    twice: { kind: 'twice' },
    bounce: { kind: 'bounce', afterMs: 7, status: '5.2.2', text: 'full' },
  };
  const bounces: [Undeliverable, number][] = [];
  const judge = judgeOf({
    CONTENT: ({ recipients }) =>
      treatment({ fate: fates[(recipients[0] ?? '').split('@')[0] ?? ''] ?? null }),
  });
  const { port, sink, path } = await openSinkWithReceipts(
    t,
    {},
    { judge, onBounce: (message, afterMs) => bounces.push([message, afterMs]) },
  );
  const client = await greeted(port);
  for (const name of ['kept', 'lose', 'twice'])
    assert.equal((await send(client, 'x\r\n', [`${name}@example.test`])).code, 250);
  client.write('MAIL FROM:<s@example.test> RET=HDRS ENVID=a+2Bb\r\n');
  client.write('RCPT TO:<bounce@example.test> NOTIFY=FAILURE,delay ORCPT=rfc822;o@example.test\r\nDATA\r\n');
  assert.deepEqual(await client.replies(3), [250, 250, 354]);
  assert.equal((await client.ask('y\r\n.')).code, 250);
  await sink.close();
  const { receipts, acks } = readReceipts(path);
  assert.deepEqual(
    receipts.map(({ rcpt }) => rcpt[0]),
    ['kept@example.test', 'twice@example.test', 'twice@example.test'],
  );
  assert.deepEqual(
    acks,
    receipts.map(({ id }) => id),
  );
  assert.equal(new Set(acks).size, 3);
  const [[bounce, afterMs] = []] = bounces;
  assert.equal(afterMs, 7);
  const { id, arrivedAtMs, message, ...rest } = bounce as Undeliverable;
  assert.match(id, /^[A-Za-z0-9._-]+$/);
  assert.equal(message.toString(), 'y\r\n');
  assert.ok(Number.isInteger(arrivedAtMs));
  assert.deepEqual(rest, {
    from: 's@example.test',
    envelopeId: 'a+b',
    ret: 'HDRS',
    recipients: [
      {
        address: 'bounce@example.test',
        original: 'rfc822;o@example.test',
        notify: ['FAILURE', 'DELAY'],
        status: '5.2.2',
        text: 'full',
      },
    ],
  });
  const { messages, lost, doubled, bounced } = sink.counts();
  assert.deepEqual({ messages, lost, doubled, bounced }, { messages: 4, lost: 1, doubled: 1, bounced: 1 });
});

test('over LMTP each recipient is judged, receipted and answered for itself', LIMIT, async (t) => {
  const asked: (string | null)[] = [];
  const { port, path, sink } = await openSinkWithReceipts(
    t,
    { protocol: 'lmtp' },
    {
      judge: judgeOf({
        CONTENT: ({ recipient }) => {
          asked.push(recipient);
          // What was accepted before has its receipt and its 250 while this one is still thought about.
          if (recipient === 'b@example.test') {
            assert.equal(readReceipts(path).receipts.length, 1);
            return Promise.resolve(treatment({ reply: reply(452, '4.2.2', 'full') }));
          }
          return null;
        },
      }),
    },
  );
  const client = await greeted(port, 'LHLO');
  const rcpt = ['a@example.test', 'b@example.test', 'c@example.test'];
  assert.equal((await send(client, stamped(), rcpt)).code, 250);
  assert.deepEqual(await client.replies(2), [452, 250]);
  await sink.close();
  assert.deepEqual(asked, rcpt);
  const { receipts, acks } = readReceipts(path);
  assert.deepEqual(
    receipts.map(({ rcpt: to, number }) => [to, number]),
    [
      [['a@example.test'], 42],
      [['c@example.test'], 42],
    ],
  );
  assert.equal(acks.length, 2);
  const { messages, recipients, bytes } = sink.counts();
  assert.deepEqual({ messages, recipients, bytes }, { messages: 1, recipients: 2, bytes: stamped().length });
});

test('over LMTP each of thousands of recipients is answered', LIMIT, async (t) => {
  const { port, sink } = await openSink(t, { protocol: 'lmtp' }, { judge: judgeOf({ CONTENT: () => null }) });
  const client = await greeted(port, 'LHLO');
  const recipients = Array.from({ length: 10_000 }, (_, index) => `user${index}@example.test`);
  await send(client, 'x\r\n', recipients);
  assert.deepEqual(new Set(await client.replies(recipients.length - 1)), new Set([250]));
  assert.deepEqual([sink.counts().messages, sink.counts().recipients], [1, recipients.length]);
});

test('messages are kept whole, under the id of their receipt', LIMIT, async (t) => {
  const folder = await temporaryDir(t);
  const keepDir = join(folder, 'kept', 'mail');
  const path = join(folder, 'receipts.ndjson');
  const { port } = await openSink(t, { receipts: { path, keepDir } });
  const client = await greeted(port);
  await send(client, 'a\r\n..b\r\n');
  const [receipt] = readReceipts(path).receipts;
  assert.deepEqual(readdirSync(keepDir), [`${receipt?.id}.eml`]);
  assert.equal(readFileSync(join(keepDir, `${receipt?.id}.eml`), 'latin1'), 'a\r\n.b\r\n');
});

test('a message that cannot be kept gets a 452, and no receipt', LIMIT, async (t) => {
  const folder = await temporaryDir(t);
  const keepDir = join(folder, 'kept');
  const path = join(folder, 'receipts.ndjson');
  const { port, sink } = await openSink(t, { receipts: { path, keepDir } });
  const { rm } = await import('node:fs/promises');
  await rm(keepDir, { recursive: true });
  const client = await greeted(port);
  assert.deepEqual(await send(client, 'x\r\n'), {
    code: 452,
    lines: ['4.3.1 Error: insufficient system storage'],
  });
  assert.equal(existsSync(keepDir), false);
  assert.deepEqual(readReceipts(path).receipts, []);
  const { messages, recipients, bytes, unwritten, deferred } = sink.counts();
  assert.deepEqual([messages, recipients, bytes, unwritten, deferred], [0, 0, 0, 1, 1]);
});
