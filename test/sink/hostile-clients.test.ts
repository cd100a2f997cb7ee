/**
 * Clients that misbehave: whatever they do, each 250 has its receipt, nothing else has one, what is held stays bounded,
 * and the next client is served.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { SinkOptions } from '#src/sink/options.js';
import { resetSocket } from '#src/sink/socket/reset-socket.js';
import { usedBytes } from '#test/memory.js';
import { greeted, LIMIT, openSinkWithReceipts, send } from './open-sink.js';

const ENVELOPE = 'EHLO c.test\r\nMAIL FROM:<>\r\nRCPT TO:<a@a.test>\r\n';

interface Attack {
  readonly name: string;
  readonly options?: Partial<SinkOptions>;
  /** Written after the greeting. */
  readonly writes: string | Buffer | readonly (string | Buffer)[];
  /** Codes that come back, the greeting left out; what pipelined EHLO lines bring counts once. */
  readonly codes: readonly number[];
  /** Messages taken. */
  readonly taken?: number;
  readonly hangsUp?: boolean;
  /** With the last part, until all codes have come. */
  readonly waits?: boolean;
}

const MEBIBYTE = Buffer.alloc(2 ** 20, 'x');

const ATTACKS: readonly Attack[] = [
  { name: 'a line of a megabyte', writes: [MEBIBYTE, '\r\n'], codes: [421], hangsUp: true },
  { name: 'NUL and 8-bit octets for a command', writes: Buffer.from([0, 255, 128, 13, 10]), codes: [500] },
  { name: 'NUL in an address', writes: 'EHLO c\r\nMAIL FROM:<a\0b@c.test>\r\n', codes: [250, 501] },
  { name: 'escape codes in EHLO', writes: 'EHLO \x1b[31mred\r\n', codes: [501] },
  { name: 'CR alone for a line end', writes: 'NOOP\rNOOP\rNOOP\r\n', codes: [500] },
  { name: 'what is said behind QUIT', writes: 'QUIT\r\nNOOP\r\nNOOP\r\n', codes: [221], hangsUp: true },
  {
    name: 'commands behind STARTTLS in the clear',
    writes: 'EHLO c\r\nSTARTTLS\r\nMAIL FROM:<>\r\nRCPT TO:<a@a.test>\r\n',
    codes: [250, 220],
  },
  {
    name: 'noise instead of a TLS handshake',
    writes: ['EHLO c\r\nSTARTTLS\r\n', Buffer.alloc(4096, 0x41)],
    codes: [250, 220],
    waits: true,
    hangsUp: true,
  },
  {
    name: 'noise at implicit TLS',
    options: { tlsMode: 'implicit' },
    writes: Buffer.alloc(4096, 0x41),
    codes: [],
    hangsUp: true,
  },
  {
    name: 'a BDAT of more octets than there are numbers',
    writes: `${ENVELOPE}BDAT 99999999999999999999 LAST\r\n`,
    codes: [250, 250, 250, 421],
    hangsUp: true,
  },
  {
    name: 'a negative BDAT',
    writes: `${ENVELOPE}BDAT -1 LAST\r\n`,
    codes: [250, 250, 250, 421],
    hangsUp: true,
  },
  {
    name: 'BDAT without LAST, then another transaction',
    writes: `${ENVELOPE}BDAT 3\r\nabcRSET\r\nMAIL FROM:<>\r\nRCPT TO:<b@a.test>\r\nDATA\r\nx\r\n.\r\n`,
    codes: [250, 250, 250, 250, 250, 250, 250, 354, 250],
    taken: 1,
  },
  {
    name: 'DATA in the middle of BDAT',
    writes: `${ENVELOPE}BDAT 3\r\nabcDATA\r\nBDAT 0 LAST\r\n`,
    codes: [250, 250, 250, 250, 503, 250],
    taken: 1,
  },
  {
    name: 'a content that ends in bare LF dot LF',
    writes: `${ENVELOPE}DATA\r\nx\n.\nMAIL FROM:<evil@a.test>\r\n.\r\n`,
    codes: [250, 250, 250, 354, 250],
    taken: 1,
  },
  {
    name: 'a content that ends in CR dot CR',
    writes: `${ENVELOPE}DATA\r\nx\r.\rMAIL FROM:<evil@a.test>\r\n.\r\n`,
    codes: [250, 250, 250, 354, 250],
    taken: 1,
  },
  {
    name: 'a content that ends in LF dot CRLF, or CRLF dot LF',
    writes: `${ENVELOPE}DATA\r\nx\n.\r\ny\r\n.\nMAIL FROM:<evil@a.test>\r\n.\r\n`,
    codes: [250, 250, 250, 354, 250],
    taken: 1,
  },
  {
    name: 'AUTH with an answer that is no base64',
    options: { auth: { user: 'a', pass: 'b' } },
    writes: 'EHLO c\r\nAUTH PLAIN\r\n\x00\x01***\r\n',
    codes: [250, 334, 501],
  },
  {
    name: 'AUTH with an answer without end',
    options: { auth: { user: 'a', pass: 'b' } },
    writes: ['EHLO c\r\nAUTH LOGIN\r\n', MEBIBYTE],
    codes: [250, 334, 421],
    hangsUp: true,
  },
  { name: 'a header where none is due', writes: 'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n', codes: [500] },
  {
    name: 'a PROXY header without end',
    options: { proxy: true },
    writes: MEBIBYTE,
    codes: [],
    hangsUp: true,
  },
  {
    name: 'a PROXY header of the greatest length, and a line without end behind it',
    options: { proxy: true },
    writes: Buffer.concat([Buffer.from('0d0a0d0a000d0a515549540a2111ffff', 'hex'), MEBIBYTE]),
    codes: [421],
    hangsUp: true,
  },
];

for (const { name, options = {}, writes, codes, taken = 0, hangsUp = false, waits = false } of ATTACKS) {
  test(`${name}`, LIMIT, async (t) => {
    const { port, sink, receipts } = await openSinkWithReceipts(t, options);
    const client = await intrude(t, port);
    if (options.tlsMode !== 'implicit' && options.proxy !== true) await client.until(1);
    const parts = typeof writes === 'string' || Buffer.isBuffer(writes) ? [writes] : writes;
    for (const part of parts) {
      if (waits && part === parts.at(-1)) await client.until(codes.length + 1);
      client.socket.write(part);
    }
    await client.until(codes.length + (client.codes().length > 0 ? 1 : 0));
    if (hangsUp) await client.over;
    assert.deepEqual(client.codes().slice(1), codes);
    assert.equal(receipts().length, taken);
    assert.equal(sink.counts().messages, taken);
    if (options.tlsMode === undefined && options.proxy === undefined && options.auth === undefined) {
      assert.equal((await send(await greeted(port), 'x\r\n')).code, 250);
    }
  });
}

test('a hundred thousand recipients are counted, or refused past the limit', LIMIT, async (t) => {
  const { port, receipts } = await openSinkWithReceipts(t, { maxRecipients: 50_000 });
  const client = await intrude(t, port);
  const rcpt = Array.from({ length: 100_000 }, (_, index) => `RCPT TO:<u${index}@a.test>\r\n`).join('');
  client.socket.write(`EHLO c.test\r\nMAIL FROM:<>\r\n${rcpt}DATA\r\n`);
  await client.until(100_004);
  client.socket.write('x\r\n.\r\n');
  await client.until(100_005);
  const codes = client.codes();
  assert.equal(codes.filter((code) => code === 452).length, 50_000);
  assert.deepEqual(codes.slice(-2), [354, 250]);
  assert.equal(receipts()[0]?.rcpt.length, 50_000);
});

test(
  'a hundred thousand commands that nobody reads the replies to hold no other client up',
  LIMIT,
  async (t) => {
    const { port } = await openSinkWithReceipts(t);
    const deaf = await intrude(t, port);
    await deaf.until(1);
    deaf.socket.pause();
    const help = 'HELP\r\n'.repeat(100_000);
    deaf.socket.write(help);
    assert.equal((await send(await greeted(port), 'x\r\n')).code, 250);
    deaf.socket.resume();
    await deaf.until(100_001);
  },
);

test('a message without end is not kept, and the memory for it is given back', LIMIT, async (t) => {
  const { port, receipts } = await openSinkWithReceipts(t, { maxSizeBytes: 2 ** 20 });
  const client = await intrude(t, port);
  client.socket.write(`${ENVELOPE}DATA\r\n`);
  await client.until(5);
  const before = await usedBytes();
  const line = Buffer.alloc(2 ** 20, 'y');
  let most = 0;
  for (let written = 0; written < 200; written++) {
    if (!client.socket.write(line)) await once(client.socket, 'drain');
    if (written % 40 === 39) most = Math.max(most, (await usedBytes()) - before);
  }
  client.socket.write('\r\n.\r\n');
  await client.until(6);
  assert.equal(client.codes().at(-1), 552);
  assert.ok(most < 32 * 2 ** 20, `${most} bytes were held`);
  assert.deepEqual(receipts(), []);
});

/** How a client leaves, after so much of a session. */
const PHASES = [
  '',
  'EHLO c.te',
  'EHLO c.test\r\n',
  'EHLO c.test\r\nMAIL FROM:<>\r\n',
  ENVELOPE,
  `${ENVELOPE}DATA\r\n`,
  `${ENVELOPE}DATA\r\nhalf a mess`,
  `${ENVELOPE}BDAT 1000 LAST\r\nhalf`,
  'EHLO c.test\r\nSTARTTLS\r\n',
] as const;

for (const how of ['a FIN', 'a reset', 'a half-close'] as const) {
  test(`clients that leave with ${how} at each phase leave nothing behind`, LIMIT, async (t) => {
    const { port, sink, receipts } = await openSinkWithReceipts(t);
    for (const [index, phase] of PHASES.entries()) {
      const client = await intrude(t, port);
      await client.until(1);
      client.socket.write(phase);
      await client.until(1 + (phase.match(/\r\n(?!half)/g)?.length ?? 0));
      if (how === 'a reset') resetSocket(client.socket);
      else if (how === 'a FIN') client.socket.destroy();
      else client.socket.end();
      if (how === 'a half-close') await client.over;
      while (sink.counts().ended <= index) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assert.deepEqual(receipts(), []);
    assert.equal((await send(await greeted(port), 'x\r\n')).code, 250);
  });
}

test('five hundred connections that say nothing and leave', LIMIT, async (t) => {
  const { port, sink } = await openSinkWithReceipts(t);
  const clients = await Promise.all(Array.from({ length: 500 }, () => intrude(t, port)));
  await Promise.all(clients.map((client) => client.until(1)));
  assert.equal((await send(await greeted(port), 'x\r\n')).code, 250);
  for (const { socket } of clients) socket.destroy();
  while (sink.counts().ended < 500) await new Promise((resolve) => setTimeout(resolve, 5));
});

interface Intruder {
  readonly socket: Socket;
  /** Of whole replies, the greeting first. */
  codes(): number[];
  /** Resolves with so many replies, or when the connection is over. */
  until(replies: number): Promise<void>;
  readonly over: Promise<unknown>;
}

async function intrude(t: TestContext, port: number): Promise<Intruder> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  t.after(() => socket.destroy());
  const codes: number[] = [];
  let rest = '';
  let wake = () => {};
  let isOver = false;
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line[3] !== '-') codes.push(Number(line.slice(0, 3)));
    wake();
  });
  socket.on('error', () => {});
  const over = new Promise<void>((resolve) => {
    socket.once('close', () => {
      isOver = true;
      wake();
      resolve();
    });
  });
  await once(socket, 'connect');
  return {
    socket,
    over,
    codes: () => codes,
    async until(replies) {
      while (codes.length < replies && !isOver) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
