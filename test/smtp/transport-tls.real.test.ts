/** TLS against Node's server, with certificates of an authority made for the occasion. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import tls from 'node:tls';
import type { TlsOptions } from '#src/scenario/scenario.js';
import { makeAuthority } from '../servers/certificates.js';
import { requireProgram } from '../servers/require-program.js';
import { temporaryDir } from '../tmp.js';
import { openTo, tlsOptions } from './options.js';
import { TransportClient } from './transport-client.js';

const LIMIT = { timeout: 30_000 };

interface Pki {
  readonly ca: string;
  /** For mx.example.test, localhost and 127.0.0.1. */
  readonly cert: string;
  readonly key: string;
}

async function makePki(t: TestContext): Promise<Pki | undefined> {
  if (requireProgram(t, 'openssl') === undefined) return undefined;
  const authority = await makeAuthority(await temporaryDir(t));
  const { certPath, keyPath } = await authority.issue('mx.example.test');
  const [ca, cert, key] = await Promise.all(
    [authority.caPath, certPath, keyPath].map((path) => readFile(path, 'utf8')),
  );
  return { ca, cert, key } as Pki;
}

interface Server {
  readonly port: number;
  /** What the clients sent as SNI; false for none. */
  readonly names: (string | false)[];
  /** Common names of their certificates. */
  readonly clients: string[];
}

async function serve(t: TestContext, options: tls.TlsOptions): Promise<Server> {
  const names: (string | false)[] = [];
  const clients: string[] = [];
  const server = tls.createServer(options, (socket) => {
    names.push(socket.servername as string | false);
    clients.push(String(socket.getPeerCertificate().subject?.CN ?? ''));
    socket.on('error', () => {});
    socket.write('220 hi\r\n');
  });
  server.on('tlsClientError', () => {});
  server.listen(0);
  await once(server, 'listening');
  t.after(() => server.close());
  return { port: (server.address() as AddressInfo).port, names, clients };
}

/** Connects with implicit TLS, waits for the greeting or the end, and hangs up. */
async function greetedBy(port: number, host: string, options: Partial<TlsOptions>): Promise<TransportClient> {
  const open = openTo({ kind: 'tcp', host, port }, tlsOptions({ mode: 'implicit', ...options }));
  const client = new TransportClient(open);
  client.react.connect = () => client.transport.startTls();
  client.react.data = () => client.transport.end();
  client.react.end = () => client.transport.destroy();
  await client.untilClosed();
  return client;
}

describe('the certificate', () => {
  for (const [name, host, options, isGood] of [
    ['is good for the name it bears', 'localhost', {}, true],
    ['is good for the address it bears', '127.0.0.1', {}, true],
    ['is not good for another address', '127.0.0.2', {}, false],
    ['is good for another address when nobody asks', '127.0.0.2', { verify: false }, true],
    ['is good for the servername given instead', '127.0.0.2', { servername: 'mx.example.test' }, true],
    ['is not good for another servername', '127.0.0.1', { servername: 'mx2.example.test' }, false],
    ['is good for the address given as servername', '127.0.0.2', { servername: '127.0.0.1' }, true],
    ['is not good without its authority', '127.0.0.1', { ca: null }, false],
  ] as const) {
    test(name, LIMIT, async (t) => {
      const pki = await makePki(t);
      if (pki === undefined) return;
      const { port } = await serve(t, pki);
      const client = await greetedBy(port, host, { ca: pki.ca, ...options });
      assert.equal(client.received.toString(), isGood ? '220 hi\r\n' : '');
      assert.equal(client.count('error'), isGood ? 0 : 1);
      assert.equal(client.transport.tls === null, !isGood);
    });
  }

  test('is asked for by name: the host or servername, and no address', LIMIT, async (t) => {
    const pki = await makePki(t);
    if (pki === undefined) return;
    const { port, names } = await serve(t, pki);
    await greetedBy(port, 'localhost', { ca: pki.ca });
    await greetedBy(port, '127.0.0.1', { ca: pki.ca });
    await greetedBy(port, '127.0.0.1', { ca: pki.ca, servername: 'mx.example.test' });
    await greetedBy(port, '127.0.0.2', { ca: pki.ca, servername: '127.0.0.1' });
    assert.deepEqual(names, ['localhost', false, 'mx.example.test', false]);
  });
});

describe('our certificate', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(
      `is shown to a ${version} server that asks; without one it refuses us as a failure of TLS`,
      LIMIT,
      async (t) => {
        const pki = await makePki(t);
        if (pki === undefined) return;
        const { port, clients } = await serve(t, { ...pki, requestCert: true, rejectUnauthorized: true });
        const both = { ca: pki.ca, minVersion: version, maxVersion: version };
        await greetedBy(port, '127.0.0.1', { ...both, cert: pki.cert, key: pki.key });
        assert.deepEqual(clients, ['mx.example.test']);
        const refused = await greetedBy(port, '127.0.0.1', both);
        assert.equal(refused.received.length, 0);
        assert.match(refused.errorCode, /^ERR_SSL_.*(HANDSHAKE_FAILURE|CERTIFICATE_REQUIRED)|ECONNRESET/);
      },
    );
  }
});

describe('version and cipher', () => {
  for (const [name, server, client, expected] of [
    ['the newest of both', {}, {}, ['TLSv1.3', 'TLS_AES_256_GCM_SHA384']],
    ['no newer than asked', {}, { maxVersion: 'TLSv1.2' }, ['TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256']],
    ['no older than asked', { maxVersion: 'TLSv1.2' }, { minVersion: 'TLSv1.3' }, null],
    [
      'the suite of the list',
      {},
      { ciphers: 'TLS_CHACHA20_POLY1305_SHA256' },
      ['TLSv1.3', 'TLS_CHACHA20_POLY1305_SHA256'],
    ],
    [
      'the cipher of the list',
      {},
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
      ['TLSv1.2', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
    ],
    [
      'a suite of TLS 1.3 also where the list names none',
      {},
      { ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
      ['TLSv1.3', 'TLS_AES_256_GCM_SHA384'],
    ],
    [
      'TLS 1.0 with the security level lowered',
      { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
      { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
      ['TLSv1', 'ECDHE-ECDSA-AES256-SHA'],
    ],
    [
      'no TLS 1.0 without',
      { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
      { minVersion: 'TLSv1', maxVersion: 'TLSv1' },
      null,
    ],
  ] as const) {
    test(name, LIMIT, async (t) => {
      const pki = await makePki(t);
      if (pki === undefined) return;
      const { port } = await serve(t, { ...pki, ...server });
      const { transport, received } = await greetedBy(port, '127.0.0.1', { ca: pki.ca, ...client });
      const agreed = transport.tls === null ? null : [transport.tls.version, transport.tls.cipher];
      assert.deepEqual(agreed, expected);
      assert.equal(received.toString(), expected === null ? '' : '220 hi\r\n');
    });
  }
});
