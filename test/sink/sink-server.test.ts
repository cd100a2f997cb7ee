import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { mock, type TestContext, test } from 'node:test';
import { createTransport } from 'nodemailer';
import { EnvironmentError, UsageError } from '#src/errors.js';
import { noCounts } from '#src/sink/counts.js';
import { createSink, type Sink, type SinkOptions } from '#src/sink/sink-server.js';
import { type Dialog, dial, dialTls } from './dialog.js';

const LIMIT = { timeout: 30_000 };

async function openSink(
  t: TestContext,
  options: Partial<SinkOptions> = {},
): Promise<{ sink: Sink; port: number }> {
  const sink = createSink({ host: '127.0.0.1', port: 0, protocol: 'smtp', ...options });
  const { port } = await sink.listen();
  t.after(() => sink.close());
  return { sink, port };
}

async function greeted(port: number, verb = 'EHLO'): Promise<Dialog> {
  const client = dial(port);
  assert.equal((await client.reply()).code, 220);
  assert.equal((await client.ask(`${verb} client.example.test`)).code, 250);
  return client;
}

function envelope(recipients = 1): string {
  const rcpt = Array.from({ length: recipients }, (_, i) => `RCPT TO:<user${i}@example.test>\r\n`);
  return `MAIL FROM:<sender@example.test>\r\n${rcpt.join('')}DATA\r\n`;
}

test('what it took is counted exactly, over several pipelining sessions', LIMIT, async (t) => {
  const { sink, port } = await openSink(t);
  const content = 'Subject: x\r\n\r\n..stuffed\r\nbody\r\n';
  const sessions = Array.from({ length: 5 }, async () => {
    const client = await greeted(port);
    for (let message = 0; message < 40; message++) {
      client.write(envelope(3));
      assert.deepEqual(await client.replies(5), [250, 250, 250, 250, 354]);
      client.write(`${content}.\r\n`);
      assert.equal((await client.reply()).code, 250);
    }
    assert.equal((await client.ask('QUIT')).code, 221);
    await client.end();
  });
  await Promise.all(sessions);
  // When a connection's end is seen is chance here.
  const { ended } = sink.counts();
  assert.deepEqual(sink.counts(), {
    ...noCounts(),
    connections: 5,
    ended,
    messages: 200,
    recipients: 600,
    bytes: 200 * (content.length - 1),
  });
});

test('content and the next envelope may come in one write', LIMIT, async (t) => {
  const { sink, port } = await openSink(t);
  const client = await greeted(port);
  client.write(envelope());
  assert.deepEqual(await client.replies(3), [250, 250, 354]);
  client.write(`one\r\n.\r\n${envelope()}`);
  assert.deepEqual(await client.replies(4), [250, 250, 250, 354]);
  client.write('two\r\n.\r\nQUIT\r\n');
  assert.deepEqual(await client.replies(2), [250, 221]);
  assert.equal(sink.counts().messages, 2);
});

test('replies to one group of commands arrive in one segment', LIMIT, async (t) => {
  const { port } = await openSink(t);
  const client = await greeted(port);
  const segments = client.countSegments();
  client.write(envelope(20));
  await client.replies(22);
  assert.equal(segments(), 1);
});

test('EHLO offers what a client may use and no AUTH', LIMIT, async (t) => {
  const { port } = await openSink(t, { maxSizeBytes: 5000 });
  const client = dial(port);
  await client.reply();
  const [greeting, ...offers] = (await client.ask('EHLO client.example.test')).lines;
  assert.match(greeting ?? '', /^sink\.example\.test /);
  assert.deepEqual(offers.sort(), [
    '8BITMIME',
    'CHUNKING',
    'DSN',
    'ENHANCEDSTATUSCODES',
    'PIPELINING',
    'SIZE 5000',
    'SMTPUTF8',
    'STARTTLS',
  ]);
});

test('the greeting waits for no timer', LIMIT, async (t) => {
  // A clock that stands still: a greeting behind a setTimeout would never come. Reset before the sink is closed.
  t.after(() => mock.timers.reset());
  const { port } = await openSink(t);
  mock.timers.enable({ apis: ['setTimeout'] });
  const clients = Array.from({ length: 50 }, () => dial(port));
  for (const client of clients) assert.equal((await client.reply()).code, 220);
});

test('STARTTLS secures the session, and what was said before is forgotten', LIMIT, async (t) => {
  const { sink, port } = await openSink(t);
  const client = await greeted(port);
  assert.equal((await client.ask('STARTTLS')).code, 220);
  await client.startTls();
  assert.equal((await client.ask('MAIL FROM:<sender@example.test>')).code, 503);
  const ehlo = await client.ask('EHLO client.example.test');
  assert.equal(ehlo.lines.includes('STARTTLS'), false);
  client.write(envelope());
  assert.deepEqual(await client.replies(3), [250, 250, 354]);
  assert.equal((await client.ask('hello\r\n.')).code, 250);
  assert.equal(sink.counts().messages, 1);
});

test('the reply to a STARTTLS at the end of a group is not held back', LIMIT, async (t) => {
  const { port } = await openSink(t);
  const client = await greeted(port);
  client.write('RSET\r\nNOOP\r\nSTARTTLS\r\n');
  assert.deepEqual(await client.replies(3), [250, 250, 220]);
  await client.startTls();
  assert.equal((await client.ask('EHLO client.example.test')).code, 250);
});

test('implicit TLS speaks TLS from the first byte', LIMIT, async (t) => {
  const { sink, port } = await openSink(t, { tlsMode: 'implicit' });
  const client = await dialTls(port);
  assert.equal((await client.reply()).code, 220);
  assert.equal((await client.ask('EHLO client.example.test')).lines.includes('STARTTLS'), false);
  client.destroy();
  await client.end();
  assert.equal(sink.counts().connections, 1);
});

test('without TLS, STARTTLS is neither offered nor taken', LIMIT, async (t) => {
  const { port } = await openSink(t, { tlsMode: 'none' });
  const client = dial(port);
  await client.reply();
  assert.equal((await client.ask('EHLO client.example.test')).lines.includes('STARTTLS'), false);
  assert.equal((await client.ask('STARTTLS')).code, 500);
});

test('with AUTH given, mail needs the right password', LIMIT, async (t) => {
  const { sink, port } = await openSink(t, { auth: { user: 'alice', pass: 'secret' } });
  const client = dial(port);
  await client.reply();
  const offers = (await client.ask('EHLO client.example.test')).lines;
  assert.ok(
    offers.some((line) => line.startsWith('AUTH ') && line.includes('PLAIN') && line.includes('LOGIN')),
  );
  for (let i = 0; i < 12; i++) assert.equal((await client.ask('MAIL FROM:<a@example.test>')).code, 530);
  const plain = (pass: string) => Buffer.from(`\0alice\0${pass}`).toString('base64');
  assert.equal((await client.ask(`AUTH PLAIN ${plain('wrong')}`)).code, 535);
  assert.equal((await client.ask(`AUTH PLAIN ${plain('secret')}`)).code, 235);
  client.write(envelope());
  assert.deepEqual(await client.replies(3), [250, 250, 354]);
  assert.equal((await client.ask('hello\r\n.')).code, 250);
  assert.equal(sink.counts().messages, 1);
});

test('a message over the limit is refused at MAIL when its size is declared', LIMIT, async (t) => {
  const { sink, port } = await openSink(t, { maxSizeBytes: 1000 });
  const client = await greeted(port);
  const refused = await client.ask('MAIL FROM:<sender@example.test> SIZE=1001');
  assert.equal(refused.code, 552);
  assert.match(refused.lines[0] ?? '', /^5\.3\.4 /);
  assert.equal((await client.ask('MAIL FROM:<sender@example.test> SIZE=1000')).code, 250);
  assert.equal(sink.counts().messages, 0);
});

test(
  'a message over the limit is refused after its content when its size was not declared',
  LIMIT,
  async (t) => {
    const { sink, port } = await openSink(t, { maxSizeBytes: 1000 });
    const client = await greeted(port);
    client.write(envelope());
    await client.replies(3);
    assert.equal((await client.ask(`${'x'.repeat(998)}\r\n.`)).code, 250);
    client.write(envelope());
    await client.replies(3);
    assert.equal((await client.ask(`${'x'.repeat(999)}\r\n.`)).code, 552);
    const { messages, oversized, bytes } = sink.counts();
    assert.deepEqual({ messages, oversized, bytes }, { messages: 1, oversized: 1, bytes: 1000 });
  },
);

test('LMTP answers once for each recipient', LIMIT, async (t) => {
  const { sink, port } = await openSink(t, { protocol: 'lmtp' });
  const client = dial(port);
  assert.match((await client.reply()).lines[0] ?? '', /LMTP/);
  assert.equal((await client.ask('EHLO client.example.test')).code, 500);
  assert.equal((await client.ask('LHLO client.example.test')).code, 250);
  client.write(envelope(3));
  assert.deepEqual(await client.replies(5), [250, 250, 250, 250, 354]);
  client.write('hello\r\n.\r\n');
  assert.deepEqual(await client.replies(3), [250, 250, 250]);
  const { messages, recipients } = sink.counts();
  assert.deepEqual({ messages, recipients }, { messages: 1, recipients: 3 });
});

test('nodemailer delivers over STARTTLS with AUTH, 8-bit text and attachment included', LIMIT, async (t) => {
  const { sink, port } = await openSink(t, { auth: { user: 'alice', pass: 'secret' } });
  const transport = createTransport({
    host: '127.0.0.1',
    port,
    requireTLS: true,
    tls: { rejectUnauthorized: false },
    auth: { user: 'alice', pass: 'secret' },
  });
  const sent = await transport.sendMail({
    from: 'sender@example.test',
    to: ['a@example.test', 'b@example.test'],
    subject: 'Grüße',
    text: 'Zeile eins\n.\nZeile drei\n',
    attachments: [{ filename: 'x.bin', content: Buffer.alloc(100_000, 7) }],
  });
  assert.deepEqual(sent.accepted, ['a@example.test', 'b@example.test']);
  const { messages, recipients, errors } = sink.counts();
  assert.deepEqual({ messages, recipients, errors }, { messages: 1, recipients: 2, errors: 0 });
  assert.ok(sink.counts().bytes > 100_000);
});

test('a client that hangs up within its content leaves no message behind', LIMIT, async (t) => {
  const { sink, port } = await openSink(t);
  const client = await greeted(port);
  client.write(envelope());
  await client.replies(3);
  client.write('half a message\r\n');
  client.destroy();
  await client.end();
  await sink.close();
  assert.equal(sink.counts().messages, 0);
});

test('closing says 421 to open sessions and refuses new ones', LIMIT, async (t) => {
  const { sink, port } = await openSink(t);
  const idle = await greeted(port);
  const closed = sink.close();
  assert.equal((await idle.reply()).code, 421);
  await idle.end();
  await closed;
  const late = dial(port);
  await assert.rejects(late.reply(), /ended before a reply/);
  await sink.close();
});

test('a session that is silent for too long is ended with a 421', LIMIT, async (t) => {
  const { port } = await openSink(t, { idleMs: 20 });
  const client = dial(port);
  await client.reply();
  assert.equal((await client.reply()).code, 421);
  await client.end();
});

test('plain text on a TLS port is a broken connection, and the next one works', LIMIT, async (t) => {
  const { sink, port } = await openSink(t, { tlsMode: 'implicit' });
  const plain = dial(port);
  plain.write('EHLO client.example.test\r\n');
  await plain.end();
  const client = await dialTls(port);
  assert.equal((await client.reply()).code, 220);
  assert.equal(sink.counts().errors, 1);
});

test('a session over the connection limit is greeted with a 421', LIMIT, async (t) => {
  const { port } = await openSink(t, { maxConnections: 1 });
  await greeted(port);
  assert.equal((await dial(port).reply()).code, 421);
});

test('a taken port is an environment error that says what to do', LIMIT, async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  const sink = createSink({ host: '127.0.0.1', port, protocol: 'smtp' });
  await assert.rejects(sink.listen(), (error: unknown) => {
    assert.ok(error instanceof EnvironmentError);
    assert.equal(error.code, 'SINK_PORT_TAKEN');
    assert.match(error.message, new RegExp(`${port}`));
    assert.ok(error.hint);
    return true;
  });
});

test('an address that is not loopback needs to be allowed', () => {
  const open = { host: '0.0.0.0', port: 0, protocol: 'smtp' } as const;
  assert.throws(
    () => createSink(open),
    (error: unknown) => error instanceof UsageError && error.code === 'SINK_NOT_LOOPBACK',
  );
  assert.equal(createSink({ ...open, allowPublic: true }).counts().messages, 0);
});

test('a certificate that is none is refused before anything listens', () => {
  for (const pem of ['no', '']) {
    assert.throws(
      () => createSink({ host: '127.0.0.1', port: 0, protocol: 'smtp', tls: { key: pem, cert: pem } }),
      (error: unknown) => error instanceof EnvironmentError && error.code === 'SINK_CERTIFICATE_INVALID',
    );
  }
});
