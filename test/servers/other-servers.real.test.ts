/** The servers that are unpacked, not installed: that they start, and offer what they are there for. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Dialog, dial } from '../sink/dialog.js';
import { startExim } from './exim.js';
import { requireProgram } from './require-program.js';
import { startSendmail } from './sendmail.js';

test('a private Exim offers PRDR and logs what it took', async (t) => {
  if (!requireProgram(t, 'Exim')) return;
  const exim = await startExim();
  t.after(() => exim.stop());
  const smtp = await greeted(t, exim.port);
  const { lines } = await smtp.ask('EHLO client.example.test');
  for (const keyword of ['PRDR', 'CHUNKING', 'DSN', 'PIPELINING', 'SMTPUTF8']) {
    assert.ok(lines.includes(keyword), `${keyword} in ${lines}`);
  }
  await send(smtp, 'MAIL FROM:<a@example.test>');
  assert.match(await exim.log(), /<= a@example\.test/);
});

test('a private sendmail offers DELIVERBY and queues the deadline', async (t) => {
  if (!requireProgram(t, 'Sendmail')) return;
  const sendmail = await startSendmail();
  t.after(() => sendmail.stop());
  const smtp = await greeted(t, sendmail.port);
  const { lines } = await smtp.ask('EHLO client.example.test');
  assert.ok(lines.includes('DELIVERBY'), `${lines}`);
  await send(smtp, 'MAIL FROM:<a@example.test> BY=120;R');
  const [control = '', ...others] = await sendmail.queueFiles();
  assert.match(control, /^!.? 120$/m);
  assert.deepEqual(others, []);
});

async function greeted(t: TestContext, port: number): Promise<Dialog> {
  const dialog = dial(port);
  t.after(() => dialog.destroy());
  assert.equal((await dialog.reply()).code, 220);
  return dialog;
}

async function send(smtp: Dialog, mail: string): Promise<void> {
  assert.equal((await smtp.ask(mail)).code, 250);
  assert.equal((await smtp.ask('RCPT TO:<b@example.test>')).code, 250);
  assert.equal((await smtp.ask('DATA')).code, 354);
  assert.equal((await smtp.ask('Subject: x\r\n\r\ntext\r\n.')).code, 250);
}
