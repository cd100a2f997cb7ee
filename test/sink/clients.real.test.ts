/** Clients that others wrote send to our sink: what each was told was accepted has exactly one receipt, and the right one. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createTransport } from 'nodemailer';
import type { Receipt } from '#src/delivery/receipt.js';
import { eventually } from '#test/servers/eventually.js';
import { requireProgram } from '#test/servers/require-program.js';
import { temporaryDir } from '#test/tmp.js';
import { openSinkWithReceipts } from './open-sink.js';

const LIMIT = { timeout: 60_000 };
const AUTH = { user: 'alice', pass: 'secret' };
const CONTENT =
  'From: <sender@example.test>\r\nDate: Mon, 23 Nov 2026 00:00:00 +0000\r\nSubject: x\r\n\r\n.body\r\nline\r\n';

/** What a receipt says of envelope and size. */
function envelopes(receipts: readonly Receipt[]) {
  return receipts.map(({ from, rcpt, bytes }) => ({ from, rcpt, bytes }));
}

/** Runs a program to its end, `input` on its standard input. */
function run(
  command: string,
  args: readonly string[],
  input = '',
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('latin1').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
    child.stdin.on('error', () => {}).end(input);
  });
}

// ---- swaks

const SWAKS = [
  ['SMTP', {}, []],
  ['PIPELINING', {}, ['--pipeline']],
  ['STARTTLS', {}, ['--tls']],
  ['STARTTLS and AUTH', { auth: AUTH }, ['--tls', '--auth', 'PLAIN', '-au', 'alice', '-ap', 'secret']],
  ['LMTP', { protocol: 'lmtp' }, ['--protocol', 'LMTP']],
  ['XCLIENT', { xclient: true }, ['--xclient-addr', '192.0.2.7', '--xclient-name', 'c.example.test']],
  ['PROXY version 1', { proxy: true }, proxyFlags('1', 'TCP4')],
  ['PROXY version 2', { proxy: true }, proxyFlags('2', 'AF_INET')],
] as const;

function proxyFlags(version: string, family: string): string[] {
  const source = ['--proxy-source', '192.0.2.7', '--proxy-source-port', '4711'];
  const target = ['--proxy-dest', '192.0.2.8', '--proxy-dest-port', '25'];
  return ['--proxy-version', version, '--proxy-family', family, ...source, ...target];
}

for (const [what, options, flags] of SWAKS) {
  test(`swaks: ${what}`, LIMIT, async (t) => {
    if (requireProgram(t, what.startsWith('STARTTLS') ? 'Net::SSLeay' : 'swaks') === undefined) return;
    const { port, receipts } = await openSinkWithReceipts(t, options);
    const to = ['a@example.test', 'b@example.test'];
    const envelope = ['--from', 'sender@example.test', '--to', to.join(',')];
    const { code, output } = await run(
      'swaks',
      ['--server', `127.0.0.1:${port}`, ...envelope, '--data', '-', ...flags],
      CONTENT,
    );
    assert.equal(code, 0, output);
    const isLmtp = what === 'LMTP';
    const seen = receipts();
    assert.deepEqual(seen.flatMap(({ rcpt }) => rcpt).sort(), to);
    assert.equal(seen.length, isLmtp ? 2 : 1);
    for (const { from, bytes, peer } of seen) {
      // swaks ends what it sends with a line end of its own.
      assert.deepEqual([from, bytes], ['sender@example.test', CONTENT.length + 2]);
      assert.equal(peer, /XCLIENT|PROXY/.test(what) ? '192.0.2.7' : '127.0.0.1');
    }
  });
}

// ---- smtp-source

for (const [what, flags] of [
  ['many sessions', []],
  ['messages share sessions (-d)', ['-d']],
  ['LMTP (-L)', ['-L', '-d']],
] as const) {
  test(`smtp-source: ${what}`, LIMIT, async (t) => {
    if (requireProgram(t, 'smtp-source') === undefined) return;
    const isLmtp = what.startsWith('LMTP');
    const { port, receipts } = await openSinkWithReceipts(t, { protocol: isLmtp ? 'lmtp' : 'smtp' });
    const load = [
      '-s',
      '5',
      '-m',
      '60',
      '-r',
      '3',
      '-l',
      '2000',
      '-f',
      'sender@example.test',
      '-t',
      'user@example.test',
    ];
    const { code, output } = await run('smtp-source', [...load, '-N', ...flags, `127.0.0.1:${port}`]);
    assert.equal(code, 0, output);
    const seen = receipts();
    assert.equal(seen.length, isLmtp ? 180 : 60);
    const numbers = seen.flatMap(({ rcpt }) => rcpt).map((address) => Number.parseInt(address, 10));
    assert.equal(numbers.length, 180);
    assert.equal(new Set(numbers).size, 180);
    assert.deepEqual(new Set(seen.map(({ from }) => from)), new Set(['sender@example.test']));
    // The payload of 2,000 octets and a header whose length varies only with its numbers.
    for (const { bytes } of seen) assert.ok(bytes >= 2000 && bytes < 2400, `${bytes} bytes`);
  });
}

// ---- postal

test('postal: many threads, several messages a session', LIMIT, async (t) => {
  if (requireProgram(t, 'postal') === undefined) return;
  const { port, sink, receipts } = await openSinkWithReceipts(t);
  const dir = await temporaryDir(t);
  const users = join(dir, 'users');
  await writeFile(users, 'a@example.test\nb@example.test\n');
  const flags = ['-t', '3', '-c', '3', '-m', '4', '-M', '1', '-r', '6000', '-z', join(dir, 'log')];
  const child = spawn('postal', [...flags, `[127.0.0.1]${port}`, users], { cwd: dir, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await eventually(
    async () => sink.counts().messages,
    (messages) => messages >= 50,
    30_000,
  );
  child.kill('SIGKILL');
  await ended;
  await eventually(
    async () => receipts().length,
    (count) => count >= sink.counts().messages,
  );
  const seen = receipts();
  assert.ok(seen.length >= 50);
  // postal's own log of what it sent: Message-Ids that were followed by our 250.
  const logged = [1, 2, 3].flatMap((thread) =>
    acceptedIn(readFileSync(join(dir, `log:${thread}`), 'latin1')),
  );
  assert.ok(logged.length >= 40, `${logged.length} in postal's log`);
  const left = seen.map(({ from, rcpt }) => `${from} ${rcpt.join()}`);
  for (const envelope of logged) {
    const at = left.indexOf(envelope);
    assert.ok(at >= 0, `no receipt for ${envelope}`);
    left.splice(at, 1);
  }
  // Those it was killed before it could write them down: one for each thread, and what its log had buffered.
  assert.equal(new Set(seen.map(({ id }) => id)).size, seen.length);
});

function acceptedIn(log: string): string[] {
  const said = /MAIL FROM: ?<([^>]*)>[\s\S]*?RCPT TO: ?<([^>]*)>[\s\S]*?\n\.\r?\n250 2\.6\.0/g;
  return [...log.matchAll(said)].map(([, from, to]) => `${from} ${to}`);
}

// ---- msmtp

for (const [what, options, flags] of [
  ['SMTP', {}, ['--tls=off']],
  ['STARTTLS', {}, ['--tls=on', '--tls-certcheck=off']],
  [
    'TLS and AUTH',
    { tlsMode: 'implicit', auth: AUTH },
    [
      '--tls=on',
      '--tls-starttls=off',
      '--tls-certcheck=off',
      '--auth=plain',
      '--user=alice',
      '--passwordeval=echo secret',
    ],
  ],
] as const) {
  test(`msmtp: ${what}`, LIMIT, async (t) => {
    if (requireProgram(t, 'msmtp') === undefined) return;
    const { port, receipts } = await openSinkWithReceipts(t, options);
    const to = ['a@example.test', 'b@example.test'];
    const server = ['--file=/dev/null', '--host=127.0.0.1', `--port=${port}`];
    const args = [...server, '--from=sender@example.test', ...flags, ...to];
    // Without these two it would add its own.
    const content = `Message-ID: <1@example.test>\r\nTo: <a@example.test>\r\n${CONTENT}`;
    const { code, output } = await run('msmtp', args, content.replaceAll('\r\n', '\n'));
    assert.equal(code, 0, output);
    assert.deepEqual(envelopes(receipts()), [
      { from: 'sender@example.test', rcpt: to, bytes: content.length },
    ]);
  });
}

// ---- nodemailer

async function sendByNodemailer(
  t: TestContext,
  options: Parameters<typeof openSinkWithReceipts>[1],
  { transport, messages }: { transport: object; messages: readonly object[] },
) {
  const { port, receipts } = await openSinkWithReceipts(t, options);
  const client = createTransport({
    host: '127.0.0.1',
    port,
    tls: { rejectUnauthorized: false },
    ...transport,
  });
  t.after(() => client.close());
  const sent = await Promise.all(messages.map((message) => client.sendMail({ raw: CONTENT, ...message })));
  for (const { rejected } of sent) assert.deepEqual(rejected, []);
  return receipts();
}

test('nodemailer: a pool over STARTTLS with AUTH', LIMIT, async (t) => {
  const messages = Array.from({ length: 60 }, (_, i) => ({
    envelope: { from: `sender${i}@example.test`, to: [`a${i}@example.test`, `b${i}@example.test`] },
  }));
  const transport = { pool: true, maxConnections: 4, maxMessages: 7, requireTLS: true, auth: AUTH };
  const receipts = await sendByNodemailer(t, { auth: AUTH }, { transport, messages });
  const byFrom = (a: { from: string }, b: { from: string }) => a.from.localeCompare(b.from);
  const expected = messages.map(({ envelope: { from, to } }) => ({ from, rcpt: to, bytes: CONTENT.length }));
  assert.deepEqual(envelopes(receipts).sort(byFrom), expected.sort(byFrom));
});

test('nodemailer: DSN parameters', LIMIT, async (t) => {
  const dsn = {
    id: 'id-1',
    return: 'headers',
    notify: ['success', 'failure'],
    recipient: 'sender@example.test',
  };
  const messages = [{ envelope: { from: 'sender@example.test', to: 'a@example.test' }, dsn }];
  const receipts = await sendByNodemailer(t, {}, { transport: {}, messages });
  assert.deepEqual(envelopes(receipts), [
    { from: 'sender@example.test', rcpt: ['a@example.test'], bytes: CONTENT.length },
  ]);
});

test('nodemailer: addresses in UTF-8', LIMIT, async (t) => {
  const messages = [{ envelope: { from: 'jürg@example.test', to: 'δοκιμή@example.test' } }];
  const receipts = await sendByNodemailer(t, {}, { transport: {}, messages });
  assert.deepEqual(envelopes(receipts), [
    { from: 'jürg@example.test', rcpt: ['δοκιμή@example.test'], bytes: CONTENT.length },
  ]);
});
