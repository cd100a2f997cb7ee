import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { type Postfix, type PostfixOptions, startPostfix } from './postfix.js';
import { requireProgram } from './require-program.js';
import { startSmtpSink } from './smtp-sink.js';

const run = promisify(execFile);

// Side by side, because starting and stopping one is mostly waiting.
describe('a private Postfix', { concurrency: 3 }, () => {
  test('the log of a private Postfix counts every message, and its queue drains', async (t) => {
    const source = requireProgram(t, 'smtp-source');
    if (!source || !requireProgram(t, 'postfix')) return;
    const postfix = await start(t);

    await sendMessages(source, postfix, { messages: 200, sessions: 5 });
    await postfix.waitForEmptyQueue();

    assert.deepEqual(await postfix.countsFromLog(), {
      accepted: 200,
      sent: 200,
      deferred: 0,
      bounced: 0,
      unfinished: 0,
    });
    assert.equal(await postfix.queueSize(), 0);
  });

  test('messages for a next hop that refuses stay in the queue and are counted as deferred', async (t) => {
    const source = requireProgram(t, 'smtp-source');
    if (!source || !requireProgram(t, 'postfix')) return;
    // Port 9 (discard) has no listener here, so the connection is refused.
    const postfix = await start(t, { relayPort: 9 });

    await sendMessages(source, postfix, { messages: 3, sessions: 1 });
    await assert.rejects(postfix.waitForEmptyQueue(1_000), /3 messages are queued, 3 unfinished/);
    const { accepted, sent } = await postfix.countsFromLog();
    assert.deepEqual(
      { accepted, sent, queued: await postfix.queueSize() },
      { accepted: 3, sent: 0, queued: 3 },
    );
  });

  test('two instances run side by side, one relaying to a sink, and each counts its own', async (t) => {
    const source = requireProgram(t, 'smtp-source');
    if (!source || !requireProgram(t, 'smtp-sink') || !requireProgram(t, 'postfix')) return;
    const sink = await startSmtpSink();
    t.after(() => sink.stop());
    const [relaying, discarding] = await Promise.all([start(t, { relayPort: sink.port }), start(t)]);
    assert.notEqual(relaying.port, discarding.port);

    await sendMessages(source, relaying, { messages: 20, sessions: 2 });
    await sendMessages(source, discarding, { messages: 10, sessions: 2 });
    await Promise.all([relaying.waitForEmptyQueue(), discarding.waitForEmptyQueue()]);

    assert.equal((await relaying.countsFromLog()).sent, 20);
    assert.equal((await discarding.countsFromLog()).sent, 10);
    assert.match(await relaying.log(), new RegExp(`relay=127\\.0\\.0\\.1\\[127\\.0\\.0\\.1\\]:${sink.port}`));
  });

  test('with tls it offers STARTTLS, and its certificate file verifies it', async (t) => {
    if (!requireProgram(t, 'postfix')) return;
    const { port, certificatePath = '' } = await start(t, { tls: true });
    const plain = connect(port, '127.0.0.1');
    t.after(() => plain.destroy());
    await nextData(plain);
    plain.write('EHLO client.example.test\r\n');
    assert.match(await nextData(plain), /^250[- ]STARTTLS\r$/m);
    plain.write('STARTTLS\r\n');
    assert.match(await nextData(plain), /^220 /);
    const secure = connectTls({ socket: plain, host: '127.0.0.1', ca: await readFile(certificatePath) });
    await once(secure, 'secureConnect');
    assert.equal(secure.authorized, true);
  });

  test('after stop its port is closed, its processes are gone and its directory is removed', async (t) => {
    if (!requireProgram(t, 'postfix')) return;
    const postfix = await startPostfix();
    const pid = Number.parseInt(await readFile(`${postfix.dir}/spool/pid/master.pid`, 'utf8'), 10);
    process.kill(pid, 0);
    await postfix.stop();
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    await assert.rejects(access(postfix.dir), { code: 'ENOENT' });
  });

  test('a configuration that Postfix refuses is reported with what its log says, and nothing is left', async (t) => {
    if (!requireProgram(t, 'postfix')) return;
    const refused = startPostfix({ extra: { data_directory: '/nonexistent/data' } });
    const error: Error = await refused.then(
      () => assert.fail('it started'),
      (reason) => reason,
    );
    assert.match(error.message, /fatal: unable to create missing queue directories/);
    const dir = /^Postfix in (\S+) did not start/.exec(error.message)?.[1] ?? assert.fail(error.message);
    await assert.rejects(access(dir), { code: 'ENOENT' });
  });
});

async function start(t: TestContext, options?: PostfixOptions): Promise<Postfix> {
  const postfix = await startPostfix(options);
  t.after(() => postfix.stop());
  return postfix;
}

async function sendMessages(
  source: string,
  { host, port }: Postfix,
  { messages, sessions }: { messages: number; sessions: number },
): Promise<void> {
  const load = ['-d', '-s', String(sessions), '-m', String(messages)];
  await run(source, [...load, '-f', 'a@example.test', '-t', 'b@example.test', `${host}:${port}`]);
}

async function nextData(socket: Socket): Promise<string> {
  const [data] = await once(socket, 'data');
  return String(data);
}
