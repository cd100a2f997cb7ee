/** TLS from the start and after a talk in plain text: what the transport tells of both is the same. */
import assert from 'node:assert/strict';
import type net from 'node:net';
import { describe, test } from 'node:test';
import tls from 'node:tls';
import selfSigned from 'smtp-server/lib/tls-options.js';
import type { TargetAddress, TlsOptions } from '#src/scenario/scenario.js';
import { openTo, tlsOptions } from './options.js';
import { deferred, listen, TransportClient } from './transport-client.js';

const LIMIT = { timeout: 20_000 };
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

for (const plainFirst of [false, true]) {
  describe(plainFirst ? 'TLS on a plain socket' : 'TLS', () => {
    /** Connects with implicit TLS as a session does: startTls as soon as the connection is up. */
    function openTls(address: TargetAddress, verify = false): Client {
      const client = new Client(address, { mode: 'implicit', verify }, plainFirst);
      client.react.connect = () => client.transport.startTls();
      return client;
    }

    test('from the start carries bytes both ways', LIMIT, async (t) => {
      const address = await listen(t, (socket) => {
        const secure = serveTls(socket);
        secure.write('220 hi\r\n');
        secure.pipe(secure);
      });
      const client = openTls(address);
      await client.until(() => client.received.length >= 8);
      const wasFlushed = client.transport.write('EHLO x\r\n');
      await client.until(() => client.received.length >= 16);
      assert.equal(client.received.toString(), '220 hi\r\nEHLO x\r\n');
      assert.equal(wasFlushed || client.count('flushed') === 1, true);
      client.transport.destroy();
      await client.untilClosed();
      assert.deepEqual(client.events.slice(0, 2), ['connect', 'secure']);
      assert.equal(client.count('secure'), 1);
    });

    test('after a talk in plain text', LIMIT, async (t) => {
      const address = await listen(t, (socket) => {
        socket.write('220 hi\r\n');
        socket.once('data', () => {
          socket.write('220 go\r\n');
          serveTls(socket).write('250 secure\r\n');
        });
      });
      const client = new Client(address, { mode: 'starttls' });
      await client.untilEvent('data');
      client.react.data = () => {
        if (client.received.toString().endsWith('go\r\n')) client.transport.startTls();
      };
      client.transport.write('STARTTLS\r\n');
      await client.until(() => client.received.toString().endsWith('250 secure\r\n'));
      assert.equal(client.received.toString(), '220 hi\r\n220 go\r\n250 secure\r\n');
      assert.equal(client.count('secure'), 1);
      client.transport.destroy();
      await client.untilClosed();
      assert.equal(client.count('error'), 0);
    });

    test('with a certificate nobody vouches for is an error when that is asked', LIMIT, async (t) => {
      const address = await listen(t, (socket) => serveTls(socket));
      const client = openTls(address, true);
      await client.untilClosed();
      assert.deepEqual(client.events, ['connect', 'error', 'close']);
      assert.match(client.errorCode, /SELF_SIGNED|CERT|UNABLE/);
    });

    test('to a server that speaks plain text', LIMIT, async (t) => {
      const client = openTls(await listen(t, (socket) => socket.write('220 hi\r\n')));
      await client.untilClosed();
      assert.deepEqual(client.events, ['connect', 'error', 'close']);
    });

    for (const [how, act] of [
      ['ends', (socket: net.Socket) => socket.end()],
      ['resets', (socket: net.Socket) => socket.resetAndDestroy()],
    ] as const) {
      test(`to a server that ${how} in the handshake`, LIMIT, async (t) => {
        const client = openTls(await listen(t, (socket) => socket.once('data', () => act(socket))));
        client.react.end = () => client.transport.destroy();
        await client.untilClosed();
        assert.deepEqual(client.events, ['connect', how === 'ends' ? 'end' : 'error', 'close']);
      });

      test(`to a server that ${how} afterwards`, LIMIT, async (t) => {
        const address = await listen(t, (socket) => serveTls(socket).once('data', () => act(socket)));
        const client = openTls(address);
        await client.untilEvent('secure');
        client.react.end = () => client.transport.destroy();
        client.transport.write('x');
        await client.untilClosed();
        const ends = client.events.filter((event) => event === 'end' || event === 'error');
        assert.equal(ends.length, 1);
      });
    }

    test('that is given up in the handshake closes without an error', LIMIT, async (t) => {
      const client = openTls(
        await listen(t, (socket) => socket.once('data', () => client.transport.destroy())),
      );
      await client.untilClosed();
      assert.deepEqual(client.events, ['connect', 'close']);
    });

    test('that we end says goodbye, and what was written is heard', LIMIT, async (t) => {
      const heard = deferred<string>();
      const address = await listen(t, (socket) => {
        const secure = serveTls(socket);
        let text = '';
        secure.on('data', (bytes) => {
          text += bytes.toString();
        });
        secure.on('end', () => heard.resolve(text));
      });
      const client = openTls(address);
      await client.untilEvent('secure');
      client.transport.write('QUIT\r\n');
      client.transport.end();
      assert.equal(await heard.promise, 'QUIT\r\n');
      await client.untilClosed();
      assert.equal(client.count('error'), 0);
    });

    test('write by write, each flushed once, and large ones too', LIMIT, async (t) => {
      const chunks: Buffer[] = [];
      const address = await listen(t, (socket) => serveTls(socket).on('data', (chunk) => chunks.push(chunk)));
      const client = openTls(address);
      await client.untilEvent('secure');
      const bytes = pattern(1_000_000);
      for (const [i, size] of [1, 20_000, 65_536, 914_463].entries()) {
        const from = [0, 1, 20_001, 85_537][i] as number;
        assert.equal(client.transport.write(bytes.subarray(from, from + size)), false);
        await client.until(() => client.count('flushed') === i + 1);
      }
      client.transport.end();
      await client.untilClosed();
      assert.equal(Buffer.compare(Buffer.concat(chunks), bytes), 0);
    });

    for (const event of ['connect', 'secure', 'data'] as const) {
      test(`that is reset inside ${event} is closed`, LIMIT, async (t) => {
        const client = openTls(await listen(t, (socket) => serveTls(socket).write('220 hi\r\n')));
        const react = client.react[event];
        client.react[event] = () => {
          react?.();
          client.transport.reset();
        };
        await client.untilClosed();
        assert.deepEqual([client.events.at(-2), client.count('error')], [event, 0]);
      });
    }

    test('that is given up as soon as it is connected has not said a word', LIMIT, async (t) => {
      const heard = deferred<number>();
      const address = await listen(t, (socket) => {
        let bytes = 0;
        socket.on('data', (chunk) => {
          bytes += chunk.length;
        });
        socket.on('close', () => heard.resolve(bytes));
      });
      const client = new Client(address, { mode: 'implicit' }, plainFirst);
      client.react.connect = () => client.transport.destroy();
      await client.untilClosed();
      assert.deepEqual([client.events, await heard.promise], [['connect', 'close'], 0]);
    });
  });
}
