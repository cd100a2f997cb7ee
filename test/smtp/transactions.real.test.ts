/** Transactions against real servers: BDAT, windows and parameters at Postfix, a reply for each recipient at Exim. */
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { type TestContext, test } from 'node:test';
import { Deadlines } from '#src/smtp/deadlines.js';
import { Session } from '#src/smtp/session.js';
import type { SessionOptions } from '#src/smtp/session-options.js';
import type { WireContext } from '#src/smtp/wire.js';
import { WriteBuffer } from '#src/smtp/write-buffer.js';
import { eventually } from '../servers/eventually.js';
import { startExim } from '../servers/exim.js';
import { type Postfix, startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { NO_PARAMETERS, openTo, sessionIdentity, sessionOptions, tlsOptions } from './options.js';
import { type Done, RecordingOwner } from './recording-owner.js';
import { type TestMessage, type TestMessageOptions, testMessage } from './test-message.js';

const LIMIT = { timeout: 60_000 };
const CHUNKED: Partial<SessionOptions> = { chunkBytes: Number.MAX_SAFE_INTEGER, pipelining: 'auto' };

test('a window of BDAT: Postfix takes every message once, in chunks of any size', LIMIT, async (t) => {
  const postfix = await start(t);
  if (postfix === null) return;
  let sent = 0;
  for (const chunkBytes of [Number.MAX_SAFE_INTEGER, 1_000, 65_536]) {
    const messages = [300, 2_000, 70_000, 500, 10_000, 200_000, 400].map((size) => message({}, size));
    const { done } = await send(postfix.port, messages, { ...CHUNKED, chunkBytes, window: 4 });
    assert.deepEqual(
      done.map(({ outcome }) => outcome),
      messages.map(() => 'accepted'),
    );
    sent += messages.length;
  }
  await postfix.waitForEmptyQueue();
  assert.equal((await postfix.countsFromLog()).sent, sent);
});

test(
  'refused recipients in a window: Postfix ends their transaction with the last chunk, and nobody is spoilt',
  LIMIT,
  async (t) => {
    const postfix = await start(t);
    if (postfix === null) return;
    const messages = Array.from({ length: 12 }, (_, i) =>
      message({ isChunked: true }, 400, i % 4 === 1 ? ['nobody@refused.example.test'] : ['a@example.test']),
    );
    for (const window of [1, 4]) {
      const { done, fault } = await send(postfix.port, messages, { ...CHUNKED, window });
      assert.equal(fault, null);
      const seen = done.map(({ outcome, phase, cause }) => `${outcome} ${phase} ${cause}`.trim());
      assert.deepEqual(
        seen,
        messages.map((_, i) => (i % 4 === 1 ? 'rejected RCPT' : 'accepted CONTENT')),
      );
    }
  },
);

test('Postfix takes SIZE, 8BITMIME, SMTPUTF8 and DSN parameters as they are said', LIMIT, async (t) => {
  const postfix = await start(t);
  if (postfix === null) return;
  const dsn = { notify: ['never'], ret: 'hdrs', envid: 'x', orcpt: true } as const;
  const parameters = { ...NO_PARAMETERS, dsn };
  const all = { is8bit: true, isUtf8: true, isChunked: false, envid: 'run+1=x', from: 'sénder@example.test' };
  const messages = [
    message({ isChunked: false, envid: 'a+b=c d' }, 300, ['user+tag=x@example.test']),
    message(all, 300, ['jürgen@example.test', 'b@example.test']),
  ];
  for (const pipelining of ['off', 'coalesced'] as const) {
    const { done } = await send(postfix.port, messages, { pipelining, parameters });
    assert.deepEqual(
      done.map(({ outcome, text }) => (outcome === 'accepted' ? '' : `${outcome} ${text}`)),
      ['', ''],
    );
  }
  assert.match(await postfix.log(), /from=<sénder@example\.test>|from=<s\S+nder@example\.test>/);
});

test('a reply for each recipient from Exim', LIMIT, async (t) => {
  if (!requireProgram(t, 'Exim')) return;
  const exim = await startExim();
  t.after(() => exim.stop());
  const parameters = { ...NO_PARAMETERS, prdr: true };
  const to = ['a@example.test', 'picky@example.test', 'b@example.test'];
  for (const chunkBytes of [null, 200]) {
    const isChunked = chunkBytes !== null;
    const messages = [
      message({ isChunked }, 400, to),
      message({ isChunked }, 400, ['a@example.test']),
      message({ isChunked }, 400, ['c@example.test', 'd@example.test']),
    ];
    const { done } = await send(exim.port, messages, { pipelining: 'auto', chunkBytes, parameters });
    assert.deepEqual(
      done.map(({ outcome, accepted, refused }) => `${outcome} ${accepted}/${refused}`),
      ['accepted 2/1', 'accepted 1/0', 'accepted 2/0'],
    );
    assert.deepEqual(
      done[0]?.refusals.map(({ recipient, code }) => `${recipient} ${code}`),
      ['picky@example.test 550'],
    );
  }
});

test('steps, RSET and a slow content at Postfix', LIMIT, async (t) => {
  const postfix = await start(t);
  if (postfix === null) return;
  const steps = [
    { verb: 'NOOP', argument: '' },
    { verb: 'VRFY', argument: 'postmaster' },
  ] as const;
  const messages = [message({ isChunked: false }, 600), message({ isChunked: false }, 600)];
  const { done } = await send(postfix.port, messages, { steps, rset: true, bodyBytesPerSec: 2_000 });
  assert.deepEqual(
    done.map(({ outcome }) => outcome),
    ['accepted', 'accepted'],
  );
  const counted = async () => / disconnect from .* mail=2 .*/.exec(await postfix.log())?.[0] ?? '';
  const line = await eventually(counted, (seen) => seen !== '');
  for (const said of ['noop=2', 'vrfy=2', 'rset=2', 'data=2', 'quit=1'])
    assert.ok(line.includes(` ${said} `), `${said} in ${line}`);
});

async function start(t: TestContext): Promise<Postfix | null> {
  if (!requireProgram(t, 'postfix')) return null;
  const restrictions = 'check_recipient_access inline:{refused.example.test=REJECT}, permit';
  const postfix = await startPostfix({ extra: { smtpd_recipient_restrictions: restrictions } });
  t.after(() => postfix.stop());
  return postfix;
}

function message(options: TestMessageOptions, sizeBytes: number, to = ['a@example.test']): TestMessage {
  return testMessage(1, to, sizeBytes, { isChunked: true, ...options });
}

async function send(
  port: number,
  messages: readonly TestMessage[],
  options: Partial<SessionOptions>,
): Promise<{ done: readonly Done[]; fault: Session['fault'] }> {
  const deadlines = new Deadlines();
  const context: WireContext = {
    nowUs: () => performance.now() * 1_000,
    deadlines,
    writeBuffer: new WriteBuffer(),
    timeoutsUs: new Float64Array(20).fill(30e6),
    connectTimeoutUs: 30e6,
    tlsTimeoutUs: 30e6,
    dataBlockTimeoutUs: 30e6,
    traffic: { sentBytes: 0, receivedBytes: 0 },
  };
  const timer = setInterval(() => deadlines.expire(context.nowUs()), 100);
  const owner = new RecordingOwner({ queue: [...messages], sends: true, quits: true, takesOffers: true });
  const identity = sessionIdentity(openTo({ kind: 'tcp', host: '127.0.0.1', port }, tlsOptions()));
  const session = new Session(sessionOptions(options), identity, context, owner);
  owner.sendNext(session);
  while (owner.closed === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  clearInterval(timer);
  return { done: owner.done, fault: session.fault };
}
