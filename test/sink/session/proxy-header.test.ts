import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProxyHeaderReader, type ProxyHeaderResult } from '#src/sink/session/proxy-header.js';
import { proxyHeader } from '#src/smtp/proxy-header.js';

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n';
const ENDS = { local: { address: '127.0.0.1', port: 1 }, remote: { address: '127.0.0.1', port: 2 } };

/** The first answer that is not `more`, each chunk pushed alone. */
function read(chunks: readonly string[]): ProxyHeaderResult {
  const reader = new ProxyHeaderReader();
  let left = chunks.length;
  for (const chunk of chunks) {
    left--;
    const result = reader.push(Buffer.from(chunk, 'latin1'));
    if (result.kind === 'more') continue;
    const rest = chunks.slice(chunks.length - left).join('');
    return result.kind === 'header'
      ? { ...result, rest: Buffer.concat([result.rest, Buffer.from(rest, 'latin1')]) }
      : result;
  }
  return { kind: 'more' };
}

function versionTwo(head: string, body: string): string {
  return `${SIGNATURE}${head}${String.fromCharCode(body.length >> 8, body.length & 255)}${body}`;
}

function header(text: string): unknown {
  const result = read([text]);
  return result.kind === 'header'
    ? { ...result, kind: undefined, rest: result.rest.toString('latin1') }
    : result.kind;
}

function reply(version: 1 | 2, source: unknown, rest = 'EHLO') {
  return { kind: undefined, version, source, rest };
}

test('version 1 names the client', () => {
  const v4 = 'PROXY TCP4 192.0.2.1 198.51.100.9 40000 25\r\nEHLO';
  assert.deepEqual(header(v4), reply(1, { address: '192.0.2.1', port: 40_000 }));
  const v6 = 'PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\nEHLO';
  assert.deepEqual(header(v6), reply(1, { address: '2001:db8::1', port: 1 }));
});

test('version 1 UNKNOWN leaves the client who it is, whatever follows on the line', () => {
  assert.deepEqual(header('PROXY UNKNOWN\r\nEHLO'), reply(1, null));
  assert.deepEqual(header('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\nEHLO'), reply(1, null));
});

for (const [what, line] of [
  ['no header', 'EHLO client.example.test\r\n'],
  ['no addresses', 'PROXY TCP4\r\n'],
  ['an address of the other family', 'PROXY TCP4 ::1 ::1 1 2\r\n'],
  ['an unknown family', 'PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n'],
  ['a port that is none', 'PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n'],
  ['a port with a zero before it', 'PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n'],
  ['a word too many', 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n'],
  ['two spaces', 'PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n'],
  ['a line over 107 octets', `PROXY UNKNOWN ${'x'.repeat(92)}\r\n`],
  ['a line without end', 'PROXY '.padEnd(107, 'x')],
  ['version 3', versionTwo('\x31\x11', '\0'.repeat(12))],
  ['an unknown command', versionTwo('\x22\x11', '\0'.repeat(12))],
  ['an unknown family of version 2', versionTwo('\x21\x41', '\0'.repeat(12))],
  ['too few octets for its addresses', versionTwo('\x21\x21', '\0'.repeat(12))],
] as const) {
  test(`${what} is refused`, () => {
    assert.equal(read([line]).kind, 'invalid');
  });
}

test('the longest line of version 1 is read', () => {
  const line = `PROXY UNKNOWN ${'x'.repeat(91)}\r\n`;
  assert.equal(line.length, 107);
  assert.deepEqual(header(`${line}EHLO`), reply(1, null));
});

test('version 2 names an IPv4 client', () => {
  const body = '\xc0\x00\x02\x01\xc6\x33\x64\x09\x9c\x40\x00\x19';
  assert.deepEqual(
    header(`${versionTwo('\x21\x11', body)}EHLO`),
    reply(2, { address: '192.0.2.1', port: 40_000 }),
  );
});

test('version 2 skips what follows the addresses', () => {
  const body = '\xc0\x00\x02\x01\xc6\x33\x64\x09\x9c\x40\x00\x19\x03\x00\x04\x01\x02\x03\x04\x04\x00\x00';
  assert.deepEqual(
    header(`${versionTwo('\x21\x11', body)}EHLO`),
    reply(2, { address: '192.0.2.1', port: 40_000 }),
  );
});

for (const [octets, text] of [
  ['20010db8000000000000000000000001', '2001:db8::1'],
  ['20010db8000000010000000000000001', '2001:db8:0:1::1'],
  ['00000000000000000000000000000001', '::1'],
  ['00000000000000000000000000000000', '::'],
  ['20010db8000000000001000000000000', '2001:db8:0:0:1::'],
  ['20010db8000100020003000400050000', '2001:db8:1:2:3:4:5:0'],
  ['00000000000000000000ffffc0000201', '::ffff:192.0.2.1'],
] as const) {
  test(`version 2 names the IPv6 client ${text}`, () => {
    const body = `${Buffer.from(octets, 'hex').toString('latin1')}${'\0'.repeat(16)}\x00\x07\x00\x19`;
    assert.deepEqual(header(`${versionTwo('\x21\x21', body)}EHLO`), reply(2, { address: text, port: 7 }));
  });
}

test('version 2 LOCAL, without a family and of Unix sockets leaves the client who it is', () => {
  for (const bytes of [
    versionTwo('\x20\x00', ''),
    versionTwo('\x20\x11', '\0'.repeat(12)),
    versionTwo('\x21\x00', 'anything'),
    versionTwo('\x21\x31', 'x'.repeat(216)),
  ]) {
    assert.deepEqual(header(`${bytes}EHLO`), reply(2, null));
  }
});

test('what our own client writes is read, in any chunking', () => {
  const octet = fc.nat(255);
  const v4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'));
  const group = fc.integer({ min: 1, max: 0xffff }).map((value) => value.toString(16));
  const v6 = fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(':'));
  const cuts = fc.array(fc.nat(80), { maxLength: 6 });
  const anything = fc.constantFrom('', 'E', 'EHLO x\r\n', 'PROXY ', SIGNATURE);
  fc.assert(
    fc.property(
      fc.constantFrom(1 as const, 2 as const),
      fc.oneof(v4, v6),
      fc.nat(65_535),
      cuts,
      anything,
      (version, address, port, at, rest) => {
        const isV6 = address.includes(':');
        const source = isV6 ? `[${address}]:${port}` : `${address}:${port}`;
        const destination = isV6 ? '[2001:db8::2]:25' : '198.51.100.9:25';
        const written = proxyHeader({ version, isLocal: false, source, destination }, ENDS);
        const result = read(chunk(written + rest, at));
        assert.ok(result.kind === 'header');
        assert.deepEqual(
          [result.version, result.source, result.rest.toString('latin1')],
          [version, { address, port }, rest],
        );
      },
    ),
  );
});

test('a header that is not complete is waited for, never guessed', () => {
  const whole = versionTwo('\x21\x11', '\0'.repeat(12));
  for (const text of [whole, 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n']) {
    for (let length = 0; length < text.length; length++) {
      assert.equal(read([...text.slice(0, length)]).kind, 'more', `after ${length} octets`);
    }
    assert.equal(read([...text]).kind, 'header');
  }
});

test('any bytes give an answer', () => {
  const start = fc.constantFrom('', 'PROXY ', 'PROXY TCP4 ', SIGNATURE, `${SIGNATURE}\x21\x11\x00\x0c`);
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 300 }), (prefix, bytes) => {
      const text = prefix + Buffer.from(bytes).toString('latin1');
      const { kind } = read([...text]);
      assert.equal(kind, read([text]).kind);
    }),
  );
});

/** Cut at these places, in order. */
function chunk(text: string, at: readonly number[]): string[] {
  const places = [0, ...[...at].sort((a, b) => a - b), text.length];
  return places.slice(1).map((end, i) => text.slice(places[i], end));
}
