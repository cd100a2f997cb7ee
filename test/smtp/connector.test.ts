import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { Route, TargetAddress } from '#src/scenario/scenario.js';
import { createConnector, inOrder, pickRoute, SourceAddresses, SourcePorts } from '#src/smtp/connector.js';
import type { Exchanger, Resolver } from '#src/smtp/resolver.js';
import { causeOf, ResolveError } from '#src/smtp/system-error.js';
import { freePort } from '../free-port.js';
import { temporaryDir } from '../tmp.js';
import { tlsOptions } from './options.js';
import { deferred, TransportClient } from './transport-client.js';

const LIMIT = { timeout: 20_000 };

/** Answers from tables, and keeps what it was asked. */
class FakeResolver implements Resolver {
  readonly asked: string[] = [];
  readonly #addresses: Readonly<Record<string, readonly string[]>>;
  readonly #exchangers: readonly Exchanger[];

  constructor(addresses: Readonly<Record<string, readonly string[]>>, exchangers: readonly Exchanger[] = []) {
    this.#addresses = addresses;
    this.#exchangers = exchangers;
  }

  async addressesOf(name: string): Promise<readonly string[]> {
    this.asked.push(name);
    const found = this.#addresses[name];
    if (found === undefined) throw new ResolveError('ENOTFOUND', `no address of ${name}`);
    return found;
  }

  async exchangersOf(domain: string): Promise<readonly Exchanger[]> {
    this.asked.push(`MX ${domain}`);
    return this.#exchangers;
  }
}

interface Servers {
  readonly port: number;
  /** `from address` of each connection that was accepted, in order. */
  readonly accepted: string[];
}

/** Servers on these addresses, all on one port. */
async function serversOn(t: TestContext, ...addresses: readonly string[]): Promise<Servers> {
  const accepted: string[] = [];
  const port = await freePort();
  for (const address of addresses) {
    const server = net.createServer((socket) => {
      accepted.push(`${socket.remoteAddress} ${address}`);
      socket.on('error', () => {});
      socket.write('220 hi\r\n');
    });
    server.listen(port, address);
    await once(server, 'listening');
    t.after(() => server.close());
  }
  return { port, accepted };
}

interface Connecting {
  readonly resolver?: Resolver;
  readonly sourceAddresses?: readonly string[];
  readonly sourcePorts?: { readonly min: number; readonly max: number };
  readonly shard?: number;
  readonly keepsSource?: boolean;
}

function connect(routes: readonly Route[], options: Connecting = {}) {
  return connectorTo(routes, options).forUser();
}

function connectorTo(
  routes: readonly Route[],
  { resolver, sourceAddresses = [], sourcePorts, shard = 0, keepsSource = false }: Connecting,
) {
  const dns = { lookup: 'session', family: 'any', servers: [] } as const;
  const target = { routes, dns, tls: tlsOptions() };
  const client = {
    sourceAddresses,
    sourcePorts: sourcePorts ?? null,
    proxy: null,
    abandon: null,
    connectMs: 1_000,
  };
  return createConnector({ target, client, shard, keepsSource, ...(resolver && { resolver }) });
}

function routeTo(address: TargetAddress): Route[] {
  return [{ address, weight: 1 }];
}

/** Connects, takes the greeting or the error, and hangs up. */
async function visit(user: ReturnType<typeof connect>, draw = 0): Promise<TransportClient> {
  const client = new TransportClient(user.open(draw));
  client.react.data = () => client.transport.destroy();
  await client.untilClosed();
  return client;
}

describe('routes', () => {
  const routes = [1, 2, 5].map(
    (weight) => ({ address: { kind: 'unix', path: `/${weight}` }, weight }) as const,
  );

  test('are taken by weight, and what is left of the draw is even again', () => {
    const counts = new Map<string, number>();
    const rests = [0, 0, 0, 0];
    for (let i = 0; i < 8_000; i++) {
      const { route, rest } = pickRoute(routes, i / 8_000);
      const { path } = route.address as { path: string };
      counts.set(path, (counts.get(path) ?? 0) + 1);
      rests[Math.floor(rest * 4)] = (rests[Math.floor(rest * 4)] as number) + 1;
    }
    assert.deepEqual(
      [...counts],
      [
        ['/1', 1_000],
        ['/2', 2_000],
        ['/5', 5_000],
      ],
    );
    for (const count of rests) assert.ok(Math.abs(count - 2_000) < 5, rests.join());
  });

  test('are taken by the draw of the session alone', LIMIT, async (t) => {
    const { port, accepted } = await serversOn(t, '127.0.0.2', '127.0.0.3');
    const user = connect([
      { address: { kind: 'tcp', host: '127.0.0.2', port }, weight: 3 },
      { address: { kind: 'tcp', host: '127.0.0.3', port }, weight: 1 },
    ]);
    for (const draw of [0, 0.74, 0.76, 0.1]) await visit(user, draw);
    const hosts = accepted.map((line) => line.split(' ')[1]);
    assert.deepEqual(hosts, ['127.0.0.2', '127.0.0.2', '127.0.0.3', '127.0.0.2']);
  });

  test('are not left for another one', LIMIT, async (t) => {
    const { port, accepted } = await serversOn(t, '127.0.0.2');
    const user = connect([
      { address: { kind: 'tcp', host: '127.0.0.9', port }, weight: 1 },
      { address: { kind: 'tcp', host: '127.0.0.2', port }, weight: 1 },
    ]);
    assert.equal((await visit(user, 0)).errorCode, 'ECONNREFUSED');
    assert.deepEqual(accepted, []);
  });

  test('to a Unix socket take no notice of source addresses', LIMIT, async (t) => {
    const path = join(await temporaryDir(t), 'x.sock');
    const server = net.createServer((socket) => socket.write('220 hi\r\n')).listen(path);
    await once(server, 'listening');
    t.after(() => server.close());
    const client = await visit(connect(routeTo({ kind: 'unix', path }), { sourceAddresses: ['127.0.0.2'] }));
    assert.equal(client.count('data'), 1);
  });
});

describe('exchangers', () => {
  const hosts = ['c', 'a', 'b'].map((host) => ({ host, preference: 10 }));

  test('come by preference', () => {
    const given = [30, 0, 20, 10].map((preference) => ({ host: `mx${preference}`, preference }));
    for (const draw of [0, 0.5, 0.999]) {
      assert.deepEqual(
        inOrder(given, draw).map(({ preference }) => preference),
        [0, 10, 20, 30],
      );
    }
  });

  test('of equal preference come in every order, equally often', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 6_000; i++) {
      const order = inOrder(hosts, i / 6_000)
        .map(({ host }) => host)
        .join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    assert.deepEqual([...counts.keys()].sort(), ['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
    for (const count of counts.values()) assert.ok(Math.abs(count - 1_000) < 5, [...counts.values()].join());
  });

  test('come in the same order for the same draw, however the name server shuffles them', () => {
    assert.deepEqual(inOrder(hosts.toReversed(), 0.4), inOrder(hosts, 0.4));
  });
});

describe('an MX route', () => {
  const DOMAIN = 'example.test';
  const EXCHANGERS = [
    { host: 'backup', preference: 20 },
    { host: 'best', preference: 10 },
  ];
  const mx = (port: number) => routeTo({ kind: 'mx', domain: DOMAIN, port });

  test('goes to the best exchanger and does not ask for the others', LIMIT, async (t) => {
    const { port, accepted } = await serversOn(t, '127.0.0.2', '127.0.0.3');
    const resolver = new FakeResolver({ best: ['127.0.0.2'], backup: ['127.0.0.3'] }, EXCHANGERS);
    await visit(connect(mx(port), { resolver }));
    assert.deepEqual(accepted, ['127.0.0.1 127.0.0.2']);
    assert.deepEqual(resolver.asked, ['MX example.test', 'best']);
  });

  test('tries all addresses of one exchanger before the next', LIMIT, async (t) => {
    const { port, accepted } = await serversOn(t, '127.0.0.4', '127.0.0.5');
    const addresses = { best: ['127.0.0.2', '127.0.0.4'], backup: ['127.0.0.5'] };
    await visit(connect(mx(port), { resolver: new FakeResolver(addresses, EXCHANGERS) }));
    const fallen = { best: ['127.0.0.2', '127.0.0.3'], backup: ['127.0.0.5'] };
    const client = await visit(connect(mx(port), { resolver: new FakeResolver(fallen, EXCHANGERS) }));
    assert.deepEqual(
      accepted.map((line) => line.split(' ')[1]),
      ['127.0.0.4', '127.0.0.5'],
    );
    assert.deepEqual(client.events, ['connect', 'data', 'close']);
  });

  test('goes on where an exchanger cannot be looked up', LIMIT, async (t) => {
    const { port, accepted } = await serversOn(t, '127.0.0.5');
    const resolver = new FakeResolver({ backup: ['127.0.0.5'] }, EXCHANGERS);
    await visit(connect(mx(port), { resolver }));
    assert.equal(accepted.length, 1);
  });

  test('fails once, with the last error, when nobody can be reached', LIMIT, async (t) => {
    const { port } = await serversOn(t, '127.0.0.9');
    const resolver = new FakeResolver({ best: ['127.0.0.2'], backup: ['127.0.0.3'] }, EXCHANGERS);
    const client = await visit(connect(mx(port), { resolver }));
    assert.deepEqual(client.events, ['error', 'close']);
    assert.match(client.errorMessage, /ECONNREFUSED 127\.0\.0\.3/);
  });

  test('without MX records goes to the domain itself', LIMIT, async (t) => {
    const { port, accepted } = await serversOn(t, '127.0.0.6');
    const resolver = new FakeResolver({ [DOMAIN]: ['127.0.0.6'] });
    await visit(connect(mx(port), { resolver }));
    assert.equal(accepted.length, 1);
    assert.deepEqual(resolver.asked, ['MX example.test', 'example.test']);
  });
});

describe('a name', () => {
  const toName = (port: number) => routeTo({ kind: 'tcp', host: 'mx.example.test', port });

  test('is an address already: it is not looked up', LIMIT, async (t) => {
    const { port, accepted } = await serversOn(t, '127.0.0.2');
    const resolver = new FakeResolver({});
    await visit(connect(routeTo({ kind: 'tcp', host: '127.0.0.2', port }), { resolver }));
    assert.deepEqual([accepted.length, resolver.asked.length], [1, 0]);
  });

  test('that is not found is an error of look-up, and no connection', LIMIT, async () => {
    const client = new TransportClient(connect(toName(9), { resolver: new FakeResolver({}) }).open(0));
    await client.untilClosed();
    assert.deepEqual([client.events.join(' '), client.errorCode], ['error close', 'ENOTFOUND']);
  });

  test('whose connection is given up during the look-up is never connected to', LIMIT, async (t) => {
    const { port, accepted } = await serversOn(t, '127.0.0.2');
    const answer = deferred<readonly string[]>();
    const resolver = { addressesOf: () => answer.promise, exchangersOf: async () => [] };
    const client = new TransportClient(connect(toName(port), { resolver }).open(0));
    client.transport.destroy();
    await client.untilClosed();
    answer.resolve(['127.0.0.2']);
    await visit(connect(routeTo({ kind: 'tcp', host: '127.0.0.2', port })));
    assert.deepEqual([client.events, accepted.length], [['close'], 1]);
  });

  test('one of whose addresses swallows packets is reached at the next', LIMIT, async (t) => {
    const port = await blackHole(t, '127.0.0.2');
    const server = net.createServer((socket) => socket.write('220 hi\r\n')).listen(port, '127.0.0.3');
    await once(server, 'listening');
    t.after(() => server.close());
    const resolver = new FakeResolver({ 'mx.example.test': ['127.0.0.2', '127.0.0.3'] });
    const client = new TransportClient(connect(toName(port), { resolver }).open(0));
    client.react.data = () => {
      assert.equal(client.transport.remoteAddress, '127.0.0.3');
      client.transport.destroy();
    };
    await client.untilClosed();
    assert.deepEqual(client.events, ['connect', 'data', 'close']);
  });
});

describe('source addresses', () => {
  test('take turns, each family for itself, and every shard begins at another', () => {
    const given = ['127.0.0.2', '::1', '127.0.0.3', '127.0.0.4'];
    const turns = (shard: number) => {
      const sources = new SourceAddresses(given, shard);
      return [4, 6, 4, 4, 6, 4].map((family) => sources.next(family as 4 | 6));
    };
    assert.deepEqual(turns(0), ['127.0.0.2', '::1', '127.0.0.3', '127.0.0.4', '::1', '127.0.0.2']);
    assert.deepEqual(turns(1), ['127.0.0.3', '::1', '127.0.0.4', '127.0.0.2', '::1', '127.0.0.3']);
  });

  test('are what the server sees', LIMIT, async (t) => {
    const { port, accepted } = await serversOn(t, '127.0.0.9');
    const sourceAddresses = ['127.0.0.2', '127.0.0.3'];
    const user = connect(routeTo({ kind: 'tcp', host: '127.0.0.9', port }), { sourceAddresses, shard: 1 });
    for (let i = 0; i < 3; i++) await visit(user);
    const seen = accepted.map((line) => line.split(' ')[0]);
    assert.deepEqual(seen, ['127.0.0.3', '127.0.0.2', '127.0.0.3']);
  });

  test('are kept by each user where that is asked for, and users take turns', LIMIT, async (t) => {
    const { port, accepted } = await serversOn(t, '127.0.0.9');
    const sourceAddresses = ['127.0.0.2', '::1', '127.0.0.3'];
    const route = routeTo({ kind: 'tcp', host: '127.0.0.9', port });
    const connector = connectorTo(route, { sourceAddresses, keepsSource: true });
    for (const user of [connector.forUser(), connector.forUser(), connector.forUser()]) {
      await visit(user);
      await visit(user);
    }
    const seen = accepted.map((line) => line.split(' ')[0]);
    const [first, second] = ['127.0.0.2', '127.0.0.3'];
    assert.deepEqual(seen, [first, first, second, second, first, first]);
  });

  test('of one family skip the addresses of the other', LIMIT, async (t) => {
    const { port, accepted } = await serversOn(t, '127.0.0.9');
    const resolver = new FakeResolver({ mx: ['::1', '127.0.0.9'] });
    const route = routeTo({ kind: 'tcp', host: 'mx', port });
    await visit(connect(route, { resolver, sourceAddresses: ['127.0.0.2'] }));
    assert.deepEqual(accepted, ['127.0.0.2 127.0.0.9']);
  });

  test('none of which fits are a fault of the generator', LIMIT, async () => {
    const route = routeTo({ kind: 'tcp', host: '::1', port: 9 });
    const client = await visit(connect(route, { sourceAddresses: ['127.0.0.2'] }));
    assert.deepEqual(client.events, ['error', 'close']);
    assert.match(client.errorMessage, /none of client\.sourceAddresses is of the family of ::1/);
    assert.equal(causeOf(Object.assign(new Error(), { code: client.errorCode })), 'generator');
  });

  test('that are not ours are a fault of the generator that names them', LIMIT, async () => {
    // RFC 5737: nobody's.
    const route = routeTo({ kind: 'tcp', host: '127.0.0.1', port: 9 });
    const client = await visit(connect(route, { sourceAddresses: ['192.0.2.1'] }));
    assert.match(
      client.errorMessage,
      /^192\.0\.2\.1 in client\.sourceAddresses is not an address of this machine/,
    );
    assert.equal(client.errorCode, 'EADDRNOTAVAIL');
  });

  test('at fault do not send a session on to the next address', LIMIT, async (t) => {
    const { port, accepted } = await serversOn(t, '127.0.0.8', '127.0.0.9');
    const resolver = new FakeResolver({ mx: ['127.0.0.8', '127.0.0.9'] });
    const route = routeTo({ kind: 'tcp', host: 'mx', port });
    const client = await visit(connect(route, { resolver, sourceAddresses: ['192.0.2.1', '127.0.0.2'] }));
    assert.deepEqual([client.events, accepted], [['error', 'close'], []]);
  });
});

/** Below what systems choose themselves, at an address that no other test connects from. */
const PORTS = { min: 20_901, max: 20_904 };

describe('source ports', () => {
  const sourceAddresses = ['127.0.0.201'];

  test('take turns, and every shard begins at another', () => {
    const turns = (shard: number) => {
      const ports = new SourcePorts({ min: 7, max: 9 }, shard);
      return [1, 2, 3, 4].map(() => ports.next());
    };
    assert.deepEqual(turns(0), [7, 8, 9, 7]);
    assert.deepEqual(turns(2), [9, 7, 8, 9]);
  });

  test('are what the server sees, those that are taken passed over', LIMIT, async (t) => {
    await listenOn(t, sourceAddresses[0] ?? '', PORTS.min + 1);
    const { port, seen } = await portsSeen(t);
    const user = connect(routeTo({ kind: 'tcp', host: '127.0.0.9', port }), {
      sourceAddresses,
      sourcePorts: PORTS,
    });
    const clients = [await connected(user), await connected(user), await connected(user)];
    assert.deepEqual(seen, [PORTS.min, PORTS.min + 2, PORTS.min + 3]);
    const last = await visit(user);
    assert.equal(last.errorCode, 'EADDRINUSE');
    assert.match(last.errorMessage, /every port of client\.sourcePorts \(20901 to 20904\) is taken/);
    assert.equal(causeOf(Object.assign(new Error(), { code: last.errorCode })), 'generator');
    for (const client of clients) client.transport.destroy();
  });

  test('are not gone through where it is the server that refuses', LIMIT, async () => {
    const sourcePorts = { min: 20_911, max: 65_535 };
    const client = await visit(
      connect(routeTo({ kind: 'tcp', host: '127.0.0.9', port: await freePort() }), {
        sourceAddresses,
        sourcePorts,
      }),
    );
    assert.equal(client.errorCode, 'ECONNREFUSED');
    assert.match(client.errorMessage, /127\.0\.0\.201:20911/);
  });
});

async function listenOn(t: TestContext, address: string, port: number): Promise<void> {
  const server = net.createServer().listen(port, address);
  await once(server, 'listening');
  t.after(() => server.close());
}

/** A server on 127.0.0.9 that greets, and the port each client came from. */
async function portsSeen(
  t: TestContext,
): Promise<{ readonly port: number; readonly seen: (number | undefined)[] }> {
  const seen: (number | undefined)[] = [];
  const port = await freePort();
  const server = net.createServer((socket) => {
    seen.push(socket.remotePort);
    socket.on('error', () => {});
    socket.write('220 hi\r\n');
  });
  server.listen(port, '127.0.0.9');
  await once(server, 'listening');
  t.after(() => server.close());
  return { port, seen };
}

/** Connected and greeted, and still there. */
async function connected(user: ReturnType<typeof connect>): Promise<TransportClient> {
  const client = new TransportClient(user.open(0));
  await new Promise<void>((resolve) => {
    client.react.data = () => resolve();
  });
  return client;
}

/** A port on which the kernel drops every SYN: its queue is full and nobody accepts. */
async function blackHole(t: TestContext, address: string): Promise<number> {
  const script = `const s = require('node:net').createServer().listen({ host: '${address}', port: 0, backlog: 1 }, () => {
    require('node:fs').writeSync(1, s.address().port + '\\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(line.toString());
  const fillers = Array.from({ length: 4 }, () => net.connect(port, address).on('error', () => {}));
  t.after(() => {
    for (const filler of fillers) filler.destroy();
  });
  await once(fillers[0] as net.Socket, 'connect');
  await once(fillers[1] as net.Socket, 'connect');
  return port;
}
