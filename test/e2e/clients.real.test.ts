/**
 * mailbench beside the tools that come with Postfix: smtp-sink as the target, which writes down what it got, and
 * smtp-source as a client of `mailbench sink`. Two sides that share no code have to count alike.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { bodyDigest, bodyOffset, parseStamp } from '#src/message/stamp.js';
import { requireProgram } from '../servers/require-program.js';
import { startSmtpSink } from '../servers/smtp-sink.js';
import { temporaryDir } from '../tmp.js';
import { startCliSink } from './cli-sink.js';
import { assertAddsUp, assertExit, loadRun, outcomesOf, scenarioFile } from './load-run.js';

const LOAD = ['--vus', '5', '--iterations', '300'];

describe('mailbench run against smtp-sink', { concurrency: 2 }, () => {
  for (const pipelining of ['off', 'auto', 'coalesced']) {
    test(`pipelining ${pipelining}: it wrote down each message once, unharmed`, async (t) => {
      const sink = await start(t);
      if (sink === undefined) return;
      const file = await scenarioFile(t, {
        target: { url: `smtp://127.0.0.1:${sink.port}` },
        client: { pipelining, messagesPerSession: 7 },
        messages: [
          { size: '1KiB' },
          { template: { subject: 'dots {{seq}}', text: '.one\n..two\n.\nthree' } },
        ],
      });
      const run = await loadRun(t, [file, ...LOAD]);
      assertExit(run, 0);
      assertAddsUp(run.result);
      assert.equal(run.result.counts.accepted, 300);
      const stamps = sink.messages().map((message) => {
        const stamp = parseStamp(message);
        assert.equal(stamp?.bodyDigest, bodyDigest(message.subarray(bodyOffset(message))));
        return stamp;
      });
      assert.deepEqual(
        stamps.map((stamp) => stamp?.number).sort((a = 0, b = 0) => a - b),
        Array.from({ length: 300 }, (_, number) => number),
      );
      assert.ok(stamps.every((stamp) => stamp?.run === run.result.run.id));
    });
  }

  test('LMTP: it answers for each recipient', async (t) => {
    const sink = await start(t, ['-L']);
    if (sink === undefined) return;
    const file = await scenarioFile(t, {
      target: { url: `lmtp://127.0.0.1:${sink.port}` },
      envelope: { to: { address: 'user{{n}}@rcpt.example.test', perMessage: 3 } },
    });
    const run = await loadRun(t, [file, '--vus', '5', '--iterations', '100']);
    assertExit(run, 0);
    assertAddsUp(run.result);
    assert.deepEqual([run.result.counts.accepted, run.result.counts.acceptedCopies], [100, 300]);
    assert.equal(sink.messages().length, 100);
  });

  test('a server that knows no EHLO is greeted with HELO', async (t) => {
    const sink = await start(t, ['-e', '-f', 'ehlo']);
    if (sink === undefined) return;
    const run = await loadRun(t, ['--target', `smtp://127.0.0.1:${sink.port}`, '--iterations', '10']);
    assertExit(run, 0);
    assertAddsUp(run.result);
    assert.equal(sink.messages().length, 10);
    const replies = Object.keys(run.result.metrics).filter((key) => key.startsWith('smtp_replies{'));
    assert.ok(replies.some((key) => /code:5\d\d,command:EHLO/.test(key)));
    assert.ok(replies.some((key) => /code:250,command:HELO/.test(key)));
  });

  for (const [command, phase] of [
    ['mail', 'MAIL'],
    ['rcpt', 'RCPT'],
    ['data', 'DATA'],
    ['.', 'CONTENT'],
  ] as const) {
    test(`every ${command} refused: each message is rejected there, and none is taken`, async (t) => {
      const sink = await start(t, ['-f', command]);
      if (sink === undefined) return;
      const run = await loadRun(t, ['--target', `smtp://127.0.0.1:${sink.port}`, '--iterations', '20']);
      assertExit(run, 99);
      assertAddsUp(run.result);
      assert.deepEqual(outcomesOf(run.result), [{ outcome: 'rejected', phase, cause: '', count: 20 }]);
      assert.equal(run.result.counts.refused, 20);
    });
  }
});

test('smtp-source and mailbench sink count alike', async (t) => {
  const source = requireProgram(t, 'smtp-source');
  if (source === undefined) return;
  const sink = await startCliSink(t);
  const load = ['-d', '-s', '5', '-m', '250', '-r', '2', '-l', '2048'];
  const to = ['-f', 'a@example.test', '-t', 'b@example.test', `127.0.0.1:${sink.port}`];
  await promisify(execFile)(source, [...load, ...to]);
  const { messages, recipients, connections } = await sink.totals();
  assert.deepEqual({ messages, recipients, connections }, { messages: 250, recipients: 500, connections: 5 });
});

/** A smtp-sink that keeps what it gets, a file a message; undefined after skipping the test where there is none. */
async function start(t: TestContext, args: readonly string[] = []) {
  if (!requireProgram(t, 'smtp-sink')) return undefined;
  const dir = await temporaryDir(t);
  // Started by root it runs as another user.
  await chmod(dir, 0o777);
  const sink = await startSmtpSink({ args: [...args, '-d', join(dir, '%j.')] });
  t.after(() => sink.stop());
  return { port: sink.port, messages: () => readdirSync(dir).map((name) => readDump(join(dir, name))) };
}

/** The message as it was sent: without the lines smtp-sink puts before it, and with CRLF. */
function readDump(path: string): Buffer {
  const lines = readFileSync(path, 'latin1').split('\n');
  const first = lines.findIndex((line) => line.startsWith('X-Mailbench:'));
  return Buffer.from(lines.slice(first).join('\r\n'), 'latin1');
}
