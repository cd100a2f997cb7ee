import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createTransport } from 'nodemailer';
import { parseListen } from '#src/cli/sink-flags.js';
import { progressLine } from '#src/cli/sink-lines.js';
import { UsageError } from '#src/errors.js';
import { noCounts } from '#src/sink/counts.js';
import { isAlive } from '../processes.js';
import { dial } from '../sink/dialog.js';

const LIMIT = { timeout: 60_000 };

function mailbench(t: TestContext, ...args: string[]) {
  const script = fileURLToPath(new URL('./sink-main.js', import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
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

const ENOUGH = [
  ['messages', 2, /^took 2 messages, /],
  ['sessions', 1, /^took 2 messages, .* 1 connection in /],
] as const;

for (const [flag, count, took] of ENOUGH) {
  test(`--${flag} ends the sink when it has seen so many, and not before`, LIMIT, async (t) => {
    const child = mailbench(t, 'sink', '--listen', '0', `--${flag}`, `${count}`, '--workers', '2');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const [, port] = /:(\d+) \(/.exec((await lines.next()).value) ?? [];
    const transport = createTransport({ host: '127.0.0.1', port: Number(port), ignoreTLS: true, pool: true });
    for (const to of ['b@example.test', 'c@example.test']) {
      assert.equal(child.exitCode, null);
      await transport.sendMail({ from: 'a@example.test', to, text: 'hello' });
    }
    transport.close();
    assert.match((await lines.next()).value, took);
    assert.deepEqual(await once(child, 'close'), [0, null]);
  });
}

test('a socket that a killed sink left is taken over, and one in use is not', LIMIT, async (t) => {
  const path = join(folder(t), 'sink.sock');
  const killed = mailbench(t, 'sink', '--listen', `unix:${path}`);
  await once(killed.stdout, 'data');
  const refused = mailbench(t, 'sink', '--listen', `unix:${path}`);
  const said = text(refused.stderr);
  assert.deepEqual(await once(refused, 'close'), [1, null]);
  assert.match(await said, /^SINK_PORT_TAKEN\n.*sink\.sock is taken/);
  killed.kill('SIGKILL');
  await once(killed, 'close');
  const heir = mailbench(t, 'sink', '--listen', `unix:${path}`, '--workers', '2');
  assert.match(String((await once(heir.stdout, 'data'))[0]), /^listening on unix:/);
});

test(
  'an address of no card of this machine, and a folder that cannot be made, are told by their codes',
  LIMIT,
  async (t) => {
    const file = join(folder(t), 'file');
    writeFileSync(file, '');
    const cases: [args: string[], code: RegExp][] = [
      [['--listen', '192.0.2.7:2525', '--authorized'], /^SINK_LISTEN_FAILED\n/],
      [
        ['--listen', '0', '--receipts', `${file}.ndjson`, '--keep', `${file}/kept`],
        /^SINK_KEEP_UNWRITABLE\n/,
      ],
    ];
    for (const [args, code] of cases) {
      const child = mailbench(t, 'sink', ...args);
      const said = text(child.stderr);
      assert.deepEqual(await once(child, 'close'), [1, null]);
      assert.match(await said, code);
    }
  },
);

test('what is no socket is not removed', LIMIT, async (t) => {
  const path = join(folder(t), 'precious');
  writeFileSync(path, 'data');
  const child = mailbench(t, 'sink', '--listen', `unix:${path}`);
  assert.deepEqual(await once(child, 'close'), [1, null]);
  assert.equal(readFileSync(path, 'utf8'), 'data');
});

/** Said to a sink with these flags after the greeting and EHLO, and the code and text of what comes back. */
const EFFECTS: readonly (readonly [flags: readonly string[], said: readonly string[], reply: RegExp])[] = [
  [['--hide', 'CHUNKING,DSN'], ['BDAT 3 LAST'], /^502 /],
  [['--hide', 'CHUNKING,DSN'], ['MAIL FROM:<> RET=HDRS'], /^555 .*DSN|^555 .*RET/],
  [['--hide', 'EHLO'], [], /^502 /],
  [['--xclient'], ['XCLIENT ADDR=192.0.2.7'], /^220 /],
  [[], ['XCLIENT ADDR=192.0.2.7'], /^5\d\d /],
  [['--max-recipients', '1'], ['MAIL FROM:<>', 'RCPT TO:<a@a.test>', 'RCPT TO:<b@a.test>'], /^452 /],
  [['--max-size', '100'], ['MAIL FROM:<> SIZE=101'], /^552 /],
];

for (const [flags, said, expected] of EFFECTS) {
  test(
    `${flags.join(' ') || 'no flag'}: ${said.at(-1) ?? 'EHLO'} is answered ${expected}`,
    LIMIT,
    async (t) => {
      const client = dial(await listening(mailbench(t, 'sink', '--listen', '0', ...flags)));
      assert.equal((await client.reply()).code, 220);
      let last = await client.ask('EHLO client.example.test');
      for (const line of said) last = await client.ask(line);
      assert.match(`${last.code} ${last.lines[0]}`, expected);
      client.destroy();
    },
  );
}

test('--proxy: the address of the header is the one in the receipt', LIMIT, async (t) => {
  const receipts = join(folder(t), 'receipts.ndjson');
  const child = mailbench(t, 'sink', '--listen', '0', '--proxy', '--receipts', receipts);
  const client = dial(await listening(child));
  client.write('PROXY TCP4 192.0.2.9 127.0.0.1 50000 25\r\n');
  assert.equal((await client.reply()).code, 220);
  client.write('EHLO c.test\r\nMAIL FROM:<>\r\nRCPT TO:<a@a.test>\r\nDATA\r\n');
  assert.deepEqual(await client.replies(4), [250, 250, 250, 354]);
  assert.equal((await client.ask('.')).code, 250);
  assert.match(readFileSync(receipts, 'utf8'), /"peer":"192\.0\.2\.9"/);
});

async function listening(child: ReturnType<typeof mailbench>): Promise<number> {
  const [line] = await once(child.stdout, 'data');
  return Number(/:(\d+) \(/.exec(String(line))?.[1]);
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
    [['--listen', '0', '--workers', '0'], /^SINK_COUNT_INVALID\n/],
    [['--listen', '0', '--idle', 'long'], /^SINK_IDLE_INVALID\n/],
    [['--listen', '0', '--idle', '30d'], /^SINK_IDLE_INVALID\n/],
    [['--listen', '0', '--seed', '-1'], /^SINK_COUNT_INVALID\n/],
    [['--listen', '0', '--hide', 'PIPELINING,DNS'], /^SINK_HIDE_INVALID\n/],
    [['--listen', '0', '--api', 'everywhere'], /^SINK_API_INVALID\n/],
    [['--listen', '0', '--api', '0.0.0.0:0', '--authorized'], /^SINK_API_NOT_LOOPBACK\n/],
    [['--listen', '0', '--name', 'a b'], /^SINK_NAME_INVALID\n/],
    [['--listen', '0', '--behaviours', '/nonexistent'], /^SINK_BEHAVIOURS_UNREADABLE\n/],
    [['--listen', '0', '--profile', 'gmial'], /^BEHAVIOUR_PROFILE\n/],
    [['--listen', '0', '--bounce-to', 'mx.example.test'], /^SINK_BOUNCE_TO_INVALID\n/],
    [
      ['--listen', '0', '--tls-cert', '/nonexistent', '--tls-key', '/nonexistent'],
      /^SINK_CERTIFICATE_UNREADABLE\n/,
    ],
  ];
  for (const [flags, expected] of cases) {
    assert.match(await text(mailbench(t, 'sink', ...flags).stderr), expected, flags.join(' '));
  }
});

test(
  'a behaviours file with errors is refused with each one and its place, and exit code 104',
  LIMIT,
  async (t) => {
    const file = join(folder(t), 'b.yaml');
    writeFileSync(file, 'behaviours:\n  - { rejct: 550 }\n  - { defer: 999 }\n');
    const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
    const args = [main, 'sink', '--listen', '0', '--behaviours', file];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    t.after(() => child.kill('SIGKILL'));
    const said = text(child.stderr);
    assert.deepEqual(await once(child, 'close'), [104, null]);
    assert.match(await said, /b\.yaml:2:7 [^\n]*\n(.|\n)*b\.yaml:3:14 /);
  },
);

test(
  'SIGHUP reads the behaviours again; faulty ones are told and those before them stay',
  LIMIT,
  async (t) => {
    const file = join(folder(t), 'b.yaml');
    writeFileSync(file, 'behaviours: [{ name: one, when: { verb: MAIL }, defer: 451 one }]');
    const child = mailbench(t, 'sink', '--listen', '127.0.0.1:0', '--behaviours', file);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const complaints = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
    const port = Number(/:(\d+) /.exec((await lines.next()).value)?.[1]);
    assert.equal(await answerToMail(port), '451 one');
    writeFileSync(file, 'behaviours: [{ name: two, when: { verb: MAIL }, defer: 452 two }]');
    child.kill('SIGHUP');
    assert.match((await lines.next()).value, /^behaviours read again/);
    assert.equal(await answerToMail(port), '452 two');
    writeFileSync(file, 'behaviours: [{ defer: 999 }]');
    child.kill('SIGHUP');
    assert.match((await complaints.next()).value, /b\.yaml:1:\d+/);
    assert.equal(await answerToMail(port), '452 two');
    child.kill('SIGTERM');
    assert.match((await lines.next()).value, /^took 0 messages.* 3 deferred/);
    assert.deepEqual(
      [(await lines.next()).value, (await lines.next()).value],
      ['  two: 2 times', '  one: 1 time'],
    );
  },
);

test('a reply that is held back does not hold back the end of the sink', LIMIT, async (t) => {
  const file = join(folder(t), 'b.yaml');
  writeFileSync(file, 'behaviours: [{ when: { verb: MAIL }, delay: 1h }]');
  const child = mailbench(t, 'sink', '--listen', '127.0.0.1:0', '--behaviours', file, '--api', '0');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const port = Number(/:(\d+) /.exec((await lines.next()).value)?.[1]);
  const [, url] = /(http:.*)$/.exec((await lines.next()).value) ?? [];
  const client = dial(port);
  await client.reply();
  await client.ask('EHLO client.example.test');
  client.write('MAIL FROM:<a@example.test>\r\n');
  const isHeld = async () => (await (await fetch(`${url}/counters`)).text()).includes('delay-1');
  while (!(await isHeld())) await sleep(10);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'close'), [0, null]);
});

test(
  'why a bounce was given up is said, and nothing of it reaches the terminal unescaped',
  LIMIT,
  async (t) => {
    const refusing = createServer((socket) => {
      socket.on('error', () => {}).write('220 hostile\r\n');
      socket.on('data', (line) =>
        socket.write(/^MAIL/.test(`${line}`) ? '550 5.7.1 go \x1b[31maway\r\n' : '250 yes\r\n'),
      );
    }).listen(0, '127.0.0.1');
    t.after(() => refusing.close());
    await once(refusing, 'listening');
    const file = join(folder(t), 'b.yaml');
    writeFileSync(file, 'behaviours: [{ bounce: { after: 0ms } }]');
    const bounceTo = `smtp://127.0.0.1:${(refusing.address() as AddressInfo).port}`;
    const child = mailbench(t, 'sink', '--listen', '0', '--behaviours', file, '--bounce-to', bounceTo);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const port = Number(/:(\d+) /.exec((await lines.next()).value)?.[1]);
    const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
    await transport.sendMail({ from: 'a@example.test', to: 'b@example.test', text: 'hello' });
    child.kill('SIGTERM');
    assert.match((await lines.next()).value, /^took 1 message, .* 1 bounced, 1 bounces given up/);
    assert.equal((await lines.next()).value, '  bounce-1: 1 time');
    const reason = 'Mail command failed: 550 5.7.1 go \\x1b[31maway';
    assert.equal((await lines.next()).value, `  bounce given up 1 time: ${reason}`);
  },
);

test('whom it behaves like is named, and by which file', LIMIT, async (t) => {
  const file = join(folder(t), 'b.yaml');
  writeFileSync(file, 'behaviours: [{ addresses: true }]');
  const child = mailbench(t, 'sink', '--listen', '0', '--profile', 'yahoo', '--behaviours', file);
  const [line] = await once(child.stdout, 'data');
  assert.ok(String(line).includes(`(SMTP, STARTTLS, like yahoo, behaviours of ${file})`), String(line));
});

test('workers and receipts are named; the control interface only when asked for', LIMIT, async (t) => {
  const file = join(folder(t), 'r.ndjson');
  const child = mailbench(
    t,
    'sink',
    '--listen',
    '127.0.0.1:0',
    '--workers',
    '2',
    '--receipts',
    file,
    '--api',
    '0',
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  assert.match((await lines.next()).value, /\(SMTP, STARTTLS, 2 workers\)/);
  const [, url] = /^control interface on (http:\/\/127\.0\.0\.1:\d+)$/.exec((await lines.next()).value) ?? [];
  const response = await fetch(`${url}/counters`);
  assert.equal(((await response.json()) as { messages: number }).messages, 0);
  child.kill('SIGTERM');
  assert.match((await lines.next()).value, /^took 0 messages/);
  assert.equal((await lines.next()).value, `receipts in ${file}, ${file}.1`);
  const quiet = mailbench(t, 'sink', '--listen', '127.0.0.1:0', '--receipts', file);
  const said = createInterface({ input: quiet.stdout })[Symbol.asyncIterator]();
  assert.match((await said.next()).value, /^listening/);
  quiet.kill('SIGTERM');
  assert.match((await said.next()).value, /^took/);
});

test('a worker that dies twice ends the sink, with what it took and exit code 1', LIMIT, async (t) => {
  const child = mailbench(t, 'sink', '--listen', '127.0.0.1:0', '--workers', '2', '--api', '0');
  const complaints = text(child.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  const [, url] = /(http:.*)$/.exec((await lines.next()).value) ?? [];
  const worker = async (): Promise<{ pid: number; utilisation: number | null }> =>
    ((await (await fetch(`${url}/health`)).json()) as { workers: [never] }).workers[0];
  const first = await worker();
  process.kill(first.pid, 'SIGKILL');
  let second = first;
  // Only one that serves has a window behind it.
  while (second.pid === first.pid || second.utilisation === null) {
    await sleep(20);
    second = await worker();
  }
  process.kill(second.pid, 'SIGKILL');
  assert.match((await lines.next()).value, /^took 0 messages/);
  assert.equal((await lines.next()).value, 'workers that died: 2');
  assert.deepEqual(await once(child, 'close'), [1, null]);
  assert.match(await complaints, /another one takes its place\n(.|\n)*SINK_WORKER_DIED/);
});

test('workers end with the process that started them, however it ends', LIMIT, async (t) => {
  const child = mailbench(t, 'sink', '--listen', '127.0.0.1:0', '--workers', '2', '--api', '0');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  const [, url] = /(http:.*)$/.exec((await lines.next()).value) ?? [];
  const health = (await (await fetch(`${url}/health`)).json()) as { workers: { pid: number }[] };
  child.kill('SIGKILL');
  for (const { pid } of health.workers) while (isAlive(pid)) await sleep(20);
});

test('where to listen may be a host and port, a bracketed address or a port alone', () => {
  assert.deepEqual(parseListen('10.0.0.1:25'), { host: '10.0.0.1', port: 25 });
  assert.deepEqual(parseListen('[::1]:2525'), { host: '::1', port: 2525 });
  assert.deepEqual(parseListen('unix:/run/sink.sock'), { host: 'unix:/run/sink.sock', port: 0 });
  assert.deepEqual(parseListen('2600'), { host: '127.0.0.1', port: 2600 });
  for (const text of ['', ':', 'unix:', 'localhost', '::1:25', '127.0.0.1:65536', '127.0.0.1:', 'a b:25']) {
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

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'sink-command-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

async function answerToMail(port: number): Promise<string> {
  const client = dial(port);
  await client.reply();
  await client.ask('EHLO client.example.test');
  const { code, lines } = await client.ask('MAIL FROM:<a@example.test>');
  await client.ask('QUIT');
  return `${code} ${lines[0]}`;
}

async function untilListening(port: number): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  while (!(await transport.verify().catch(() => false)));
}
