import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import {
  isSameAddress,
  reverseNameOf,
  serverLookup,
  unmapped,
  zoneLookup,
  zoneSchema,
} from '#src/sink/authentication/names.js';

const ZONE = zoneSchema.parse({
  'Example.test': { TXT: ['one', 'two'], MX: '10 mx.example.test', A: '192.0.2.1' },
  '192.0.2.1': { PTR: 'mail.example.test' },
  '2001:db8::1': { PTR: 'six.example.test' },
});

test('records written down are answered as node:dns would', async () => {
  const lookup = zoneLookup(ZONE);
  assert.deepEqual(await lookup('example.TEST.', 'TXT'), [['one'], ['two']]);
  assert.deepEqual(await lookup('example.test', 'MX'), [{ priority: 10, exchange: 'mx.example.test' }]);
  assert.deepEqual(await lookup('example.test', 'A'), ['192.0.2.1']);
});

test('an absent name is ENOTFOUND, an absent record ENODATA', async () => {
  const lookup = zoneLookup(ZONE);
  await assert.rejects(lookup('other.test', 'A'), { code: 'ENOTFOUND' });
  await assert.rejects(lookup('example.test', 'AAAA'), { code: 'ENODATA' });
});

test('an address in a zone stands for its name in the reverse tree', async () => {
  const lookup = zoneLookup(ZONE);
  assert.equal(reverseNameOf('192.0.2.1'), '1.2.0.192.in-addr.arpa');
  assert.deepEqual(await lookup('1.2.0.192.in-addr.arpa', 'PTR'), ['mail.example.test']);
  const six = `1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`;
  assert.equal(reverseNameOf('2001:0db8:0::0001'), six);
  assert.deepEqual(await lookup(six, 'PTR'), ['six.example.test']);
});

test('two spellings of an address are the same, two addresses are not', () => {
  assert.ok(isSameAddress('2001:db8::1', '2001:0DB8:0:0:0:0:0:1'));
  assert.ok(!isSameAddress('2001:db8::1', '2001:db8::2'));
  assert.ok(!isSameAddress('192.0.2.1', '192.0.2.2'));
  assert.equal(unmapped('::ffff:192.0.2.1'), '192.0.2.1');
});

test('a zone with an unknown type or an empty record is refused', () => {
  assert.ok(!zoneSchema.safeParse({ 'a.test': { SOA: 'x' } }).success);
  assert.ok(!zoneSchema.safeParse({ 'a.test': { TXT: '' } }).success);
});

/** Answers every query with one A record, 192.0.2.7, and counts. */
async function nameServer(t: TestContext): Promise<{ address: string; queries: () => number }> {
  let queries = 0;
  const socket = createSocket('udp4', (query, from) => {
    queries++;
    const question = query.subarray(12, query.indexOf(0, 12) + 5);
    const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
    socket.send(Buffer.concat([header, question, answer]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  t.after(() => socket.close());
  return { address: `127.0.0.1:${(socket.address() as AddressInfo).port}`, queries: () => queries };
}

test('a configured server is asked, and once a minute for the same name', async (t) => {
  const { address, queries } = await nameServer(t);
  let nowMs = 0;
  const lookup = serverLookup(address, () => nowMs);
  assert.deepEqual(await lookup('mail.example.test', 'A'), ['192.0.2.7']);
  assert.deepEqual(await lookup('MAIL.example.test', 'A'), ['192.0.2.7']);
  assert.equal(queries(), 1);
  nowMs = 60_000;
  await lookup('mail.example.test', 'A');
  assert.equal(queries(), 2);
});

test('what is no address of a server is refused', () => {
  assert.throws(() => serverLookup('dns.example.test', () => 0));
});
