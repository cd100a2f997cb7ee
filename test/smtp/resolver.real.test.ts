/** The resolver, and where sessions go, against a dnsmasq that knows what the test tells it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import type { MetricAccumulator } from '#src/metrics/accumulator.js';
import type { DnsOptions, TargetAddress } from '#src/scenario/scenario.js';
import { createConnector } from '#src/smtp/connector.js';
import { createResolver } from '#src/smtp/resolver.js';
import type { ResolveError } from '#src/smtp/system-error.js';
import { freePort } from '../free-port.js';
import { type Dnsmasq, startDnsmasq } from '../servers/dnsmasq.js';
import { requireProgram } from '../servers/require-program.js';
import { runShards, scenarioOf, totalOf } from '../shard/shard-rig.js';
import { tlsOptions } from './options.js';
import { TransportClient } from './transport-client.js';

const LIMIT = { timeout: 30_000 };
/** RFC 7505: preference 0, the root. */
const NULL_MX = '15,000000';
const RECORDS = [
  'host-record=both.test,127.0.0.2,::1',
  'host-record=best.test,127.0.0.3',
  'host-record=backup.test,127.0.0.4',
  'mx-host=example.test,backup.test,20',
  'mx-host=example.test,best.test,10',
  'host-record=plain.test,127.0.0.5',
  `dns-rr=null.test,${NULL_MX}`,
  'host-record=null.test,127.0.0.6',
  'mx-host=lost.test,nowhere.test,10',
];

async function nameServer(t: TestContext): Promise<Dnsmasq | undefined> {
  if (requireProgram(t, 'dnsmasq') === undefined) return undefined;
  const dnsmasq = await startDnsmasq(RECORDS);
  t.after(() => dnsmasq.stop());
  return dnsmasq;
}

function dnsOptions({ server }: Dnsmasq, options: Partial<DnsOptions> = {}): DnsOptions {
  return { lookup: 'once', family: 'any', servers: [server], ...options };
}

async function codeOf(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => 'an answer',
    ({ code }: ResolveError) => code,
  );
}

describe('addresses', () => {
  test('are those of the families wanted, IPv4 first', LIMIT, async (t) => {
    const dnsmasq = await nameServer(t);
    if (dnsmasq === undefined) return;
    const found = (family: DnsOptions['family'], name: string) =>
      createResolver(dnsOptions(dnsmasq, { family })).addressesOf(name);
    assert.deepEqual(await found('any', 'both.test'), ['127.0.0.2', '::1']);
    assert.deepEqual(await found('ipv4', 'both.test'), ['127.0.0.2']);
    assert.deepEqual(await found('ipv6', 'both.test'), ['::1']);
    assert.deepEqual(await found('any', 'best.test'), ['127.0.0.3']);
    assert.equal(await codeOf(found('ipv6', 'best.test')), 'ENODATA');
    assert.equal(await codeOf(found('any', 'nowhere.test')), 'ENOTFOUND');
  });

  test('are looked up once, also when many ask at the same time', LIMIT, async (t) => {
    const dnsmasq = await nameServer(t);
    if (dnsmasq === undefined) return;
    const { addressesOf } = createResolver(dnsOptions(dnsmasq));
    await Promise.all(Array.from({ length: 50 }, () => addressesOf('both.test')));
    await addressesOf('both.test');
    assert.deepEqual((await dnsmasq.queries()).sort(), ['A both.test', 'AAAA both.test']);
  });

  test('are looked up for every session when that is asked', LIMIT, async (t) => {
    const dnsmasq = await nameServer(t);
    if (dnsmasq === undefined) return;
    const { addressesOf } = createResolver(dnsOptions(dnsmasq, { lookup: 'session', family: 'ipv4' }));
    for (let i = 0; i < 5; i++) await addressesOf('both.test');
    assert.deepEqual(
      await dnsmasq.queries(),
      Array.from({ length: 5 }, () => 'A both.test'),
    );
  });

  test('that were not found are looked up again', LIMIT, async (t) => {
    const dnsmasq = await nameServer(t);
    if (dnsmasq === undefined) return;
    const { addressesOf } = createResolver(dnsOptions(dnsmasq, { family: 'ipv4' }));
    for (let i = 0; i < 3; i++) assert.equal(await codeOf(addressesOf('nowhere.test')), 'ENOTFOUND');
    assert.equal((await dnsmasq.queries()).length, 3);
  });
});

describe('exchangers', () => {
  test('are those of the MX records; none where there are addresses only', LIMIT, async (t) => {
    const dnsmasq = await nameServer(t);
    if (dnsmasq === undefined) return;
    const { exchangersOf } = createResolver(dnsOptions(dnsmasq));
    const found = [...(await exchangersOf('example.test'))].sort((a, b) => a.preference - b.preference);
    assert.deepEqual(found, [
      { host: 'best.test', preference: 10 },
      { host: 'backup.test', preference: 20 },
    ]);
    assert.deepEqual(await exchangersOf('plain.test'), []);
  });

  test('of a null MX, and of a domain that does not exist, are failures', LIMIT, async (t) => {
    const dnsmasq = await nameServer(t);
    if (dnsmasq === undefined) return;
    const { exchangersOf } = createResolver(dnsOptions(dnsmasq));
    assert.equal(await codeOf(exchangersOf('null.test')), 'NULLMX');
    assert.equal(await codeOf(exchangersOf('nowhere.test')), 'ENOTFOUND');
  });
});

describe('a session', () => {
  /** Servers on one port of these addresses; where a session to the domain ends up. */
  async function visit(t: TestContext, dnsmasq: Dnsmasq, domain: string, ...addresses: string[]) {
    const port = await freePort();
    for (const address of addresses) {
      const server = net.createServer((socket) => socket.end('220 hi\r\n')).listen(port, address);
      await once(server, 'listening');
      t.after(() => server.close());
    }
    const routes = [{ address: { kind: 'mx', domain, port } as TargetAddress, weight: 1 }];
    const target = { routes, dns: dnsOptions(dnsmasq), tls: tlsOptions() };
    const client = { sourceAddresses: [], sourcePorts: null, proxy: null, abandon: null, connectMs: 5_000 };
    const visitor = new TransportClient(createConnector({ target, client, shard: 0 }).forUser().open(0));
    let reached = '';
    visitor.react.connect = () => {
      reached = visitor.transport.remoteAddress;
    };
    await visitor.untilClosed();
    return { reached, error: visitor.errorCode };
  }

  for (const [name, domain, addresses, reached, error] of [
    ['goes to the best exchanger', 'example.test', ['127.0.0.3', '127.0.0.4'], '127.0.0.3', ''],
    ['goes to the next where the best refuses', 'example.test', ['127.0.0.4'], '127.0.0.4', ''],
    ['goes to the domain where there is no MX', 'plain.test', ['127.0.0.5'], '127.0.0.5', ''],
    ['goes nowhere where there is a null MX', 'null.test', ['127.0.0.6'], '', 'NULLMX'],
    ['goes nowhere where the exchanger has no address', 'lost.test', ['127.0.0.3'], '', 'ENOTFOUND'],
  ] as const) {
    test(name, LIMIT, async (t) => {
      const dnsmasq = await nameServer(t);
      if (dnsmasq === undefined) return;
      assert.deepEqual(await visit(t, dnsmasq, domain, ...addresses), { reached, error });
    });
  }
});

test('a domain whose best exchanger refuses is counted where its sessions went', LIMIT, async (t) => {
  const dnsmasq = await nameServer(t);
  if (dnsmasq === undefined) return;
  const server = new SMTPServer({ authOptional: true, disabledCommands: ['STARTTLS'], logger: false });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.4', resolve));
  t.after(() => new Promise<void>((resolve) => server.close(resolve)));
  const total = await runTo(dnsmasq, { kind: 'mx', domain: 'example.test', port });
  assert.equal(total.counts.accepted, 3);
  assert.equal(total.select(`smtp_connections{address:127.0.0.4,port:${port}}`, 1)?.n, 1);
  total.destroy();
});

for (const [domain, sample] of [
  ['null.test', /null\.test takes no mail: it has a null MX/],
  ['nowhere.test', /no mail exchangers of nowhere\.test/],
] as const) {
  test(`messages to ${domain} fail to connect, cause resolve, class routing`, LIMIT, async (t) => {
    const dnsmasq = await nameServer(t);
    if (dnsmasq === undefined) return;
    const total = await runTo(dnsmasq, { kind: 'mx', domain, port: 25 });
    const [row] = total.outcomes;
    assert.equal(total.counts.failed, 3);
    assert.deepEqual([row?.phase, row?.cause, row?.class, row?.count], ['connect', 'resolve', 'routing', 3]);
    assert.match(row?.sample ?? '', sample);
    total.destroy();
  });
}

/** Three messages of one VU. */
async function runTo(dnsmasq: Dnsmasq, address: TargetAddress): Promise<MetricAccumulator> {
  const executor = { executor: 'shared-iterations', vus: 1, iterations: 3, maxDurationMs: 20_000 } as const;
  const common = { startTimeMs: 0, gracefulStopMs: 0, warmupMs: 0, iteration: 'message', tags: {} } as const;
  const target = { routes: [{ address, weight: 1 }], dns: dnsOptions(dnsmasq) };
  const client = { messagesPerSession: { min: 3, max: 3 } };
  const scenario = scenarioOf({ one: { ...executor, ...common } }, { port: 25, target, client });
  return totalOf((await runShards(scenario)).snapshots);
}
