import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createTransport } from 'nodemailer';
import { parseListen } from '#src/cli/sink-flags.js';
import { progressLine } from '#src/cli/sink-lines.js';
import { UsageError } from '#src/errors.js';
import { noCounts } from '#src/sink/counts.js';

const LIMIT = { timeout: 60_000 };

function mailbench(t: TestContext, ...args: string[]) {
  const script = fileURLToPath(new URL('./sink-main.js', import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} closes the sink, prints the totals and ends with 0`, LIMIT, async (t) => {
    const child = mailbench(t, 'sink', '--listen', '127.0.0.1:0', '--auth', 'alice:se:cret');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first: string = (await lines.next()).value;
    const [, port] = /^listening on 127\.0\.0\.1:(\d+) \(SMTP, STARTTLS, AUTH required\)/.exec(first) ?? [];
    assert.ok(port, first);
    const auth = { user: 'alice', pass: 'se:cret' };
    const transport = createTransport({ host: '127.0.0.1', port: Number(port), auth, ignoreTLS: true });
    await transport.sendMail({ from: 'a@example.test', to: 'b@example.test', text: 'hello' });
    child.kill(signal);
    assert.match((await lines.next()).value, /^took 1 message, 1 recipient, .* 1 connection in /);
    const [code] = await once(child, 'close');
    assert.equal(code, 0);
  });
}

test('quiet prints nothing', LIMIT, async (t) => {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  const child = mailbench(t, 'sink', '--listen', `${port}`, '--quiet');
  const printed = text(child.stdout);
  await untilListening(port);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'close'), [0, null]);
  assert.equal(await printed, '');
});

test('a taken port ends with an error that has a code', LIMIT, async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  const child = mailbench(t, 'sink', '--listen', `127.0.0.1:${(other.address() as AddressInfo).port}`);
  assert.match(await text(child.stderr), /^SINK_PORT_TAKEN\n/);
});

test('flags that cannot work are refused before anything listens', LIMIT, async (t) => {
  const cases: [string[], RegExp][] = [
    [['--listen', '0.0.0.0:0'], /^SINK_NOT_LOOPBACK\n/],
    [['--listen', '127.0.0.1:smtp'], /^SINK_LISTEN_INVALID\n/],
    [['--listen', '0', '--auth', 'alice'], /^SINK_AUTH_INVALID\n/],
    [['--listen', '0', '--max-size', '-1'], /^SINK_MAX_SIZE_INVALID\n/],
    [
      ['--listen', '0', '--tls-cert', '/nonexistent', '--tls-key', '/nonexistent'],
      /^SINK_CERTIFICATE_UNREADABLE\n/,
    ],
  ];
  for (const [flags, expected] of cases) {
    assert.match(await text(mailbench(t, 'sink', ...flags).stderr), expected, flags.join(' '));
  }
});

test('where to listen may be a host and port, a bracketed address or a port alone', () => {
  assert.deepEqual(parseListen('10.0.0.1:25'), { host: '10.0.0.1', port: 25 });
  assert.deepEqual(parseListen('[::1]:2525'), { host: '::1', port: 2525 });
  assert.deepEqual(parseListen('2600'), { host: '127.0.0.1', port: 2600 });
  for (const text of ['', ':', 'localhost', '::1:25', '127.0.0.1:65536', '127.0.0.1:', 'a b:25']) {
    assert.throws(() => parseListen(text), UsageError, text);
  }
});

test('a window without traffic prints no line', () => {
  const none = { ...noCounts(), connections: 1, messages: 10, recipients: 10, bytes: 10 };
  assert.equal(progressLine(none, none, 10), null);
  const now = { ...none, connections: 2, messages: 35, recipients: 60, bytes: 3 * 2 ** 20, errors: 1 };
  assert.equal(
    progressLine(none, now, 10),
    '35 messages, 60 recipients, 3.0 MiB, 2 connections, 1 broken connection; 2.5 messages/s',
  );
});

async function untilListening(port: number): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  while (!(await transport.verify().catch(() => false)));
}
