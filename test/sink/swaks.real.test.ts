import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { createSink, type Sink, type SinkOptions } from '#src/sink/sink-server.js';
import { requireProgram } from '#test/servers/require-program.js';

const LIMIT = { timeout: 60_000 };

async function openSink(
  t: TestContext,
  options: Partial<SinkOptions> = {},
): Promise<{ sink: Sink; server: string }> {
  const sink = createSink({ host: '127.0.0.1', port: 0, protocol: 'smtp', ...options });
  const { port } = await sink.listen();
  t.after(() => sink.close());
  return { sink, server: `127.0.0.1:${port}` };
}

/** Runs swaks and returns its transcript and exit code. */
function swaks(...flags: string[]): Promise<{ code: number; transcript: string }> {
  const args = ['--from', 'sender@example.test', '--helo', 'client.example.test', ...flags];
  return new Promise((resolve, reject) => {
    const child = execFile('swaks', args, { timeout: 30_000 }, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') reject(error);
      else resolve({ code: child.exitCode ?? -1, transcript: stdout + stderr });
    });
    child.stdin?.end();
  });
}

test('swaks delivers one message to two recipients', LIMIT, async (t) => {
  if (requireProgram(t, 'swaks') === undefined) return;
  const { sink, server } = await openSink(t);
  const { code, transcript } = await swaks('--server', server, '--to', 'a@example.test,b@example.test');
  assert.equal(code, 0, transcript);
  assert.match(transcript, /<- {2}250 2\.6\.0 /);
  const { messages, recipients, errors } = sink.counts();
  assert.deepEqual({ messages, recipients, errors }, { messages: 1, recipients: 2, errors: 0 });
});

test('swaks delivers pipelined', LIMIT, async (t) => {
  if (requireProgram(t, 'swaks') === undefined) return;
  const { sink, server } = await openSink(t);
  const { code, transcript } = await swaks('--server', server, '--to', 'a@example.test', '--pipeline');
  assert.equal(code, 0, transcript);
  assert.equal(sink.counts().messages, 1);
});

test('swaks delivers over STARTTLS with AUTH LOGIN', LIMIT, async (t) => {
  if (requireProgram(t, 'Net::SSLeay') === undefined) return;
  const { sink, server } = await openSink(t, { auth: { user: 'alice', pass: 'secret' } });
  const login = ['--auth', 'LOGIN', '--auth-user', 'alice', '--auth-password', 'secret'];
  const { code, transcript } = await swaks('--server', server, '--to', 'a@example.test', '--tls', ...login);
  assert.equal(code, 0, transcript);
  assert.match(transcript, /TLS started/);
  assert.match(transcript, /235 2\.7\.0 /);
  assert.equal(sink.counts().messages, 1);
});

test('swaks with the wrong password is refused, and nothing is counted', LIMIT, async (t) => {
  if (requireProgram(t, 'swaks') === undefined) return;
  const { sink, server } = await openSink(t, { auth: { user: 'alice', pass: 'secret' } });
  const login = ['--auth', 'PLAIN', '--auth-user', 'alice', '--auth-password', 'wrong'];
  const { code, transcript } = await swaks('--server', server, '--to', 'a@example.test', ...login);
  assert.notEqual(code, 0);
  assert.match(transcript, /535 5\.7\.8 /);
  assert.equal(sink.counts().messages, 0);
});

test('swaks delivers over implicit TLS', LIMIT, async (t) => {
  if (requireProgram(t, 'Net::SSLeay') === undefined) return;
  const { sink, server } = await openSink(t, { tlsMode: 'implicit' });
  const { code, transcript } = await swaks('--server', server, '--to', 'a@example.test', '--tls-on-connect');
  assert.equal(code, 0, transcript);
  assert.equal(sink.counts().messages, 1);
});

test('swaks delivers over LMTP, with a reply for each recipient', LIMIT, async (t) => {
  if (requireProgram(t, 'swaks') === undefined) return;
  const { sink, server } = await openSink(t, { protocol: 'lmtp' });
  const to = 'a@example.test,b@example.test';
  const { code, transcript } = await swaks('--server', server, '--to', to, '--protocol', 'LMTP');
  assert.equal(code, 0, transcript);
  assert.equal(transcript.match(/250 2\.6\.0 /g)?.length, 2, transcript);
  assert.equal(sink.counts().recipients, 2);
});
