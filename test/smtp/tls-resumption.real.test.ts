/** How often one VU resumes, against servers that hand out tickets in every way they do. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import tls from 'node:tls';
import type { TlsOptions } from '#src/scenario/scenario.js';
import { createConnector, type UserConnector } from '#src/smtp/connector.js';
import { type Authority, makeAuthority } from '../servers/certificates.js';
import { startOpenssl } from '../servers/openssl.js';
import { startPostfix } from '../servers/postfix.js';
import { requireProgram } from '../servers/require-program.js';
import { runShards, scenarioOf, totalOf } from '../shard/shard-rig.js';
import { temporaryDir } from '../tmp.js';
import { tlsOptions } from './options.js';
import { TransportClient } from './transport-client.js';

const LIMIT = { timeout: 60_000 };
const SESSIONS = 6;
const ALL = [false, true, true, true, true, true];
const NONE = [false, false, false, false, false, false];

async function authority(t: TestContext): Promise<Authority | undefined> {
  if (requireProgram(t, 'openssl') === undefined) return undefined;
  return makeAuthority(await temporaryDir(t));
}

function userOf(ports: number | readonly number[], options: Partial<TlsOptions>): UserConnector {
  const addresses = [ports].flat().map((port) => ({ kind: 'tcp', host: '127.0.0.1', port }) as const);
  const routes = addresses.map((address) => ({ address, weight: 1 }));
  const dns = { lookup: 'once', family: 'any', servers: [] } as const;
  const target = { routes, dns, tls: tlsOptions({ mode: 'implicit', ...options }) };
  return createConnector({
    target,
    client: { sourceAddresses: [], sourcePorts: null, proxy: null, abandon: null, connectMs: 5_000 },
    shard: 0,
  }).forUser();
}

function portOf(server: tls.Server): number {
  return (server.address() as AddressInfo).port;
}

/** One session: a line and its answer, then a close in order. Whether it was resumed. */
async function talk(user: UserConnector, draw = 0): Promise<boolean | undefined> {
  const client = new TransportClient(user.open(draw));
  client.react.connect = () => client.transport.startTls();
  client.react.secure = () => client.transport.write('EHLO x\r\n');
  client.react.data = () => client.transport.end();
  client.react.end = () => client.transport.destroy();
  await client.untilClosed();
  return client.transport.tls?.isResumed;
}

async function talks(user: UserConnector, sessions = SESSIONS): Promise<(boolean | undefined)[]> {
  const resumed: (boolean | undefined)[] = [];
  for (let i = 0; i < sessions; i++) resumed.push(await talk(user));
  return resumed;
}

describe('openssl s_server', () => {
  for (const [name, args, expected] of [
    ['TLS 1.3, two tickets on a full handshake and one on a resumed one', ['-tls1_3'], ALL],
    ['TLS 1.3, one ticket', ['-tls1_3', '-num_tickets', '1'], ALL],
    ['TLS 1.3, sessions kept by the server', ['-tls1_3', '-no_ticket'], ALL],
    ['TLS 1.3, no tickets at all', ['-tls1_3', '-num_tickets', '0'], NONE],
    ['TLS 1.2, a ticket on full handshakes only', ['-tls1_2'], ALL],
    ['TLS 1.2, sessions kept by the server', ['-tls1_2', '-no_ticket'], ALL],
    ['TLS 1.2, neither', ['-tls1_2', '-no_ticket', '-no_cache'], NONE],
  ] as const) {
    test(name, LIMIT, async (t) => {
      const made = await authority(t);
      if (made === undefined) return;
      const server = await startOpenssl(await made.issue('mx.example.test'), args);
      t.after(() => server.stop());
      const ca = await readFile(made.caPath, 'utf8');
      assert.deepEqual(await talks(userOf(server.port, { ca })), expected, server.output());
    });
  }

  test('is not resumed when nobody wants that', LIMIT, async (t) => {
    const made = await authority(t);
    if (made === undefined) return;
    const server = await startOpenssl(await made.issue('mx.example.test'));
    t.after(() => server.stop());
    assert.deepEqual(await talks(userOf(server.port, { verify: false, resumption: false })), NONE);
  });

  test('is resumed by the VU that has a ticket, not by its neighbour', LIMIT, async (t) => {
    const made = await authority(t);
    if (made === undefined) return;
    const server = await startOpenssl(await made.issue('mx.example.test'));
    t.after(() => server.stop());
    const one = userOf(server.port, { verify: false });
    assert.deepEqual(await talks(one, 2), [false, true]);
    assert.deepEqual(await talks(userOf(server.port, { verify: false }), 2), [false, true]);
  });

  test('whose certificate is not good leaves no ticket behind', LIMIT, async (t) => {
    const made = await authority(t);
    if (made === undefined) return;
    const server = await startOpenssl(await made.issue('mx.example.test'));
    t.after(() => server.stop());
    const user = userOf(server.port, {
      servername: 'other.example.test',
      ca: await readFile(made.caPath, 'utf8'),
    });
    assert.deepEqual(await talks(user, 3), [undefined, undefined, undefined]);
  });
});

describe("Node's server", () => {
  /** Answers, and hands out tickets under its current key. */
  async function serve(t: TestContext, options: tls.TlsOptions, port = 0): Promise<tls.Server> {
    const server = tls.createServer(options, (socket) => {
      socket.on('error', () => {});
      socket.on('data', () => socket.write('250 hi\r\n'));
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    return server;
  }

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(
      `${version} is resumed every time, and once more in full after it forgot its key`,
      LIMIT,
      async (t) => {
        const made = await authority(t);
        if (made === undefined) return;
        const { certPath, keyPath } = await made.issue('mx.example.test');
        const [cert, key] = [await readFile(certPath), await readFile(keyPath)];
        const server = await serve(t, { cert, key, minVersion: version, maxVersion: version });
        const ca = await readFile(made.caPath, 'utf8');
        const user = userOf(portOf(server), { ca });
        assert.deepEqual(await talks(user), ALL);
        server.setTicketKeys(Buffer.alloc(48, 7));
        assert.deepEqual(await talks(user), ALL);
      },
    );
  }

  test('at another port gets no ticket of its twin, although it could read it', LIMIT, async (t) => {
    const made = await authority(t);
    if (made === undefined) return;
    const { certPath, keyPath } = await made.issue('mx.example.test');
    const [cert, key] = [await readFile(certPath), await readFile(keyPath)];
    const options = { cert, key, ticketKeys: Buffer.alloc(48, 7) };
    const [one, twin] = [await serve(t, options), await serve(t, options)];
    const user = userOf([portOf(one), portOf(twin)], { ca: await readFile(made.caPath, 'utf8') });
    const resumed: (boolean | undefined)[] = [];
    for (const draw of [0, 0.9, 0, 0.9]) resumed.push(await talk(user, draw));
    assert.deepEqual(resumed, [false, false, true, true]);
  });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`${version} that was away for a while has cost no ticket`, LIMIT, async (t) => {
      const made = await authority(t);
      if (made === undefined) return;
      const { certPath, keyPath } = await made.issue('mx.example.test');
      const [cert, key] = [await readFile(certPath), await readFile(keyPath)];
      const options = { cert, key, ticketKeys: Buffer.alloc(48, 7), maxVersion: version };
      const server = await serve(t, options);
      const port = portOf(server);
      const user = userOf(port, { ca: await readFile(made.caPath, 'utf8') });
      assert.equal(await talk(user), false);
      await new Promise((resolve) => server.close(resolve));
      for (let i = 0; i < 5; i++) assert.equal(await talk(user), undefined);
      await serve(t, options, port);
      assert.equal(await talk(user), true);
    });
  }
});

describe('Postfix', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    test(
      `${version}: of the sessions of a VU the first is full and the others are resumed`,
      LIMIT,
      async (t) => {
        if (requireProgram(t, 'postfix') === undefined) return;
        const extra = { smtpd_tls_protocols: `>=${version}, <=${version}` };
        const postfix = await startPostfix({ tls: true, extra });
        t.after(() => postfix.stop());
        const ca = await readFile(postfix.certificatePath as string, 'utf8');
        const { snapshots } = await runShards(
          scenarioOf(
            { one: { ...ONE_VU, iterations: SESSIONS } },
            {
              port: postfix.port,
              target: { tls: tlsOptions({ mode: 'starttls', ca }) },
              client: { messagesPerSession: { min: 1, max: 1 } },
            },
          ),
        );
        const total = totalOf(snapshots);
        const n = (expression: string) => total.select(expression, 1)?.n ?? 0;
        assert.equal(n('smtp_messages{outcome:accepted}'), SESSIONS);
        assert.equal(n(`smtp_tls_handshakes{version:${version}}`), SESSIONS);
        assert.equal(n('smtp_tls_handshakes{resumed:no}'), 1);
        assert.equal(n('smtp_tls_handshakes{resumed:yes}'), SESSIONS - 1);
        assert.equal(n('smtp_tls_handshaking{resumed:yes}'), SESSIONS - 1);
        total.destroy();
      },
    );
  }
});

const ONE_VU = {
  executor: 'shared-iterations',
  vus: 1,
  maxDurationMs: 30_000,
  startTimeMs: 0,
  gracefulStopMs: 1_000,
  warmupMs: 0,
  iteration: 'message',
  tags: {},
} as const;
