/** The session over real sockets, against smtp-server. What it says in which case is in test/dialogs/. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { performance } from 'node:perf_hooks';
import { describe, type TestContext, test } from 'node:test';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { ABANDON_PHASES, type Abandon } from '#src/scenario/client-options.js';
import type { TargetAddress, TlsOptions } from '#src/scenario/scenario.js';
import { COMMAND_NAMES } from '#src/smtp/command.js';
import { Deadlines } from '#src/smtp/deadlines.js';
import { Session } from '#src/smtp/session.js';
import type { SessionOptions } from '#src/smtp/session-options.js';
import type { WireContext } from '#src/smtp/wire.js';
import { WriteBuffer } from '#src/smtp/write-buffer.js';
import { credentials, openTo, sessionIdentity, sessionOptions, tlsOptions } from './options.js';
import { RecordingOwner } from './recording-owner.js';
import { type TestMessage, testMessage } from './test-message.js';

const LIMIT = { timeout: 30_000 };
const SIZES = [60, 3_000, 65_400, 65_536, 65_560, 200_000, 5_000, 100];

/** Keeps what it was sent, in order. */
async function startServer(
  t: TestContext,
  options: SMTPServerOptions = {},
): Promise<{ address: TargetAddress; received: string[]; recipients: string[][] }> {
  const received: string[] = [];
  const recipients: string[][] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: [],
    logger: false,
    ...options,
    onRcptTo: ({ address }, _session, callback) => {
      callback(
        address.startsWith('nobody') ? Object.assign(new Error('no such user'), { responseCode: 550 }) : null,
      );
    },
    onAuth: ({ username, password }, _session, callback) => {
      if (username === 'alice' && password === 'secret') callback(null, { user: username });
      else callback(new Error('no'));
    },
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        received.push(Buffer.concat(chunks).toString('latin1'));
        recipients.push(session.envelope.rcptTo.map(({ address }) => address));
        callback(null);
      });
    },
  });
  server.on('error', () => {});
  const listener = server.listen(0, '127.0.0.1') as unknown as Server;
  await once(listener, 'listening');
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = listener.address() as AddressInfo;
  return { address: { kind: 'tcp', host: '127.0.0.1', port }, received, recipients };
}

function newContext(): WireContext {
  return {
    nowUs: () => performance.now() * 1_000,
    deadlines: new Deadlines(),
    writeBuffer: new WriteBuffer(),
    timeoutsUs: new Float64Array(COMMAND_NAMES.length).fill(1e9),
    connectTimeoutUs: 1e9,
    tlsTimeoutUs: 1e9,
    dataBlockTimeoutUs: 1e9,
    traffic: { sentBytes: 0, receivedBytes: 0 },
  };
}

/** Sends all over one session and waits until it is closed. */
async function send(
  address: TargetAddress,
  messages: readonly TestMessage[],
  options: Partial<SessionOptions> = {},
  pass = 'secret',
  abandon: Abandon | null = null,
): Promise<{ owner: RecordingOwner; session: Session; context: WireContext }> {
  const all = sessionOptions({ ehlo: null, ...options });
  const identity = sessionIdentity(openTo(address, all.tls), {
    credentials: credentials('alice', pass),
    abandon,
  });
  const context = newContext();
  const owner = new RecordingOwner({ queue: [...messages], sends: true, quits: true, takesOffers: true });
  const session = new Session(all, identity, context, owner);
  owner.sendNext(session);
  while (owner.closed === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(context.deadlines.size, 0);
  return { owner, session, context };
}

function unstuffed({ wire }: TestMessage): string {
  return wire.slice(0, -3);
}

const WAYS = [
  ['sent', 'drop'],
  ['sent', 'reset'],
  ['sent', 'half-close'],
  ['reply', 'quit'],
  ['reply', 'drop'],
  ['reply', 'reset'],
  ['reply', 'half-close'],
] as const;

const TLS_MODES: readonly (readonly [string, TlsOptions['mode'], SMTPServerOptions])[] = [
  ['plain', 'none', { hideSTARTTLS: true }],
  ['STARTTLS', 'starttls', {}],
  ['implicit TLS', 'implicit', { secure: true }],
];

for (const [name, mode, server] of TLS_MODES) {
  describe(`over ${name}`, () => {
    for (const pipelining of ['off', 'auto', 'coalesced'] as const) {
      test(`messages of all sizes arrive whole with pipelining ${pipelining}`, LIMIT, async (t) => {
        const { address, received } = await startServer(t, server);
        const messages = Array.from({ length: 24 }, (_, i) =>
          testMessage(i, ['a@example.test'], SIZES[i % SIZES.length]),
        );
        const { owner, session } = await send(address, messages, {
          pipelining,
          tls: tlsOptions({ mode, verify: false }),
        });
        assert.equal(session.fault, null);
        assert.equal(session.isSecure, mode !== 'none');
        assert.deepEqual(
          owner.done.map(({ outcome }) => outcome),
          messages.map(() => 'accepted'),
        );
        assert.equal(received.length, messages.length);
        for (const [i, message] of messages.entries())
          assert.equal(received[i] === unstuffed(message), true, `${i}`);
      });
    }
  });
}

test('a certificate that nobody vouches for fails in phase tls where it is verified', LIMIT, async (t) => {
  for (const mode of ['starttls', 'implicit'] as const) {
    const { address, received } = await startServer(t, { secure: mode === 'implicit' });
    const tls = tlsOptions({ mode, verify: true });
    const { owner, session } = await send(address, [testMessage(1, ['a@example.test'])], { tls });
    assert.deepEqual(
      [session.fault?.phase, session.fault?.cause, session.fault?.class],
      ['tls', 'tls', 'tls'],
    );
    assert.match(session.fault?.message ?? '', /certificate/);
    assert.deepEqual([owner.done[0]?.outcome, owner.done[0]?.phase], ['failed', 'tls']);
    assert.equal(received.length, 0);
  }
});

test('opportunistic TLS falls back to a plain connection when it may', LIMIT, async (t) => {
  const { address, received } = await startServer(t);
  const tls = tlsOptions({ mode: 'opportunistic', verify: true, fallback: true });
  const { owner, session } = await send(address, [testMessage(1, ['a@example.test'])], { tls });
  assert.equal(owner.done[0]?.outcome, 'accepted');
  assert.deepEqual(
    [session.hasFallenBack, session.isSecure, session.fault, received.length],
    [true, false, null, 1],
  );
});

test('TLS to a port that speaks plain SMTP fails in phase tls', LIMIT, async (t) => {
  const { address } = await startServer(t);
  const tls = tlsOptions({ mode: 'implicit', verify: false });
  const { session } = await send(address, [testMessage(1, ['a@example.test'])], { tls });
  assert.deepEqual([session.fault?.phase, session.fault?.cause], ['tls', 'tls']);
});

test('AUTH PLAIN and LOGIN let in who knows the password, and nobody else', LIMIT, async (t) => {
  const { address } = await startServer(t, { authOptional: false });
  const tls = tlsOptions({ mode: 'starttls', verify: false });
  for (const method of ['plain', 'login'] as const) {
    for (const pass of ['secret', 'wrong']) {
      const auth = { method, initialResponse: true, allowPlaintext: false };
      const { owner, session } = await send(
        address,
        [testMessage(1, ['a@example.test'])],
        { tls, auth },
        pass,
      );
      const isRight = pass === 'secret';
      assert.equal(owner.done[0]?.outcome, isRight ? 'accepted' : 'rejected');
      assert.deepEqual(
        [session.fault?.phase, session.fault?.code],
        isRight ? [undefined, undefined] : ['AUTH', 535],
      );
    }
  }
});

for (const mode of ['none', 'starttls'] as const) {
  test(`a session goes on purpose wherever it is told to, with tls ${mode}`, LIMIT, async (t) => {
    const { address, received } = await startServer(t, mode === 'none' ? { hideSTARTTLS: true } : {});
    const auth = { method: 'plain', initialResponse: true, allowPlaintext: true } as const;
    const tls = tlsOptions({ mode, verify: false });
    async function go(phase: Abandon['phase'], [when, how]: (typeof WAYS)[number]): Promise<void> {
      const abandon = { phase, when, how, contentShare: 0.5, share: 1 };
      const message = testMessage(1, ['a@example.test'], 3_000);
      const { owner, session } = await send(address, [message], { tls, auth }, 'secret', abandon);
      const what = JSON.stringify(abandon);
      assert.equal(session.fault, null, what);
      const [done] = owner.done;
      // With its reply the last content is over, and the message accepted.
      const isOver = phase === 'CONTENT' && when === 'reply';
      const cutAt = ['interrupted', phase === 'CONNECT' ? 'connect' : phase, 'abandoned'];
      const expected = isOver ? ['accepted', 'CONTENT', ''] : cutAt;
      assert.deepEqual([done?.outcome, done?.phase, done?.cause], expected, what);
    }
    const phases = ABANDON_PHASES.filter((phase) => mode === 'starttls' || phase !== 'STARTTLS');
    // Side by side: this server waits before it greets.
    await Promise.all(phases.flatMap((phase) => WAYS.map((way) => go(phase, way))));
    const accepted = WAYS.filter(([when]) => when === 'reply').length;
    assert.equal(received.length, accepted);
  });
}

test('refused recipients do not disturb what follows, in any mode', LIMIT, async (t) => {
  const { address, recipients } = await startServer(t);
  for (const pipelining of ['off', 'auto', 'coalesced'] as const) {
    recipients.length = 0;
    const messages = [
      testMessage(1, ['a@example.test', 'nobody@example.test']),
      testMessage(2, ['nobody@example.test', 'nobody2@example.test']),
      testMessage(3, ['b@example.test']),
      testMessage(4, ['nobody@example.test']),
      testMessage(5, ['c@example.test']),
    ];
    const { owner } = await send(address, messages, { pipelining });
    const outcomes = owner.done.map(({ outcome, accepted, refused }) => `${outcome} ${accepted}/${refused}`);
    assert.deepEqual(outcomes, [
      'accepted 1/1',
      'rejected 0/2',
      'accepted 1/0',
      'rejected 0/1',
      'accepted 1/0',
    ]);
    assert.deepEqual(recipients, [['a@example.test'], ['b@example.test'], ['c@example.test']]);
  }
});

test('LMTP asks and answers for each recipient', LIMIT, async (t) => {
  const { address, recipients } = await startServer(t, { lmtp: true });
  for (const pipelining of ['off', 'auto', 'coalesced'] as const) {
    recipients.length = 0;
    const messages = [
      testMessage(1, ['a@example.test', 'nobody@example.test', 'b@example.test']),
      testMessage(2, ['c@example.test', 'd@example.test']),
    ];
    const { owner } = await send(address, messages, { pipelining, protocol: 'lmtp' });
    const outcomes = owner.done.map(({ outcome, accepted, refused }) => `${outcome} ${accepted}/${refused}`);
    assert.deepEqual(outcomes, ['accepted 2/1', 'accepted 2/0']);
    assert.deepEqual(recipients, [
      ['a@example.test', 'b@example.test'],
      ['c@example.test', 'd@example.test'],
    ]);
  }
});

test('bytes are counted both ways', LIMIT, async (t) => {
  const { address } = await startServer(t, { hideSTARTTLS: true });
  const message = testMessage(1, ['a@example.test'], 10_000);
  const { context } = await send(address, [message]);
  assert.ok(context.traffic.sentBytes > message.wire.length);
  assert.ok(context.traffic.sentBytes < message.wire.length + 200);
  assert.ok(context.traffic.receivedBytes > 50);
});
