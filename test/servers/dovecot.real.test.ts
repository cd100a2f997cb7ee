import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { describe, type TestContext, test } from 'node:test';
import { type Dialog, dial } from '../sink/dialog.js';
import { type Dovecot, type DovecotOptions, startDovecot } from './dovecot.js';
import { requireProgram } from './require-program.js';
import { startSmtpSink } from './smtp-sink.js';

describe('a private Dovecot', { concurrency: 3 }, () => {
  test('takes mail by LMTP for its users, and shows what it delivered', async (t) => {
    const dovecot = await start(t);
    if (dovecot === undefined) return;
    const lmtp = dialog(t, dovecot.lmtpPort);
    assert.equal((await lmtp.reply()).code, 220);
    await lmtp.ask('LHLO client.example.test');
    await lmtp.ask('MAIL FROM:<a@example.test>');
    assert.equal((await lmtp.ask('RCPT TO:<alice@example.test>')).code, 250);
    assert.equal((await lmtp.ask('RCPT TO:<mallory@example.test>')).code, 550);
    await lmtp.ask('DATA');
    assert.equal((await lmtp.ask('Subject: one\r\n\r\ntext\r\n.')).code, 250);
    const [message = '', ...others] = await dovecot.messagesOf('alice');
    assert.match(message, /^Subject: one\n\ntext\n$/m);
    assert.deepEqual(others, []);
  });

  test('relays what is submitted after AUTH, by password or token, and refuses others', async (t) => {
    if (!requireProgram(t, 'smtp-sink')) return;
    const sink = await startSmtpSink();
    t.after(() => sink.stop());
    const dovecot = await start(t, { relayPort: sink.port });
    if (dovecot === undefined) return;
    const token = (text: string) => `user=alice\x01auth=Bearer ${text}\x01\x01`;
    for (const [line, code] of [
      [`AUTH PLAIN ${base64('\0alice\0secret')}`, 235],
      [`AUTH PLAIN ${base64('\0alice\0wrong')}`, 535],
      [`AUTH XOAUTH2 ${base64(token(dovecot.tokenFor('alice')))}`, 235],
      [`AUTH XOAUTH2 ${base64(token('forged.token'))}`, 334],
    ] as const) {
      const submission = dialog(t, dovecot.submissionPort);
      await submission.reply();
      await submission.ask('EHLO client.example.test');
      assert.equal((await submission.ask(line)).code, code, line);
      if (code !== 235) continue;
      assert.equal((await submission.ask('MAIL FROM:<a@example.test>')).code, 250);
    }
  });

  test('a configuration that it refuses is reported with what it said, and nothing is left', async (t) => {
    if (!requireProgram(t, 'dovecot')) return;
    const error: Error = await startDovecot({ extra: 'no_such_setting = 1' }).then(
      () => assert.fail('it started'),
      (reason) => reason,
    );
    assert.match(error.message, /Unknown setting: no_such_setting/);
    const dir = /(\/\S*mailbench-dovecot-\w+)\//.exec(error.message)?.[1] ?? assert.fail(error.message);
    await assert.rejects(access(dir), { code: 'ENOENT' });
  });
});

async function start(t: TestContext, options?: DovecotOptions): Promise<Dovecot | undefined> {
  for (const name of ['dovecot', 'Dovecot LMTP', 'Dovecot submission'] as const) {
    if (!requireProgram(t, name)) return undefined;
  }
  const dovecot = await startDovecot(options);
  t.after(() => dovecot.stop());
  return dovecot;
}

function dialog(t: TestContext, port: number): Dialog {
  const made = dial(port);
  t.after(() => made.destroy());
  return made;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
