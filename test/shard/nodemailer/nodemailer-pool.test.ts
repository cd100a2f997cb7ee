/** nodemailer's side of a shard against smtp-server: TLS, AUTH and the bytes of messages. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { createMessageSource } from '#src/message/source.js';
import { bodyDigest, bodyOffset, parseStamp } from '#src/message/stamp.js';
import type { AuthMethod, Envelope, Scenario, Target } from '#src/scenario/scenario.js';
import { Measurements } from '#src/shard/measurements.js';
import { poolOptionsOf } from '#src/shard/nodemailer/nodemailer-options.js';
import { NodemailerPool } from '#src/shard/nodemailer/nodemailer-pool.js';
import { createConnector } from '#src/smtp/connector.js';
import { sharedIterations } from '#test/load/rig.js';
import { NO_PARAMETERS, tlsOptions } from '#test/smtp/options.js';
import { temporaryDir } from '#test/tmp.js';
import { assertIdentities } from '../identities.js';
import { countsOf, runShards, scenarioOf, totalOf } from '../shard-rig.js';

const CLIENT = { kind: 'nodemailer', messagesPerSession: { min: 100, max: 100 } } as const;
const SPEC = sharedIterations({ vus: 2, iterations: 4 });
const ENVELOPE: Envelope = {
  parameters: NO_PARAMETERS,
  senders: null,
  from: 'Bounce.{{seq}}@Sender.Example.Test',
  to: [
    {
      weight: 1,
      address: 'A.b+c{{n}}@Example.Test',
      domains: [],
      users: 50,
      perMessage: { min: 1, max: 1 },
      list: null,
      choose: 'uniform',
      exponent: 1,
      expect: null,
    },
  ],
};

interface Seen {
  readonly content: Buffer;
  readonly from: string;
  readonly to: string;
  readonly size: unknown;
  readonly isSecure: boolean;
  readonly user: unknown;
}

async function startServer(t: TestContext, options: SMTPServerOptions = {}) {
  const seen: Seen[] = [];
  const server = new SMTPServer({
    hidePIPELINING: false,
    authOptional: true,
    disableReverseLookup: true,
    size: 1_000_000,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        seen.push({
          content: Buffer.concat(chunks),
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo[0]?.address ?? '',
          size: mailFrom === false ? 0 : (mailFrom.args as Record<string, unknown>).SIZE,
          isSecure: session.secure,
          user: session.user,
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  t.after(() => server.close());
  const listener = server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  return { seen, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

function run(port: number, target: Partial<Target> = {}, more: Partial<Scenario> = {}) {
  return runShards({ ...scenarioOf({ a: SPEC }, { port, client: CLIENT, target }), ...more });
}

describe('a message through nodemailer', () => {
  test('arrives with its bytes, its stamp, its size and its envelope as they are', async (t) => {
    const { seen, port } = await startServer(t);
    const text = '.a line that begins with a dot\n.\n..\nlast line, Grüße';
    const template = {
      subject: 'Dots',
      text,
      html: null,
      encoding: 'auto' as const,
      headers: {},
      headerEncoding: 'encoded-word' as const,
      attachments: [],
      dkim: [],
      expect: null,
    };
    const messages: Scenario['messages'] = [{ kind: 'template', weight: 1, ...template }];
    // The clock of a run begins a little before it.
    const beganAtUs = (Date.now() - 1_000) * 1000;
    const { snapshots } = await run(port, {}, { messages, envelope: ENVELOPE });
    assertIdentities(snapshots);
    assert.equal(seen.length, 4);
    for (const { content, from, to, size } of seen) {
      const stamp = parseStamp(content);
      assert.equal(bodyDigest(content.subarray(bodyOffset(content))), stamp?.bodyDigest);
      assert.match(content.toString('latin1'), /\r\n\.a line that begins with a dot\r\n\.\r\n\.\.\r\n/);
      assert.ok((stamp?.sentAtUs ?? 0) >= beganAtUs);
      assert.equal(Number(size), content.length);
      assert.equal(from, `Bounce.${stamp?.number}@Sender.Example.Test`);
      assert.match(to, /^A\.b\+c\d+@Example\.Test$/);
    }
    assert.equal(new Set(seen.map(({ content }) => parseStamp(content)?.number)).size, 4);
  });

  test('goes through a Unix socket too', async (t) => {
    const path = join(await temporaryDir(t), 'smtp.sock');
    const server = new SMTPServer({
      authOptional: true,
      onData: (stream, _session, done) => stream.on('end', done).resume(),
    });
    server.on('error', () => {});
    const inner = createServer((socket) =>
      (server as unknown as { connect(socket: unknown): void }).connect(socket),
    );
    inner.listen(path);
    await once(inner, 'listening');
    t.after(() => inner.close());
    assert.ok(existsSync(path));
    const { snapshots } = await run(0, { routes: [{ address: { kind: 'unix', path }, weight: 1 }] });
    assert.equal(countsOf(snapshots).accepted, 4);
  });
});

/** A pool of one connection to that port, and a message for it. */
async function poolOn(port: number, isAllowed: (address: string) => boolean) {
  const scenario = scenarioOf({ a: SPEC }, { port, client: CLIENT });
  const connector = createConnector({
    target: scenario.target,
    client: { sourceAddresses: [], sourcePorts: null, proxy: null, abandon: null, connectMs: 1_000 },
    shard: 0,
  });
  const source = await createMessageSource({
    ...{
      messages: scenario.messages,
      envelope: scenario.envelope,
      run: 'test',
      signedAtMs: 0,
      envid: null,
      draw: () => 0,
    },
    encode: (message) => message,
  });
  const pool = new NodemailerPool({
    options: poolOptionsOf({ ...scenario, credentials: null, maxConnections: 1 }),
    connect: () => connector.forUser().connect(0),
    connectMs: 1_000,
    isAllowed,
    nowUs: () => 0,
    isSteadyNow: () => true,
    measurements: new Measurements(),
  });
  return { pool, message: source.next(0, false) };
}

test('an address that may not be talked to gets no word', async (t) => {
  const { seen, port } = await startServer(t);
  const { pool, message } = await poolOn(port, () => false);
  const { end } = await pool.send(message, 0, new AbortController().signal);
  assert.deepEqual([end.outcome, end.phase, end.cause], ['failed', 'connect', 'address-not-allowed']);
  assert.deepEqual([seen.length, pool.hasSessions], [0, false]);
  pool.join();
  pool.leave(false);
});

// nodemailer says FIN and waits 5 s for the FIN of the server.
test('a session that waits for its greeting is dropped when the last user leaves it', {
  timeout: 4_000,
}, async (t) => {
  // It does not answer a FIN.
  const server = createServer({ allowHalfOpen: true });
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { pool, message } = await poolOn((server.address() as AddressInfo).port, () => true);
  const abort = new AbortController();
  pool.join();
  const connected = once(server, 'connection');
  const sent = pool.send(message, 0, abort.signal);
  const [socket] = (await connected) as [Socket];
  t.after(() => socket.destroy());
  socket.on('error', () => {}).resume();
  // By then nodemailer has taken the connection over; it closes one that it has not.
  await setTimeout(100);
  abort.abort();
  const { end } = await sent;
  assert.deepEqual([end.outcome, end.phase], ['interrupted', 'EHLO']);
  pool.leave(true);
  while (pool.hasSessions) await setTimeout(1);
});

describe('TLS with nodemailer', () => {
  const CASES = [
    ['starttls', false, true],
    ['opportunistic', false, true],
    ['none', false, false],
    ['implicit', true, true],
  ] as const;
  for (const [mode, secure, isSecure] of CASES) {
    test(`${mode} is ${isSecure ? 'secure' : 'plain text'}`, async (t) => {
      const { seen, port } = await startServer(t, { secure });
      const { snapshots } = await run(port, { tls: tlsOptions({ mode, verify: false }) });
      assert.equal(countsOf(snapshots).accepted, 4);
      assert.deepEqual(new Set(seen.map((one) => one.isSecure)), new Set([isSecure]));
      assertIdentities(snapshots);
    });
  }

  test('a certificate nobody vouches for fails the session, in its phase', async (t) => {
    const { port } = await startServer(t);
    const { snapshots } = await run(port, { tls: tlsOptions({ mode: 'starttls', verify: true }) });
    const { outcomes } = totalOf(snapshots);
    const rows = outcomes.map(({ outcome, phase, cause, class: klass }) => [outcome, phase, cause, klass]);
    assert.deepEqual(rows, [['failed', 'tls', 'tls', 'tls']]);
  });

  test('STARTTLS that is not there is a failed session where it is asked for', async (t) => {
    const { seen, port } = await startServer(t, { hideSTARTTLS: true, disabledCommands: ['STARTTLS'] });
    const { snapshots } = await run(port, { tls: tlsOptions({ mode: 'starttls', verify: false }) });
    assert.equal(countsOf(snapshots).accepted, 0);
    assert.deepEqual([totalOf(snapshots).outcomes[0]?.phase, seen.length], ['STARTTLS', 0]);
    assertIdentities(snapshots);
  });
});

describe('AUTH with nodemailer', () => {
  const users = [
    { user: 'alice', pass: 'secret', authzid: '' },
    { user: 'bob', pass: 'secret', authzid: '' },
  ];
  const auth = (method: AuthMethod, allowPlaintext = true) => ({
    method,
    users,
    initialResponse: true,
    allowPlaintext,
  });
  const server: SMTPServerOptions = {
    authOptional: false,
    allowInsecureAuth: true,
    authMethods: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'],
    onAuth({ username, password, accessToken, validatePassword }, _session, done) {
      const isRight =
        (accessToken ?? password) === 'secret' || (password === undefined && validatePassword('secret'));
      if (isRight) done(null, { user: username });
      else done(null, { message: 'wrong' });
    },
  };

  for (const method of ['plain', 'login', 'cram-md5', 'xoauth2'] as const) {
    test(`${method}: every VU is the user it is without nodemailer`, async (t) => {
      const { seen, port } = await startServer(t, server);
      const { snapshots } = await run(port, { auth: auth(method) });
      assert.equal(countsOf(snapshots).accepted, 4);
      assert.deepEqual(new Set(seen.map(({ user }) => user)), new Set(['alice', 'bob']));
    });
  }

  test('a wrong password is a rejected login', async (t) => {
    const { port } = await startServer(t, server);
    const wrong = users.map((one) => ({ ...one, pass: 'wrong' }));
    const { snapshots } = await run(port, { auth: { ...auth('plain'), users: wrong } });
    const { outcomes, counts } = totalOf(snapshots);
    const rows = outcomes.map(({ outcome, phase, scope, code, class: klass }) => [
      outcome,
      phase,
      scope,
      code,
      klass,
    ]);
    assert.deepEqual(rows, [['rejected', 'AUTH', 'session', 535, 'smtp_auth']]);
    assert.equal(counts.rejected, 4);
    assertIdentities(snapshots);
  });

  test('no password goes out in plain text where that is not allowed', async (t) => {
    const { seen, port } = await startServer(t, {
      ...server,
      hideSTARTTLS: true,
      disabledCommands: ['STARTTLS'],
    });
    const { snapshots } = await run(port, { auth: auth('plain', false) });
    assert.deepEqual([countsOf(snapshots).accepted, seen.length], [0, 0]);
    assert.equal(totalOf(snapshots).outcomes[0]?.phase, 'STARTTLS');
  });
});
