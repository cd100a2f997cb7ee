/**
 * SMTP extensions at servers that have them: what the run counts, the server's log and queue have to show.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { eventually } from '../servers/eventually.js';
import { startExim } from '../servers/exim.js';
import { type Postfix, type PostfixOptions, startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { startSendmail } from '../servers/sendmail.js';
import { startSmtpSink } from '../servers/smtp-sink.js';
import { temporaryDir } from '../tmp.js';
import { runScenario } from './scenario-run.js';

const LOAD = { vus: 3, iterations: 30 };

describe('Postfix', { concurrency: 3 }, () => {
  test('DSN: each delivery is reported to the sender, with ENVID and ORCPT', async (t) => {
    const sink = await startDumpingSink(t);
    // A next hop that offers DSN would be left to report.
    const extra = { smtp_discard_ehlo_keywords: 'dsn' };
    const postfix = sink && (await start(t, { relayPort: sink.port, extra }));
    if (!sink || !postfix) return;
    const dsn = { notify: ['success', 'failure'], envid: 'env+{{seq}}=', orcpt: true };
    const run = await runScenario(
      { target: { url: urlOf(postfix) }, envelope: { from: 'owner@example.test', dsn } },
      LOAD,
    );
    assert.equal(run.counts.accepted, LOAD.iterations, JSON.stringify(run.outcomes));
    await postfix.waitForEmptyQueue();
    const messages = await eventually(sink.messages, (all) => all.length === 2 * LOAD.iterations);
    const reports = messages.filter((message) => message.includes('report-type=delivery-status'));
    assert.equal(reports.length, LOAD.iterations);
    assert.equal(messages.length, 2 * LOAD.iterations);
    const envids = reports.map((report) => /^Original-Envelope-Id: (.*)$/m.exec(report)?.[1]);
    const wanted = Array.from({ length: LOAD.iterations }, (_, number) => `env+${number}=`);
    assert.deepEqual(envids.sort(), wanted.sort());
    for (const report of reports) {
      const recipient = /^Final-Recipient: rfc822; (.*)$/m.exec(report)?.[1] ?? assert.fail(report);
      assert.match(report, new RegExp(`^Original-Recipient: rfc822;\\s*${recipient}$`, 'm'));
      assert.match(report, /^Action: relayed$/m);
    }
  });

  test('DSN of messages that bounce: none with NEVER, else with the headers or the whole as RET says', async (t) => {
    const sink = await startDumpingSink(t);
    if (sink === undefined) return;
    const refusing = await startSmtpSink({ args: ['-f', 'data'] });
    t.after(() => refusing.stop());
    const route = `nowhere.example.test = smtp:[127.0.0.1]:${refusing.port}`;
    const extra = { transport_maps: `inline:{ { ${route} } }` };
    const postfix = await start(t, { relayPort: sink.port, extra });
    if (postfix === undefined) return;
    const target = { url: urlOf(postfix) };
    const to = { address: 'user{{n}}@nowhere.example.test' };
    let before = 0;
    for (const [dsn, returned] of [
      [{ notify: 'never', ret: 'full' }, null],
      [{ notify: ['failure'], ret: 'hdrs' }, /^Content-Type: text\/rfc822-headers/m],
      [{ notify: ['failure'], ret: 'full' }, /^Content-Type: message\/rfc822/m],
    ] as const) {
      const run = await runScenario({ target, envelope: { from: 'owner@example.test', to, dsn } }, LOAD);
      assert.equal(run.counts.accepted, LOAD.iterations, JSON.stringify(run.outcomes));
      await postfix.waitForEmptyQueue();
      const wanted = before + (returned === null ? 0 : LOAD.iterations);
      const reports: string[] = await eventually(sink.messages, (all) => all.length >= wanted);
      assert.equal(reports.length, wanted, JSON.stringify(dsn));
      const matching = reports.filter((report) => returned?.test(report)).length;
      assert.equal(matching, returned === null ? 0 : LOAD.iterations, JSON.stringify(dsn));
      before = wanted;
    }
  });

  test('SMTPUTF8: recipients beyond ASCII stand in the log as they are', async (t) => {
    const postfix = await start(t, { extra: { smtputf8_enable: 'yes', strict_smtputf8: 'yes' } });
    if (postfix === undefined) return;
    const run = await runScenario(
      {
        target: { url: urlOf(postfix) },
        envelope: { from: 'grüße@example.test', to: { address: 'δοκιμή{{n}}@rcpt.example.test', users: 5 } },
      },
      LOAD,
    );
    assert.equal(run.counts.accepted, LOAD.iterations, JSON.stringify(run.outcomes));
    await postfix.waitForEmptyQueue();
    const log = await postfix.log();
    assert.equal(
      log.match(/: to=<δοκιμή[1-5]@rcpt\.example\.test>, .*status=sent/g)?.length,
      LOAD.iterations,
    );
    assert.equal(log.match(/: from=<grüße@example\.test>/g)?.length, LOAD.iterations);
  });

  test('SMTPUTF8 where it is not offered: the message fails unsent', async (t) => {
    const postfix = await start(t, { extra: { smtputf8_enable: 'no' } });
    if (postfix === undefined) return;
    const envelope = { to: { address: 'δοκιμή@rcpt.example.test' } };
    const { outcomes } = await runScenario({ target: { url: urlOf(postfix) }, envelope }, { iterations: 1 });
    assert.deepEqual(
      outcomes.map(({ outcome, cause }) => [outcome, cause]),
      [['failed', 'not-offered']],
    );
    assert.equal((await postfix.countsFromLog()).accepted, 0);
  });
});

test('PRDR at Exim: one recipient refuses after the content, the others have it', async (t) => {
  if (!requireProgram(t, 'Exim')) return;
  const exim = await startExim({ picky: 'user3' });
  t.after(() => exim.stop());
  const to = { address: 'user{{n}}@rcpt.example.test', users: 4, perMessage: 4 };
  const send = (prdr: boolean) => runScenario({ target: { url: urlOf(exim) }, envelope: { to, prdr } }, LOAD);

  const { counts } = await send(true);
  const { accepted, partial, acceptedCopies, refused } = counts;
  assert.deepEqual(
    { accepted, partial, acceptedCopies, refused },
    {
      accepted: LOAD.iterations,
      partial: LOAD.iterations,
      acceptedCopies: 3 * LOAD.iterations,
      refused: LOAD.iterations,
    },
  );
  const log = await exim.log();
  assert.equal(log.match(/ <= .* PRDR /g)?.length, LOAD.iterations);
  assert.equal(
    log.match(/ PRDR user3@rcpt\.example\.test not after having read it/g)?.length,
    LOAD.iterations,
  );

  // Without PRDR the same server asks nobody.
  assert.equal((await send(false)).counts.acceptedCopies, 4 * LOAD.iterations);
});

test('DELIVERBY at sendmail: the deadline and its mode stand in the queue', async (t) => {
  if (!requireProgram(t, 'Sendmail')) return;
  const sendmail = await startSendmail();
  t.after(() => sendmail.stop());
  const envelope = { deliverBy: { seconds: 4711, mode: 'notify', trace: true } };
  const run = await runScenario({ target: { url: urlOf(sendmail) }, envelope }, LOAD);
  assert.equal(run.counts.accepted, LOAD.iterations, JSON.stringify(run.outcomes));
  const files = await sendmail.queueFiles();
  assert.equal(files.length, LOAD.iterations);
  // After `!` a byte: 1 is notify, 16 a trace.
  const deadline = `\n!${String.fromCharCode(1 + 16)} 4711\n`;
  assert.deepEqual(
    files.filter((file) => !file.includes(deadline)),
    [],
  );
});

async function start(t: TestContext, options?: PostfixOptions): Promise<Postfix | undefined> {
  if (!requireProgram(t, 'postfix')) return undefined;
  const postfix = await startPostfix(options);
  t.after(() => postfix.stop());
  return postfix;
}

/** A smtp-sink that keeps what it gets; undefined after skipping the test. */
async function startDumpingSink(t: TestContext) {
  if (!requireProgram(t, 'smtp-sink')) return undefined;
  const dir = await temporaryDir(t);
  // Started by root it runs as another user.
  await chmod(dir, 0o777);
  const sink = await startSmtpSink({ args: ['-d', join(dir, '%j.')] });
  t.after(() => sink.stop());
  const messages = async () => (await readdir(dir)).map((name) => readFileSync(join(dir, name), 'utf8'));
  return { port: sink.port, messages };
}

function urlOf({ port }: { readonly port: number }): string {
  return `smtp://127.0.0.1:${port}`;
}
