import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { FaultySocket } from '#src/sink/socket/faulty-socket.js';
import type { SocketClock } from '#src/sink/socket/socket-clock.js';
import { Dialog } from '../dialog.js';

const LIMIT = { timeout: 20_000 };

/** Time that passes when it is told to. */
class Time implements SocketClock {
  #nowMs = 0;
  #timers = new Set<{ atMs: number; callback: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  setTimer(callback: () => void, ms: number): () => void {
    const timer = { atMs: this.#nowMs + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Lets time pass up to the next timer and calls it. */
  next(): void {
    const [first] = [...this.#timers].sort((a, b) => a.atMs - b.atMs);
    assert.ok(first, 'nothing is waited for');
    this.#timers.delete(first);
    this.#nowMs = Math.max(this.#nowMs, first.atMs);
    first.callback();
  }
}

interface Pair {
  readonly client: Socket;
  readonly server: FaultySocket;
  readonly raw: Socket;
  readonly time: Time;
  /** All that the client has got so far. */
  got(): string;
  /** Resolves when the client has got so many bytes. */
  until(bytes: number): Promise<string>;
}

async function openPair(t: TestContext): Promise<Pair> {
  const listener: Server = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const client = connect({ port: Object(listener.address()).port, host: '127.0.0.1', allowHalfOpen: true });
  client.on('end', () => setImmediate(() => client.end()));
  const [[raw]] = (await Promise.all([once(listener, 'connection'), once(client, 'connect')])) as [
    [Socket],
    [],
  ];
  const time = new Time();
  const server = new FaultySocket(raw, { seed: 1, clock: time });
  server.on('error', () => {});
  client.on('error', () => {});
  t.after(() => {
    client.destroy();
    server.destroy();
    raw.destroy();
    listener.close();
  });
  let text = '';
  let wake = () => {};
  client.setEncoding('latin1').on('data', (more: string) => {
    text += more;
    wake();
  });
  const until = async (bytes: number) => {
    while (text.length < bytes) await new Promise<void>((resolve) => (wake = resolve));
    return text;
  };
  return { client, server, raw, time, got: () => text, until };
}

/** Until the timer that is due next has been set: writing to the kernel takes a turn of the loop. */
async function waitForTimer(time: Time): Promise<void> {
  while (time.pending === 0) await new Promise((resolve) => setImmediate(resolve));
}

/** However it came to that. */
function closed(stream: Duplex): Promise<void> {
  return new Promise((resolve) => stream.once('close', () => resolve()));
}

/** What everything that was under way took. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

test('without faults bytes pass both ways, and ends too', LIMIT, async (t) => {
  const { client, server, until } = await openPair(t);
  let heard = '';
  server.setEncoding('latin1').on('data', (text: string) => {
    heard += text;
  });
  server.write('220 hello\r\n');
  assert.equal(await until(11), '220 hello\r\n');
  client.end('QUIT\r\n');
  await Promise.all([closed(server), once(client, 'close')]);
  assert.equal(heard, 'QUIT\r\n');
});

test('it has the face of the socket', LIMIT, async (t) => {
  const { client, server } = await openPair(t);
  assert.equal(server.remotePort, client.localPort);
  assert.equal(server.localPort, client.remotePort);
  assert.equal(server.remoteAddress, '127.0.0.1');
  assert.equal(server.readyState, 'open');
  server.destroy();
  assert.equal(server.readyState, 'closed');
});

test('a reply goes out in pieces, one when each wait is over', LIMIT, async (t) => {
  const { server, time, got, until } = await openPair(t);
  server.setFaults({ splitBytes: 4, pieceDelayMs: 1000 });
  server.write('250 ok\r\n');
  assert.equal(await until(4), '250 ');
  await waitForTimer(time);
  assert.equal(got(), '250 ');
  time.next();
  assert.equal(await until(8), '250 ok\r\n');
  assert.equal(time.pending, 0);
});

test('replies written at once keep their order, each held back and repeated for itself', LIMIT, async (t) => {
  const { server, time, until, got } = await openPair(t);
  server.setFaults({ pieceDelayMs: 1000, repeat: 2 });
  server.cork();
  for (const text of ['a', 'b', 'c']) server.write(text);
  server.uncork();
  for (const [bytes, text] of [
    [2, 'aa'],
    [4, 'aabb'],
    [6, 'aabbcc'],
  ] as const) {
    await waitForTimer(time);
    time.next();
    assert.equal(await until(bytes), text);
    assert.equal(got(), text);
  }
});

test('faults that are set later change what is written later, and null ends them all', LIMIT, async (t) => {
  const { server, until } = await openPair(t);
  server.write('a');
  await until(1);
  server.setFaults({ repeat: 3 });
  server.write('b');
  await until(4);
  server.setFaults({ garbageBytes: 5, isText: true });
  server.write('c');
  await until(12);
  server.setFaults(null);
  server.write('d');
  assert.match(await until(13), /^abbb[ -~]{5}cccd$/);
});

test(
  'a connection is closed after so many bytes, and what the client still says goes nowhere',
  LIMIT,
  async (t) => {
    const { client, server, raw, got } = await openPair(t);
    const taken = new Promise((resolve) => client.write('x'.repeat(16_000_000), resolve));
    while (raw.bytesRead === 0) await settle();
    server.setFaults({ cutAfterBytes: 5 });
    server.write('250 first\r\n');
    const errors: Error[] = [];
    client.on('error', (error) => errors.push(error));
    assert.equal((await taken) ?? null, null);
    await closed(client);
    assert.equal(got(), '250 f');
    assert.equal(server.destroyed, true);
    assert.deepEqual(errors, []);
  },
);

/** Node's client takes a reset right behind bytes for an end: whoever writes then learns the difference. */
async function isReset(client: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    client.once('error', () => resolve(true));
    client.once('end', () => client.write('RSET\r\n', (error) => resolve(error instanceof Error)));
  });
}

test('a connection is reset or closed after so many bytes, or at once', LIMIT, async (t) => {
  for (const cutHow of ['reset', 'close'] as const) {
    for (const cutAfterBytes of [5, 0]) {
      const { client, server, got } = await openPair(t);
      const ended = isReset(client);
      server.setFaults({ cutAfterBytes, cutHow });
      server.write('250 first\r\n');
      assert.equal(await ended, cutHow === 'reset', `${cutHow} after ${cutAfterBytes}`);
      assert.equal(got(), '250 f'.slice(0, cutAfterBytes));
      assert.equal(server.destroyed, true);
    }
  }
});

test('a reply that is complete at the cut counts as written', LIMIT, async (t) => {
  const { client, server } = await openPair(t);
  server.setFaults({ cutAfterBytes: 8 });
  const written = new Promise((resolve) => server.write('250 ok\r\n', resolve));
  assert.equal((await written) ?? null, null);
  await once(client, 'end');
});

test('a cut that is still to come can be called off', LIMIT, async (t) => {
  const { server, until } = await openPair(t);
  server.setFaults({ cutAfterBytes: 3 });
  server.setFaults(null);
  server.write('250 ok\r\n');
  assert.equal(await until(8), '250 ok\r\n');
});

test(
  'while it stalls nothing is written, read or timed out, and afterwards all of it is',
  LIMIT,
  async (t) => {
    const { client, server, time, got, until } = await openPair(t);
    let heard = '';
    let timeouts = 0;
    server.setEncoding('latin1').on('data', (text: string) => {
      heard += text;
    });
    server.setFaults({ stallMs: 9000 });
    server.setTimeout(1000, () => timeouts++);
    server.write('250 ok\r\n');
    client.write('NOOP\r\n');
    while (server.bytesRead < 6) await settle();
    await settle();
    for (let i = 0; i < 8; i++) time.next();
    await settle();
    assert.deepEqual([got(), heard, timeouts], ['', '', 0]);
    time.next();
    time.next();
    assert.equal(await until(8), '250 ok\r\n');
    assert.equal(heard, 'NOOP\r\n');
    while (timeouts === 0) time.next();
  },
);

test('an end that was asked for in a stall comes after it', LIMIT, async (t) => {
  const { client, server, time, until, got } = await openPair(t);
  server.setFaults({ stallMs: 1000 });
  server.end('221 bye\r\n');
  await settle();
  assert.equal(got(), '');
  const ended = once(client, 'end');
  time.next();
  assert.equal(await until(9), '221 bye\r\n');
  await ended;
});

test('an end with nothing to write waits for the end of a stall too', LIMIT, async (t) => {
  const { client, server, time } = await openPair(t);
  let isEnded = false;
  const ended = once(client, 'end').then(() => {
    isEnded = true;
  });
  server.setFaults({ stallMs: 1000 });
  server.end();
  await settle();
  assert.equal(isEnded, false);
  time.next();
  await ended;
});

test('a client that leaves in a stall for ever is noticed', LIMIT, async (t) => {
  const { client, server, time } = await openPair(t);
  server.resume();
  server.setFaults({ stallMs: 'forever' });
  server.write('250 ok\r\n');
  client.destroy();
  await closed(server);
  assert.equal(time.pending, 0);
});

test('a stall for ever ends after an hour, with the connection', LIMIT, async (t) => {
  const { client, server, time } = await openPair(t);
  server.setFaults({ stallMs: 'forever' });
  time.next();
  assert.equal(time.nowMs(), 3_600_000);
  await once(client, 'close');
  assert.equal(server.destroyed, true);
});

test('slow reading takes a slice at a time, and a client that sends more is held up', LIMIT, async (t) => {
  const { client, server, time, raw } = await openPair(t);
  const sizes: number[] = [];
  server.on('data', (bytes: Buffer) => sizes.push(bytes.length));
  server.setReadRate(1000);
  const total = 64 * 1024 * 1024;
  client.write(Buffer.alloc(total));
  for (let i = 0; i < 10; i++) {
    await waitForTimer(time);
    time.next();
    await settle();
  }
  assert.deepEqual(new Set(sizes), new Set([50]));
  assert.ok(client.writableLength > 0, 'all of it was sent');
  assert.ok(raw.bytesRead <= 3 * 65_536, `${raw.bytesRead} bytes were read from the kernel`);
});

test('all arrives, in order, when reading becomes fast again', LIMIT, async (t) => {
  const { client, server, time } = await openPair(t);
  let heard = '';
  server.setEncoding('latin1').on('data', (text: string) => {
    heard += text;
  });
  server.setReadRate(100);
  const sent = Array.from({ length: 50_000 }, (_, i) => `${i}\n`).join('');
  client.end(sent);
  await waitForTimer(time);
  time.next();
  assert.ok(heard.length <= 20);
  server.setReadRate(null);
  await closed(server);
  assert.equal(heard, sent);
});

test('what was read when the client ended is not lost to a slow reader', LIMIT, async (t) => {
  const { client, server } = await openPair(t);
  client.end('x'.repeat(5_000));
  server.read(0);
  await once(client, 'close');
  let heard = 0;
  server.on('data', (bytes: Buffer) => {
    heard += bytes.length;
  });
  await closed(server);
  assert.equal(heard, 5_000);
});

test('bandwidth holds for both ways', LIMIT, async (t) => {
  const { client, server, time, got } = await openPair(t);
  const sizes: number[] = [];
  server.on('data', (bytes: Buffer) => sizes.push(bytes.length));
  server.setFaults({ bytesPerSec: 40 });
  client.write('abcdef');
  while (server.bytesRead < 6) await settle();
  server.write('uvwxyz');
  for (; got() !== 'uvwxyz' || sizes.length < 3; await settle()) {
    if (time.pending > 0) time.next();
  }
  assert.deepEqual(sizes, [2, 2, 2]);
  assert.equal(time.nowMs(), 100);
});

test('an idle connection times out once, a busy one later', LIMIT, async (t) => {
  const { client, server, time } = await openPair(t);
  server.resume();
  const timeouts: number[] = [];
  server.setTimeout(1000, () => timeouts.push(time.nowMs()));
  server.setFaults({ pieceDelayMs: 400 });
  server.write('a');
  await waitForTimer(time);
  time.next();
  await once(client, 'data');
  time.next();
  assert.deepEqual(timeouts, []);
  time.next();
  assert.deepEqual(timeouts, [1400]);
  assert.equal(time.pending, 0);
});

test('nothing is waited for when it is destroyed', LIMIT, async (t) => {
  const { client, server, time, raw } = await openPair(t);
  server.resume();
  server.setTimeout(1000);
  server.setReadRate(10);
  server.setFaults({ splitBytes: 1, pieceDelayMs: 1000 });
  client.write('x'.repeat(1000));
  server.write('250 ok\r\n');
  while (time.pending < 3) await settle();
  server.setFaults({ stallMs: 500 });
  assert.ok(time.pending >= 2);
  server.destroy();
  await once(client, 'close');
  assert.equal(time.pending, 0);
  assert.equal(raw.destroyed, true);
});

test('a client that resets the connection ends it', LIMIT, async (t) => {
  const { client, server, time } = await openPair(t);
  server.resume();
  server.setFaults({ splitBytes: 1, pieceDelayMs: 1000 });
  server.write('250 ok\r\n');
  client.resetAndDestroy();
  await closed(server);
  assert.equal(time.pending, 0);
});

for (const faults of [null, { splitBytes: 3 }, { bytesPerSec: 10_000_000 }] as const) {
  test(`smtp-server speaks over it, STARTTLS included, with ${JSON.stringify(faults)}`, LIMIT, async (t) => {
    const smtp = new SMTPServer({ disableReverseLookup: true, authOptional: true, onData: swallow });
    smtp.on('error', () => {});
    const listener = createServer((socket) => {
      const faulty = new FaultySocket(socket);
      if (faults !== null) faulty.setFaults(faults);
      smtp.connect(faulty as unknown as Socket, null);
    }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    t.after(() => listener.close());
    const dialog = new Dialog(connect(Object(listener.address()).port, '127.0.0.1'));
    t.after(() => dialog.destroy());
    assert.equal((await dialog.reply()).code, 220);
    assert.equal((await dialog.ask('EHLO client.example.test')).code, 250);
    assert.equal((await dialog.ask('STARTTLS')).code, 220);
    await dialog.startTls();
    dialog.write(
      'EHLO client.example.test\r\nMAIL FROM:<a@example.test>\r\nRCPT TO:<b@example.test>\r\nDATA\r\n',
    );
    assert.deepEqual(await dialog.replies(4), [250, 250, 250, 354]);
    dialog.write(`${'x'.repeat(70)}\r\n`.repeat(20_000));
    dialog.write('.\r\nQUIT\r\n');
    assert.deepEqual(await dialog.replies(2), [250, 221]);
    await dialog.end();
  });
}

function swallow(stream: NodeJS.ReadableStream, _session: unknown, done: () => void): void {
  stream.on('end', done).resume();
}
