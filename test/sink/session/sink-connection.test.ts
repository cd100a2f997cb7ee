import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SinkEvent } from '#src/sink/event.js';
import { dial, dialTls } from '../dialog.js';
import { greeted, judgeOf, LIMIT, openSink, openSinkWithReceipts, send } from '../open-sink.js';

test('each reply carries one enhanced code, and the right one', LIMIT, async (t) => {
  const { port } = await openSink(t, { maxRecipients: 1 });
  const client = await greeted(port);
  const said: [line: string, code: number, enhanced: string][] = [
    ['NOOP', 250, '2.0.0'],
    ['RSET', 250, '2.0.0'],
    ['VRFY user', 252, '2.1.5'],
    ['EXPN list', 502, '5.5.1'],
    ['HELP', 214, '2.0.0'],
    ['FROBNICATE', 500, '5.5.2'],
    ['RCPT TO:<a@example.test>', 503, '5.5.1'],
    ['DATA', 503, '5.5.1'],
    ['MAIL FROM:<a', 501, '5.1.7'],
    ['MAIL FROM:<a@example.test> SIZE=x', 501, '5.5.4'],
    ['MAIL FROM:<a@example.test> SIZE=1 SIZE=1', 501, '5.5.4'],
    ['MAIL FROM:<a@example.test>', 250, '2.1.0'],
    ['MAIL FROM:<a@example.test>', 503, '5.5.1'],
    ['RCPT TO:<>', 501, '5.1.3'],
    ['RCPT TO:<a@example.test> NOTIFY=NEVER,DELAY', 501, '5.5.4'],
    ['RCPT TO:<a@example.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a@example.test', 250, '2.1.5'],
    ['RCPT TO:<b@example.test>', 452, '4.5.3'],
  ];
  for (const [line, code, enhanced] of said) {
    const reply = await client.ask(line);
    assert.equal(reply.code, code, line);
    for (const text of reply.lines) {
      assert.equal(text.split(' ')[0], enhanced, line);
      assert.doesNotMatch(text, /^\d\.\d+\.\d+ \d\.\d/, line);
    }
  }
  const start = await client.ask('DATA');
  assert.deepEqual([start.code, /^\d\.\d/.test(start.lines[0] ?? '')], [354, false]);
  assert.match((await client.ask('.')).lines[0] ?? '', /^2\.6\.0 OK/);
  assert.match((await client.ask('QUIT')).lines[0] ?? '', /^2\.0\.0 Bye/);
});

test('one more recipient than allowed is refused, and those before it are served', LIMIT, async (t) => {
  const { port, receipts, sink } = await openSinkWithReceipts(t, { maxRecipients: 2 });
  const client = await greeted(port);
  const rcpt = 'RCPT TO:<a@example.test>\r\n';
  client.write(`MAIL FROM:<>\r\n${rcpt.repeat(4)}DATA\r\n`);
  assert.deepEqual(await client.replies(6), [250, 250, 250, 452, 452, 354]);
  assert.equal((await client.ask('.')).code, 250);
  assert.deepEqual(receipts()[0]?.rcpt, ['a@example.test', 'a@example.test']);
  assert.deepEqual([sink.counts().deferred, sink.counts().recipients], [2, 2]);
});

test(
  'whatever its form, an address is taken as local or refused, and nothing goes anywhere',
  LIMIT,
  async (t) => {
    const { port, receipts } = await openSinkWithReceipts(t);
    const client = await greeted(port);
    const taken = [
      'user%elsewhere.test@sink.example.test',
      '@elsewhere.test:user@sink.example.test',
      '"user@elsewhere.test"@sink.example.test',
      'elsewhere.test!user@sink.example.test',
      'user@[192.0.2.1]',
      'user@elsewhere.test',
    ];
    assert.equal((await client.ask('MAIL FROM:<>')).code, 250);
    for (const address of taken) assert.equal((await client.ask(`RCPT TO:<${address}>`)).code, 250, address);
    for (const address of ['user@elsewhere.test@sink.example.test', '<user@elsewhere.test>', ''])
      assert.equal((await client.ask(`RCPT TO:<${address}>`)).code, 501, address);
    assert.equal((await client.ask('DATA')).code, 354);
    assert.equal((await client.ask('.')).code, 250);
    assert.deepEqual(receipts()[0]?.rcpt, taken);
  },
);

test('a hidden capability is not offered, and refused where it is said', LIMIT, async (t) => {
  const { port } = await openSink(t, {
    auth: { user: 'alice', pass: 'secret' },
    xclient: true,
    hidden: ['PIPELINING', 'SIZE', '8BITMIME', 'SMTPUTF8', 'DSN', 'CHUNKING', 'STARTTLS', 'AUTH', 'XCLIENT'],
  });
  const client = dial(port);
  await client.reply();
  const offers = (await client.ask('EHLO client.example.test')).lines.slice(1);
  assert.deepEqual(offers, ['ENHANCEDSTATUSCODES']);
  for (const line of [
    'STARTTLS',
    'AUTH LOGIN',
    'XCLIENT ADDR=192.0.2.1',
    'XFORWARD ADDR=192.0.2.1',
    'BDAT 0',
  ]) {
    assert.deepEqual(await client.ask(line), { code: 502, lines: ['5.5.1 Error: command not implemented'] });
  }
  for (const parameter of ['SIZE=1', 'BODY=8BITMIME', 'SMTPUTF8', 'RET=FULL', 'ENVID=x', 'AUTH=<>']) {
    const { code, lines } = await client.ask(`MAIL FROM:<a@example.test> ${parameter}`);
    assert.deepEqual([code, lines[0]?.slice(0, 5)], [555, '5.5.4'], parameter);
  }
  assert.equal((await client.ask('MAIL FROM:<a@example.test>')).code, 250);
  for (const parameter of ['NOTIFY=NEVER', 'ORCPT=rfc822;a'])
    assert.equal((await client.ask(`RCPT TO:<a@example.test> ${parameter}`)).code, 555, parameter);
});

test('without enhanced codes no reply has one, and without EHLO there is HELO', LIMIT, async (t) => {
  const { port } = await openSink(t, { hidden: ['ENHANCEDSTATUSCODES', 'EHLO'] });
  const client = dial(port);
  await client.reply();
  assert.deepEqual(await client.ask('EHLO client.example.test'), {
    code: 502,
    lines: ['Error: command not implemented'],
  });
  for (const line of [
    'HELO client.example.test',
    'NOOP',
    'MAIL FROM:<>',
    'RCPT TO:<a@example.test>',
    'DATA',
    '.',
  ])
    assert.doesNotMatch((await client.ask(line)).lines.join(), /^\d\.\d\.\d/, line);
});

test('with SIZE hidden, too much is still refused after the content', LIMIT, async (t) => {
  const { port, sink } = await openSink(t, { hidden: ['SIZE'], maxSizeBytes: 10 });
  const client = await greeted(port);
  const reply = await send(client, `${'x'.repeat(20)}\r\n`);
  assert.deepEqual([reply.code, reply.lines[0]?.slice(0, 5)], [552, '5.3.4']);
  assert.equal((await send(client, '12345678\r\n')).code, 250);
  assert.deepEqual([sink.counts().oversized, sink.counts().messages], [1, 1]);
});

test('over LMTP an oversized message is refused once for each recipient', LIMIT, async (t) => {
  const { port } = await openSink(t, { protocol: 'lmtp', maxSizeBytes: 10 });
  const client = await greeted(port, 'LHLO');
  assert.equal((await send(client, `${'x'.repeat(20)}\r\n`, ['a@b.test', 'c@d.test'])).code, 552);
  assert.equal((await client.reply()).code, 552);
  assert.equal((await client.ask('NOOP')).code, 250);
});

test('REQUIRETLS is offered and taken under TLS only', LIMIT, async (t) => {
  const plain = await openSink(t);
  const client = await greeted(plain.port);
  assert.equal((await client.ask('MAIL FROM:<a@example.test> REQUIRETLS')).code, 530);
  const { port } = await openSink(t, { tlsMode: 'implicit' });
  const secure = await dialTls(port);
  await secure.reply();
  assert.ok((await secure.ask('EHLO client.example.test')).lines.includes('REQUIRETLS'));
  assert.equal((await secure.ask('MAIL FROM:<a@example.test> REQUIRETLS')).code, 250);
});

test('BDAT takes octets as they are, in as many chunks as they come', LIMIT, async (t) => {
  const { port, receipts, sink } = await openSinkWithReceipts(t, { maxSizeBytes: 100 });
  const client = await greeted(port);
  const envelope = 'MAIL FROM:<>\r\nRCPT TO:<a@example.test>\r\n';
  client.write(`${envelope}BDAT 5\r\n.\r\n.\rBDAT 3\r\n\nabBDAT 0 LAST\r\nNOOP\r\n`);
  assert.deepEqual(await client.replies(6), [250, 250, 250, 250, 250, 250]);
  client.write(`${envelope}BDAT 4 LAST\r\n..x\n`);
  assert.deepEqual(await client.replies(3), [250, 250, 250]);
  assert.deepEqual(
    receipts().map(({ bytes }) => bytes),
    [8, 4],
  );
  assert.equal(sink.counts().bytes, 12);
});

test('BDAT that makes no sense is refused, its octets swallowed', LIMIT, async (t) => {
  const { port, sink } = await openSink(t, { maxSizeBytes: 10 });
  const client = await greeted(port);
  client.write('BDAT 6\r\nQUIT\r\nMAIL FROM:<>\r\nBDAT 6 LAST\r\nQUIT\r\n');
  assert.deepEqual(await client.replies(3), [503, 250, 503]);
  client.write('RCPT TO:<a@example.test>\r\nBDAT 6\r\n123456BDAT 6 LAST\r\n123456NOOP\r\n');
  assert.deepEqual(await client.replies(4), [250, 250, 552, 250]);
  client.write('MAIL FROM:<>\r\nRCPT TO:<a@example.test>\r\nBDAT 1\r\nxDATA\r\nRSET\r\n');
  assert.deepEqual(await client.replies(5), [250, 250, 250, 503, 250]);
  assert.equal(sink.counts().messages, 0);
  assert.equal((await client.ask('BDAT many')).code, 421);
  await client.end();
});

test('XCLIENT gives the session another client, where it is allowed', LIMIT, async (t) => {
  const events: SinkEvent[] = [];
  const judge = judgeOf({
    MAIL: (event) => {
      events.push(event);
      return null;
    },
  });
  const { port, receipts } = await openSinkWithReceipts(t, { xclient: true }, { judge });
  const client = await greeted(port);
  assert.equal((await client.ask('XCLIENT ADDR=192.0.2.7 PORT=99 LOGIN=bob')).code, 220);
  assert.equal((await client.ask('EHLO other.example.test')).code, 250);
  await send(client, 'x\r\n');
  assert.deepEqual([events[0]?.peer, events[0]?.helo], ['192.0.2.7', 'other.example.test']);
  assert.equal(receipts()[0]?.peer, '192.0.2.7');

  const closed = await openSink(t);
  const stranger = await greeted(closed.port);
  assert.equal((await stranger.ask('XCLIENT ADDR=192.0.2.7')).code, 500);
});

test('XFORWARD names the client of what follows, where XCLIENT is allowed', LIMIT, async (t) => {
  const { port, receipts } = await openSinkWithReceipts(t, { xclient: true });
  const client = await greeted(port);
  assert.equal((await client.ask('XFORWARD ADDR=192.0.2.7 NAME=relay.test')).code, 250);
  assert.equal((await send(client, 'x\r\n')).code, 250);
  assert.equal(receipts()[0]?.peer, '192.0.2.7');

  const closed = await openSink(t);
  const stranger = await greeted(closed.port);
  assert.equal((await stranger.ask('XFORWARD ADDR=192.0.2.7')).code, 500);
});

for (const [version, header] of [
  ['1', Buffer.from('PROXY TCP4 192.0.2.9 192.0.2.10 1234 25\r\n')],
  [
    '2',
    Buffer.from([
      ...[0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21, 0x11, 0, 12],
      ...[192, 0, 2, 9, 192, 0, 2, 10, 0x04, 0xd2, 0, 25],
    ]),
  ],
] as const) {
  test(`a PROXY header of version ${version} says who the client is`, LIMIT, async (t) => {
    const peers: string[] = [];
    const judge = judgeOf({
      CONNECT: ({ peer }) => {
        peers.push(peer);
        return null;
      },
    });
    const { port, receipts } = await openSinkWithReceipts(t, { proxy: true }, { judge });
    const client = dial(port);
    client.write(header.subarray(0, 9).toString('latin1'), 'latin1');
    await new Promise((resolve) => setImmediate(resolve));
    client.write(header.subarray(9).toString('latin1'), 'latin1');
    assert.equal((await client.reply()).code, 220);
    assert.equal((await client.ask('EHLO client.example.test')).code, 250);
    await send(client, 'x\r\n');
    assert.deepEqual(peers, ['192.0.2.9']);
    assert.equal(receipts()[0]?.peer, '192.0.2.9');
  });
}

test('a client without the PROXY header that is due is cut off without a word', LIMIT, async (t) => {
  const { port, sink } = await openSink(t, { proxy: true });
  const client = dial(port);
  client.write('EHLO client.example.test\r\n');
  await client.end();
  await assert.rejects(client.reply());
  const { connections, errors } = sink.counts();
  assert.deepEqual([connections, errors], [0, 1]);
});

test('content that comes with its envelope and the next one is told apart', LIMIT, async (t) => {
  const { port, receipts } = await openSinkWithReceipts(t);
  const client = await greeted(port);
  const one = 'MAIL FROM:<>\r\nRCPT TO:<a@example.test>\r\nDATA\r\n';
  client.write(`${one}x\r\n.\r\n${one}\r\n.\r\n.\r\n${one}.\r\n`);
  assert.deepEqual(
    await client.replies(13),
    [250, 250, 354, 250, 250, 250, 354, 250, 500, 250, 250, 354, 250],
  );
  assert.deepEqual(
    receipts().map(({ bytes }) => bytes),
    [3, 2, 0],
  );
});

test('a command line that never ends is given up', LIMIT, async (t) => {
  const { port } = await openSink(t);
  const client = await greeted(port);
  client.write('x'.repeat(20_000));
  assert.equal((await client.reply()).code, 421);
  await client.end();
});

test('a thousand pipelined commands are answered in order', LIMIT, async (t) => {
  const { port } = await openSink(t);
  const client = await greeted(port);
  client.write('NOOP\r\nVRFY\r\n'.repeat(500));
  const codes = await client.replies(1000);
  assert.deepEqual(codes, Array.from({ length: 500 }, () => [250, 501]).flat());
});
