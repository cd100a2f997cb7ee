import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import tls from 'node:tls';
import selfSigned from 'smtp-server/lib/tls-options.js';
import type { TargetAddress, TlsOptions } from '#src/scenario/scenario.js';
import { temporaryDir } from '../tmp.js';
import { openTo, tlsOptions } from './options.js';
import { deferred, listen, TransportClient } from './transport-client.js';

const LIMIT = { timeout: 20_000 };
const MANY_BYTES = 8 * 1024 * 1024;
const { key, cert } = selfSigned();

class Client extends TransportClient {
  constructor(address: TargetAddress, options: Partial<TlsOptions> = {}, plainFirst = false) {
    super(openTo(address, tlsOptions({ verify: false, ...options }), plainFirst));
  }
}

/** The server's end of TLS on a connected socket. */
function serveTls(socket: net.Socket): tls.TLSSocket {
  const secure = new tls.TLSSocket(socket, { isServer: true, key, cert });
  secure.on('error', () => {});
  return secure;
}

function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i + 4 <= length; i += 4) bytes.writeUInt32LE(i, i);
  return bytes;
}

describe('a plain connection', () => {
  test('carries bytes both ways and closes once', LIMIT, async (t) => {
    const address = await listen(t, (socket) => {
      socket.write('220 hi\r\n');
      socket.pipe(socket);
    });
    const client = new Client(address);
    await client.until(() => client.received.length >= 8);
    assert.equal(client.transport.write('EHLO \xe9\r\n'), true);
    await client.until(() => client.received.length >= 16);
    assert.equal(client.received.toString('latin1'), '220 hi\r\nEHLO \xe9\r\n');
    assert.equal(client.transport.localAddress, '127.0.0.1');
    assert.equal(client.transport.remoteAddress, '127.0.0.1');
    client.transport.destroy();
    await client.untilClosed();
    assert.equal(client.events[0], 'connect');
    assert.equal(client.count('flushed') + client.count('error'), 0);
  });

  test('to a name that has several addresses', LIMIT, async (t) => {
    const address = await listen(t, (socket) => socket.end('220 hi\r\n'));
    assert.equal(address.kind, 'tcp');
    const client = new Client({ ...address, host: 'localhost' });
    await client.untilEvent('end');
    assert.equal(client.received.toString(), '220 hi\r\n');
    client.transport.destroy();
    await client.untilClosed();
  });

  test('over a Unix socket has no remote address', LIMIT, async (t) => {
    const path = join(await temporaryDir(t), 'x.sock');
    const client = new Client(await listen(t, (socket) => socket.write('220 hi\r\n'), path));
    await client.untilEvent('data');
    assert.equal(client.transport.remoteAddress, '');
    client.transport.destroy();
    await client.untilClosed();
  });

  test('that is refused is an error and a close, and was never connected', LIMIT, async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    server.close();
    await once(server, 'close');
    const client = new Client({ kind: 'tcp', host: '127.0.0.1', port });
    await client.untilClosed();
    assert.deepEqual(client.events, ['error', 'close']);
    assert.equal(client.errorCode, 'ECONNREFUSED');
  });

  test('to a Unix socket that is not there', LIMIT, async (t) => {
    const client = new Client({ kind: 'unix', path: join(await temporaryDir(t), 'none.sock') });
    await client.untilClosed();
    assert.deepEqual([client.events.join(' '), client.errorCode], ['error close', 'ENOENT']);
  });

  test('that the server resets', LIMIT, async (t) => {
    const address = await listen(t, (socket) => socket.once('data', () => socket.resetAndDestroy()));
    const client = new Client(address);
    await client.untilEvent('connect');
    client.transport.write('x');
    await client.untilClosed();
    assert.deepEqual([client.events.join(' '), client.errorCode], ['connect error close', 'ECONNRESET']);
  });

  test('that the server ends: what it said first, then end, then close', LIMIT, async (t) => {
    const address = await listen(t, (socket) => socket.end('221 bye\r\n'));
    const client = new Client(address);
    client.react.end = () => client.transport.destroy();
    await client.untilClosed();
    assert.deepEqual(client.events, ['connect', 'data', 'end', 'close']);
  });

  test('that the server ends closes by itself too', LIMIT, async (t) => {
    const client = new Client(await listen(t, (socket) => socket.end()));
    await client.untilClosed();
    assert.deepEqual(client.events, ['connect', 'end', 'close']);
  });

  test('that we end sends what was written first', LIMIT, async (t) => {
    let heard = '';
    const ended = deferred<void>();
    const address = await listen(t, (socket) => {
      socket.on('data', (bytes) => {
        heard += bytes.toString();
      });
      socket.on('end', () => ended.resolve());
    });
    const client = new Client(address);
    await client.untilEvent('connect');
    client.transport.write('QUIT\r\n');
    client.transport.end();
    await ended.promise;
    await client.untilClosed();
    assert.equal(heard, 'QUIT\r\n');
  });

  for (const event of ['connect', 'data'] as const) {
    test(`that is destroyed inside ${event} says nothing more but close`, LIMIT, async (t) => {
      const address = await listen(t, (socket) => socket.write('220 hi\r\n'));
      const client = new Client(address);
      client.react[event] = () => client.transport.destroy();
      await client.untilClosed();
      assert.deepEqual(client.events.slice(-2), [event, 'close']);
    });
  }

  test('that is destroyed before it is up', LIMIT, async (t) => {
    const client = new Client(await listen(t, () => {}));
    client.transport.destroy();
    await client.untilClosed();
    assert.deepEqual(client.events, ['close']);
  });
});

describe('a way to leave', () => {
  /** What the server hears, and how it ends: by FIN (`end`) or by RST (`ECONNRESET`). */
  async function listenForEnd(t: TestContext, isSecure = false, path?: string) {
    const ended = deferred<string>();
    const address = await listen(
      t,
      (socket) => {
        let heard = '';
        const stream = isSecure ? serveTls(socket) : socket;
        stream.write('220 hi\r\n');
        stream.on('data', (bytes) => {
          heard += bytes.toString();
        });
        stream.on('end', () => ended.resolve(`${heard}end`));
        stream.on('error', ({ code }: NodeJS.ErrnoException) => ended.resolve(`${heard}${code}`));
      },
      path,
    );
    return { address, ended: ended.promise };
  }

  for (const isSecure of [false, true]) {
    const name = isSecure ? 'TLS' : 'plain text';

    async function connected(address: TargetAddress, plainFirst = false): Promise<Client> {
      const client = new Client(address, { mode: isSecure ? 'implicit' : 'none' }, plainFirst);
      if (isSecure) client.react.connect = () => client.transport.startTls();
      await client.until(() => client.received.length === 8);
      return client;
    }

    test(
      `close in ${name} sends what was written, then FIN, and is closed without waiting`,
      LIMIT,
      async (t) => {
        const { address, ended } = await listenForEnd(t, isSecure);
        const client = await connected(address);
        client.transport.write('MAIL\r\n');
        client.transport.close();
        await client.untilClosed();
        assert.equal(await ended, 'MAIL\r\nend');
        assert.deepEqual([client.count('error'), client.count('end')], [0, 0]);
      },
    );

    test(`reset in ${name} sends RST`, LIMIT, async (t) => {
      const { address, ended } = await listenForEnd(t, isSecure);
      const client = await connected(address, true);
      client.transport.reset();
      await client.untilClosed();
      assert.equal(await ended, 'ECONNRESET');
      assert.equal(client.count('error'), 0);
    });

    test(`end in ${name} goes on hearing what the server says`, LIMIT, async (t) => {
      const said = deferred<void>();
      const address = await listen(t, (socket) => {
        const stream = isSecure ? serveTls(socket) : socket;
        stream.write('220 hi\r\n');
        stream.on('data', () => {});
        if (!isSecure) socket.allowHalfOpen = true;
        stream.on('end', () => {
          said.resolve();
          stream.end('221 bye\r\n');
        });
      });
      const client = await connected(address);
      client.transport.end();
      await said.promise;
      await client.untilClosed();
      if (!isSecure) assert.equal(client.received.toString(), '220 hi\r\n221 bye\r\n');
      assert.equal(client.count('error'), 0);
    });
  }

  test('reset while a write is stuck does not wait for it', LIMIT, async (t) => {
    const client = new Client(await listen(t, (socket) => socket.pause()));
    await client.untilEvent('connect');
    assert.equal(client.transport.write(pattern(MANY_BYTES)), false);
    client.transport.reset();
    await client.untilClosed();
    assert.deepEqual(client.events, ['connect', 'close']);
  });

  test('a Unix socket knows no RST, and is closed', LIMIT, async (t) => {
    const path = join(await temporaryDir(t), 'sock');
    const { address, ended } = await listenForEnd(t, false, path);
    const client = new Client(address);
    await client.until(() => client.received.length === 8);
    client.transport.reset();
    await client.untilClosed();
    assert.equal(await ended, 'end');
  });

  test('before it is up, any of them closes', LIMIT, async (t) => {
    for (const way of ['close', 'reset'] as const) {
      const client = new Client(await listen(t, () => {}));
      client.transport[way]();
      await client.untilClosed();
      assert.equal(client.count('error'), 0, way);
    }
  });
});

test('both ends of a TCP connection have ports, those of a Unix socket have none', LIMIT, async (t) => {
  const ports = deferred<number | undefined>();
  const address = await listen(t, (socket) => ports.resolve(socket.remotePort));
  const client = new Client(address);
  await client.untilEvent('connect');
  const { localPort, remotePort } = client.transport;
  assert.deepEqual({ ...address, port: remotePort }, address);
  assert.equal(localPort, await ports.promise);
  client.transport.destroy();
  const unix = new Client(await listen(t, () => {}, join(await temporaryDir(t), 'sock')));
  await unix.untilEvent('connect');
  assert.deepEqual([unix.transport.localPort, unix.transport.remotePort], [0, 0]);
  unix.transport.destroy();
});

describe('a write', () => {
  test('to a server that does not read is not flushed until it does', LIMIT, async (t) => {
    const server = deferred<net.Socket>();
    const address = await listen(t, (socket) => server.resolve(socket.pause()));
    const client = new Client(address);
    await client.untilEvent('connect');
    const bytes = pattern(MANY_BYTES);
    assert.equal(client.transport.write(bytes), false);
    const socket = await server.promise;
    assert.equal(client.count('flushed'), 0);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).resume();
    await client.untilEvent('flushed');
    client.transport.end();
    await once(socket, 'end');
    assert.equal(Buffer.compare(Buffer.concat(chunks), bytes), 0);
    assert.equal(client.count('flushed'), 1);
  });

  test('to a server that resets meanwhile is never flushed', LIMIT, async (t) => {
    const server = deferred<net.Socket>();
    const address = await listen(t, (socket) => server.resolve(socket.pause()));
    const client = new Client(address);
    await client.untilEvent('connect');
    assert.equal(client.transport.write(pattern(MANY_BYTES)), false);
    (await server.promise).resetAndDestroy();
    await client.untilClosed();
    assert.deepEqual(client.events, ['connect', 'error', 'close']);
  });

  test('that is not flushed when we hang up says nothing of it', LIMIT, async (t) => {
    const client = new Client(await listen(t, (socket) => socket.pause()));
    await client.untilEvent('connect');
    assert.equal(client.transport.write(pattern(MANY_BYTES)), false);
    client.transport.destroy();
    await client.untilClosed();
    assert.deepEqual(client.events, ['connect', 'close']);
  });
});

test('the read buffer that plain connections share never mixes them up', LIMIT, async (t) => {
  const texts = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(300_000));
  let next = 0;
  const address = await listen(t, (socket) => sendInPieces(socket, texts[next++] as string));
  const clients = texts.map(() => new Client(address));
  for (const client of clients) await client.until(() => client.received.length >= 300_000);
  const received = clients.map((client) => client.received.toString());
  assert.deepEqual(received.toSorted(), texts);
  for (const client of clients) client.transport.destroy();
  for (const client of clients) await client.untilClosed();
});

function sendInPieces(socket: net.Socket, text: string): void {
  const send = (from: number) => {
    if (from >= text.length) return;
    socket.write(text.slice(from, from + 7_001), () => setImmediate(() => send(from + 7_001)));
  };
  send(0);
}
