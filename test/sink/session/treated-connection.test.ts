import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { SinkEvent, Verb } from '#src/sink/event.js';
import { dial } from '../dialog.js';
import {
  type Decisions,
  greeted,
  judgeOf,
  LIMIT,
  openSink,
  openSinkWithReceipts,
  reply,
  send,
  treatment,
} from '../open-sink.js';

const REFUSED = treatment({ reply: reply(550, '5.7.1', 'Not', 'here') });

/** What a client says up to the verb, and the verb itself with what a behaviour sees as its argument. */
const VERBS: readonly [verb: Verb, before: readonly string[], line: string, argument: string][] = [
  ['HELO', [], 'HELO other.example.test', 'other.example.test'],
  ['EHLO', [], 'EHLO other.example.test', 'other.example.test'],
  ['STARTTLS', [], 'STARTTLS', ''],
  ['XCLIENT', [], 'XCLIENT ADDR=192.0.2.1', 'ADDR=192.0.2.1'],
  ['MAIL', [], 'MAIL FROM:<a@example.test> SIZE=5', 'FROM:<a@example.test> SIZE=5'],
  ['RCPT', ['MAIL FROM:<a@example.test>'], 'RCPT TO:<b@example.test>', 'TO:<b@example.test>'],
  ['DATA', ['MAIL FROM:<a@example.test>', 'RCPT TO:<b@example.test>'], 'DATA', ''],
  ['BDAT', ['MAIL FROM:<a@example.test>', 'RCPT TO:<b@example.test>'], 'BDAT 0', '0'],
  ['RSET', [], 'RSET', ''],
  ['NOOP', [], 'NOOP x', 'x'],
  ['VRFY', [], 'VRFY user', 'user'],
  ['EXPN', [], 'EXPN list', 'list'],
  ['HELP', [], 'HELP', ''],
  ['QUIT', [], 'QUIT', ''],
];

for (const [verb, before, line, argument] of VERBS) {
  test(`${verb} is judged before it is answered, and a refusal is said word for word`, LIMIT, async (t) => {
    const events: SinkEvent[] = [];
    const decisions: Decisions = {
      [verb]: (event: SinkEvent) => {
        events.push(event);
        return event.helo === '' ? null : REFUSED;
      },
    };
    const { sink, port } = await openSink(t, { xclient: true }, { judge: judgeOf(decisions) });
    const client = await greeted(port);
    for (const said of before) assert.equal((await client.ask(said)).code, 250);
    const refused = await client.ask(line);
    assert.deepEqual([refused.code, refused.lines], [550, ['5.7.1 Not', '5.7.1 here']]);
    const event = events.at(-1);
    assert.equal(event?.verb, verb);
    assert.equal(event?.argument, argument);
    assert.equal(event?.peer, '127.0.0.1');
    assert.equal(event?.helo, 'client.example.test');
    assert.equal(sink.counts().rejected, 1);
    assert.deepEqual(sink.counts().behaviours, { tested: 1 });
  });
}

test('a refused chunk ends the transaction, and its octets are no commands', LIMIT, async (t) => {
  const decisions: Decisions = { BDAT: ({ argument }) => (argument === '6 LAST' ? REFUSED : null) };
  const { sink, port } = await openSink(t, {}, { judge: judgeOf(decisions) });
  const client = await greeted(port);
  const envelope = 'MAIL FROM:<a@example.test>\r\nRCPT TO:<b@example.test>\r\n';
  client.write(`${envelope}BDAT 3\r\nabcBDAT 6 LAST\r\nQUIT\r\nBDAT 1 LAST\r\nx`);
  assert.deepEqual(await client.replies(5), [250, 250, 250, 550, 503]);
  client.write(`${envelope}BDAT 3 LAST\r\nabc`);
  assert.deepEqual(await client.replies(3), [250, 250, 250]);
  assert.deepEqual([sink.counts().messages, sink.counts().bytes], [1, 3]);
});

test('a refused verb begins nothing', LIMIT, async (t) => {
  const { sink, port } = await openSink(
    t,
    {},
    {
      judge: judgeOf({
        MAIL: ({ from }) => (from === 'bad@example.test' ? REFUSED : null),
        RCPT: ({ recipient }) => (recipient === 'bad@example.test' ? REFUSED : null),
        DATA: ({ recipients }) => (recipients.length > 1 ? REFUSED : null),
        AUTH: () => treatment({ reply: reply(454, '4.7.0', 'Later') }),
      }),
    },
  );
  const client = await greeted(port);
  assert.equal((await client.ask('MAIL FROM:<bad@example.test>')).code, 550);
  assert.equal((await client.ask('RCPT TO:<a@example.test>')).code, 503);
  assert.equal((await client.ask('MAIL FROM:<a@example.test>')).code, 250);
  assert.equal((await client.ask('RCPT TO:<bad@example.test>')).code, 550);
  assert.equal((await client.ask('DATA')).code, 503);
  assert.equal((await client.ask('RCPT TO:<a@example.test>')).code, 250);
  assert.equal((await client.ask('RCPT TO:<a@example.test>')).code, 250);
  assert.equal((await client.ask('DATA')).code, 550);
  assert.equal((await client.ask('RSET')).code, 250);
  assert.equal((await send(client, 'x\r\n')).code, 250);
  assert.equal(sink.counts().messages, 1);
});

test('who talks before the greeting is sent away, whatever it says', LIMIT, async (t) => {
  const judge = judgeOf({ CONNECT: () => treatment({ delayMs: 50 }) });
  const { port } = await openSink(t, { hidden: ['STARTTLS'] }, { judge });
  for (const line of ['EHLO client.example.test', 'STARTTLS']) {
    const client = dial(port);
    assert.equal((await client.ask(line)).code, 421);
    await client.end();
  }
});

/** At 20 octets a second the commands behind the transaction would take six minutes. */
test('slow reading ends with the transaction', LIMIT, async (t) => {
  const judge = judgeOf({ DATA: () => treatment({ readBytesPerSec: 20 }) });
  const { port } = await openSink(t, {}, { judge: { ...judge, usesSocketFaults: true } });
  const client = await greeted(port);
  assert.equal((await send(client, 'x\r\n')).code, 250);
  client.write('NOOP\r\n'.repeat(1_200));
  assert.equal((await client.replies(1_200)).length, 1_200);
});

test('AUTH is judged before the password is asked for', LIMIT, async (t) => {
  const later = treatment({ reply: reply(454, '4.7.0', 'Later') });
  const { port } = await openSink(
    t,
    { auth: { user: 'alice', pass: 'secret' } },
    { judge: judgeOf({ AUTH: ({ argument }) => (argument === 'LOGIN' ? later : null) }) },
  );
  const client = await greeted(port);
  assert.equal((await client.ask('AUTH LOGIN')).code, 454);
  const plain = Buffer.from('\0alice\0secret').toString('base64');
  assert.equal((await client.ask(`AUTH PLAIN ${plain}`)).code, 235);
});

test('a refused connection gets the refusal as its greeting, and no session', LIMIT, async (t) => {
  const decisions = { CONNECT: () => treatment({ reply: reply(554, '', 'Go away') }) };
  const { port } = await openSink(t, {}, { judge: judgeOf(decisions) });
  const client = dial(port);
  assert.deepEqual(await client.reply(), { code: 554, lines: ['Go away'] });
  await client.end();
});

test(
  "a behaviour's own 2yz and 3yz replies stand in for the sink's, never for an error",
  LIMIT,
  async (t) => {
    const { port } = await openSink(
      t,
      {},
      {
        judge: judgeOf({
          CONNECT: () => treatment({ reply: reply(220, '', 'other.test ESMTP') }),
          NOOP: () => treatment({ reply: reply(250, '', 'plain') }),
          MAIL: () => treatment({ reply: reply(251, '2.1.0', 'one', 'two') }),
          DATA: () => treatment({ reply: reply(354, '', 'speak') }),
          CONTENT: () => treatment({ reply: reply(250, '2.0.0', 'queued as 1') }),
          VRFY: () => treatment({ reply: reply(250, '2.1.5', 'known') }),
        }),
      },
    );
    const client = dial(port);
    assert.deepEqual(await client.reply(), { code: 220, lines: ['other.test ESMTP'] });
    await client.ask('EHLO client.example.test');
    assert.deepEqual(await client.ask('NOOP'), { code: 250, lines: ['plain'] });
    assert.equal((await client.ask('VRFY')).code, 501);
    assert.deepEqual(await client.ask('MAIL FROM:<>'), { code: 251, lines: ['2.1.0 one', '2.1.0 two'] });
    assert.equal((await client.ask('RCPT TO:<a@example.test>')).code, 250);
    assert.deepEqual(await client.ask('DATA'), { code: 354, lines: ['speak'] });
    assert.deepEqual(await client.ask('.'), { code: 250, lines: ['2.0.0 queued as 1'] });
  },
);

test('replies to pipelined commands keep their order while a decision is waited for', LIMIT, async (t) => {
  const waiting: (() => void)[] = [];
  const { port } = await openSink(
    t,
    {},
    {
      judge: judgeOf({
        RCPT: ({ recipient }) =>
          recipient === 'slow@example.test'
            ? new Promise((resolve) => waiting.push(() => resolve(REFUSED)))
            : treatment({ delayMs: 1 }),
      }),
    },
  );
  const client = await greeted(port);
  const rcpt = ['slow', 'quick', 'slow', 'quick'].map((name) => `RCPT TO:<${name}@example.test>\r\n`);
  client.write(`MAIL FROM:<>\r\n${rcpt.join('')}NOOP\r\nVRFY\r\n`);
  const codes: number[] = [(await client.reply()).code];
  for (let left = 2; left > 0; left--) {
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
    waiting.shift()?.();
    codes.push(...(await client.replies(2)));
  }
  codes.push(...(await client.replies(2)));
  assert.deepEqual(codes, [250, 550, 250, 550, 250, 250, 501]);
});

test('a client that writes on while a decision is waited for is heard', LIMIT, async (t) => {
  let goOn = () => {};
  const { port } = await openSink(
    t,
    {},
    {
      judge: judgeOf({
        MAIL: () =>
          new Promise((resolve) => {
            goOn = () => resolve(null);
          }),
      }),
    },
  );
  const client = await greeted(port);
  for (const line of ['MAIL FROM:<>', 'RCPT TO:<a@example.test>', 'NOOP']) {
    client.write(`${line}\r\n`);
    // Each in a segment of its own.
    assert.equal((await (await greeted(port)).ask('NOOP')).code, 250);
  }
  goOn();
  assert.deepEqual(await client.replies(3), [250, 250, 250]);
});

test('INPUT is judged behind the 354, and until then no content is looked at', LIMIT, async (t) => {
  const seen: string[] = [];
  let goOn = () => {};
  const { port } = await openSink(
    t,
    {},
    {
      judge: judgeOf({
        INPUT: ({ recipients }) => {
          seen.push(`INPUT ${recipients.length}`);
          return new Promise((resolve) => {
            goOn = () => resolve(null);
          });
        },
        CONTENT: ({ sizeBytes }) => {
          seen.push(`CONTENT ${sizeBytes}`);
          return null;
        },
      }),
    },
  );
  const client = await greeted(port);
  client.write('MAIL FROM:<>\r\nRCPT TO:<a@example.test>\r\nDATA\r\n');
  assert.deepEqual(await client.replies(3), [250, 250, 354]);
  client.write('x\r\n.\r\n');
  assert.equal((await (await greeted(port)).ask('NOOP')).code, 250);
  assert.deepEqual(seen, ['INPUT 1']);
  goOn();
  assert.equal((await client.reply()).code, 250);
  assert.deepEqual(seen, ['INPUT 1', 'CONTENT 3']);
});

test('what was pipelined behind a last word gets no answer', LIMIT, async (t) => {
  const last = treatment({ reply: reply(550, '5.7.1', 'No'), drop: 'after' });
  const { port } = await openSink(t, {}, { judge: judgeOf({ MAIL: () => last, INPUT: () => last }) });
  const refused = await greeted(port);
  refused.write('MAIL FROM:<>\r\nNOOP\r\n');
  assert.deepEqual(await refused.replies(1), [550]);
  await assert.rejects(refused.reply(), /ended before a reply/);
});

test('a last word at INPUT comes in the middle of the content, and leaves no receipt', LIMIT, async (t) => {
  const last = treatment({ reply: reply(550, '5.7.1', 'No'), drop: 'after' });
  const judge = judgeOf({ INPUT: () => last });
  const { sink, port, receipts } = await openSinkWithReceipts(t, {}, { judge });
  const client = await greeted(port);
  client.write('MAIL FROM:<>\r\nRCPT TO:<a@example.test>\r\nDATA\r\nx\r\n.\r\nNOOP\r\n');
  assert.deepEqual(await client.replies(4), [250, 250, 354, 550]);
  await assert.rejects(client.reply(), /ended before a reply/);
  assert.deepEqual(receipts(), []);
  assert.equal(sink.counts().messages, 0);
});

test('a judge that fails is one that does not mind', LIMIT, async (t) => {
  const { port } = await openSink(
    t,
    {},
    { judge: judgeOf({ MAIL: () => Promise.reject(new Error('gone')) }) },
  );
  const client = await greeted(port);
  assert.equal((await client.ask('MAIL FROM:<>')).code, 250);
});

test('the connection ends before a reply, after it, or with a reset instead', LIMIT, async (t) => {
  const { sink, port } = await openSink(
    t,
    {},
    {
      judge: judgeOf({
        MAIL: () => treatment({ drop: 'before' }),
        NOOP: () => treatment({ drop: 'after' }),
        RSET: () => treatment({ drop: 'before', isReset: true }),
      }),
    },
  );
  const cases = [
    ['MAIL FROM:<>', [], false],
    ['NOOP', [250], false],
    ['RSET', [], true],
  ] as const;
  for (const [line, codes, isReset] of cases) {
    const client = await greeted(port);
    const errors = client.watchErrors();
    client.write(`${line}\r\nVRFY x\r\n`);
    assert.deepEqual(await client.replies(codes.length), codes, line);
    await assert.rejects(client.reply(), /ended before a reply/, line);
    await client.end();
    assert.deepEqual(errors(), isReset ? ['ECONNRESET'] : [], line);
  }
  assert.equal(sink.counts().dropped, 3);
});

test('a reset after the reply lets the reply out first', LIMIT, async (t) => {
  const drop = treatment({ drop: 'after', isReset: true });
  const { port } = await openSink(t, {}, { judge: judgeOf({ HELP: () => drop }) });
  // Where reply and reset come together Node reports an end and no error: only a write tells them apart.
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  const errors: string[] = [];
  socket.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? ''));
  const chunks: Buffer[] = [];
  await once(socket, 'data');
  socket.on('data', (chunk) => chunks.push(chunk)).on('end', () => socket.write('NOOP\r\n'));
  socket.write('HELP\r\n');
  await once(socket, 'close').catch(() => {});
  assert.match(String(Buffer.concat(chunks)), /^214 .*\r\n$/);
  assert.equal(errors.length, 1);
});

test('a 421 always ends the session', LIMIT, async (t) => {
  const { port } = await openSink(
    t,
    {},
    { judge: judgeOf({ MAIL: () => treatment({ reply: reply(421, '4.7.0', 'Slow down') }) }) },
  );
  const client = await greeted(port);
  client.write('MAIL FROM:<>\r\nNOOP\r\n');
  assert.deepEqual(await client.reply(), { code: 421, lines: ['4.7.0 Slow down'] });
  await client.end();
  await assert.rejects(client.reply());
});

test('a decision that comes when the client has left is not acted on', LIMIT, async (t) => {
  let decide = () => {};
  const asked = new Promise<void>((resolve) => {
    decide = resolve;
  });
  let answer = () => {};
  const { sink, port } = await openSinkWithReceipts(
    t,
    {},
    {
      judge: judgeOf({
        CONTENT: () => {
          decide();
          return new Promise((resolve) => {
            answer = () => resolve(treatment({}));
          });
        },
      }),
    },
  );
  const client = await greeted(port);
  void send(client, 'x\r\n').catch(() => {});
  await asked;
  client.destroy();
  await client.end();
  await sink.close();
  answer();
  await new Promise((resolve) => setImmediate(resolve));
  const { messages, unwritten, behaviours } = sink.counts();
  assert.deepEqual([messages, unwritten, behaviours], [0, 0, {}]);
});

test('an idle session is not timed out while the sink takes its time', LIMIT, async (t) => {
  const { port } = await openSink(
    t,
    { idleMs: 30 },
    { judge: judgeOf({ NOOP: () => treatment({ delayMs: 120 }) }) },
  );
  const client = await greeted(port);
  assert.equal((await client.ask('NOOP')).code, 250);
  assert.deepEqual(await client.reply(), { code: 421, lines: ['4.4.2 Timeout - closing connection'] });
  await client.end();
});

test(
  'what was held back stands in the receipt by verb, and only of its own transaction',
  LIMIT,
  async (t) => {
    const held = treatment({ delayMs: 2 });
    const { port, receipts } = await openSinkWithReceipts(
      t,
      {},
      {
        judge: judgeOf({
          EHLO: () => held,
          RCPT: ({ recipient }) => (recipient === 'slow@example.test' ? held : null),
          CONTENT: ({ recipients }) => (recipients.length === 2 ? held : null),
        }),
      },
    );
    const client = await greeted(port);
    await send(client, 'x\r\n', ['slow@example.test', 'slow@example.test']);
    await send(client, 'x\r\n');
    const [first, second] = receipts();
    assert.deepEqual(Object.keys(first?.held ?? {}), ['RCPT', 'CONTENT']);
    assert.ok((first?.held?.RCPT ?? 0) >= 2000);
    assert.equal(second?.held, undefined);
  },
);
