import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LocalState } from '#src/sink/behaviours/local-state.js';
import { createUnit } from '#src/sink/process/unit.js';
import { temporaryDir } from '../../tmp.js';
import { type Dialog, dial } from '../dialog.js';

interface Behaving {
  readonly port: number;
  /** Ends the sink; the receipts it wrote, and which of them were acknowledged. */
  stop(): Promise<{ readonly receipts: number; readonly acknowledged: number; readonly lost: number }>;
}

async function behave(t: TestContext, text: string, protocol: 'smtp' | 'lmtp' = 'smtp'): Promise<Behaving> {
  const path = join(await temporaryDir(t), 'receipts.ndjson');
  const behaviours = { text, path: 'b.yaml', seed: 7, bounceTo: null };
  const receipts = { path, keepDir: null };
  const options = { host: '127.0.0.1', port: 0, protocol, receipts, behaviours } as const;
  const unit = await createUnit(options, new LocalState());
  const { port } = await unit.listen();
  let closed: ReturnType<typeof unit.close> | null = null;
  const close = () => {
    closed ??= unit.close();
    return closed;
  };
  t.after(close);
  return {
    port,
    async stop() {
      const { counts } = await close();
      const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
      const acks = lines.filter((line) => 'ack' in (JSON.parse(line) as object)).length;
      return { receipts: lines.length - acks, acknowledged: acks, lost: counts.lost };
    },
  };
}

async function hello(port: number, verb = 'EHLO'): Promise<Dialog> {
  const dialog = dial(port);
  await dialog.reply();
  await dialog.ask(`${verb} client.example.test`);
  return dialog;
}

/** Up to the final dot, whose reply is still to come. */
async function sendTo(dialog: Dialog, ...recipients: string[]): Promise<void> {
  await dialog.ask('MAIL FROM:<from@sender.example.test>');
  for (const recipient of recipients) await dialog.ask(`RCPT TO:<${recipient}>`);
  await dialog.ask('DATA');
  dialog.write('Subject: x\r\n\r\nbody\r\n.\r\n');
}

test('a refused recipient gets the reply word for word, and the next one none of it', async (t) => {
  const { port } = await behave(
    t,
    `
behaviours:
  - when: { verb: RCPT, recipient: "user7@*" }
    reject: { code: 552, enhanced: 5.2.2, text: "Mailbox\\nfull" }
`,
  );
  const dialog = await hello(port);
  await dialog.ask('MAIL FROM:<from@sender.example.test>');
  assert.deepEqual(await dialog.ask('RCPT TO:<user7@a.example.test>'), {
    code: 552,
    lines: ['5.2.2 Mailbox', '5.2.2 full'],
  });
  assert.equal((await dialog.ask('RCPT TO:<user8@a.example.test>')).code, 250);
});

test('a greeting may be a 421, and the connection ends', async (t) => {
  const { port } = await behave(t, 'behaviours: [{ when: { verb: CONNECT }, close: true }]');
  const dialog = dial(port);
  assert.deepEqual(await dialog.reply(), { code: 421, lines: ['Closing the connection'] });
  await dialog.end();
});

test('what is dropped before its reply was not taken', async (t) => {
  const sink = await behave(t, 'behaviours: [{ when: { verb: CONTENT }, drop: before }]');
  const dialog = await hello(sink.port);
  await sendTo(dialog, 'to@a.example.test');
  await assert.rejects(dialog.reply());
  assert.deepEqual(await sink.stop(), { receipts: 0, acknowledged: 0, lost: 0 });
});

test('a cut at the content takes the message and loses its 250', async (t) => {
  const sink = await behave(
    t,
    'behaviours: [{ when: { verb: CONTENT }, socket: { cut: { after: 0, how: reset } } }]',
  );
  const dialog = await hello(sink.port);
  await sendTo(dialog, 'to@a.example.test');
  await assert.rejects(dialog.reply());
  assert.deepEqual(await sink.stop(), { receipts: 1, acknowledged: 0, lost: 0 });
});

test('lost and doubled messages are answered like any other', async (t) => {
  const sink = await behave(t, 'behaviours: [{ addresses: true }]');
  const dialog = await hello(sink.port);
  for (const recipient of ['lose-a@x.test', 'twice-a@x.test', 'a@x.test']) {
    await sendTo(dialog, recipient);
    assert.equal((await dialog.reply()).code, 250);
  }
  assert.deepEqual(await sink.stop(), { receipts: 3, acknowledged: 3, lost: 1 });
});

test('over LMTP each recipient gets its own reply to the content', async (t) => {
  const sink = await behave(
    t,
    'behaviours: [{ when: { verb: CONTENT, domain: b.test }, defer: "452 4.2.2 Full" }]',
    'lmtp',
  );
  const dialog = await hello(sink.port, 'LHLO');
  await sendTo(dialog, 'x@a.test', 'x@b.test', 'y@a.test');
  assert.deepEqual(await dialog.replies(3), [250, 452, 250]);
  assert.deepEqual(await sink.stop(), { receipts: 2, acknowledged: 2, lost: 0 });
});

test('over SMTP one recipient that is minded is enough for the whole message', async (t) => {
  const sink = await behave(
    t,
    'behaviours: [{ when: { verb: CONTENT, domain: b.test }, defer: "452 4.2.2 Full" }]',
  );
  const dialog = await hello(sink.port);
  await sendTo(dialog, 'x@a.test', 'x@b.test');
  assert.equal((await dialog.reply()).code, 452);
  assert.deepEqual(await sink.stop(), { receipts: 0, acknowledged: 0, lost: 0 });
});
