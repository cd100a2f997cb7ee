import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Ends, proxyHeader } from '#src/smtp/proxy-header.js';
import type { ProxyHeaderOptions } from '#src/smtp/session-options.js';

const V4: Ends = {
  local: { address: '192.0.2.1', port: 4711 },
  remote: { address: '198.51.100.25', port: 25 },
};
const V6: Ends = { local: { address: '2001:db8::1', port: 4711 }, remote: { address: '::1', port: 25 } };
const UNIX: Ends = { local: { address: '', port: 0 }, remote: { address: '', port: 0 } };
const SIGNATURE = '0d0a0d0a000d0a515549540a';

function header(options: Partial<ProxyHeaderOptions>, ends = V4): string {
  return proxyHeader({ version: 1, source: null, destination: null, isLocal: false, ...options }, ends);
}

/** In hexadecimal, behind the signature. */
function second(options: Partial<ProxyHeaderOptions>, ends = V4): string {
  const hex = Buffer.from(header({ version: 2, ...options }, ends), 'latin1').toString('hex');
  assert.equal(hex.slice(0, 24), SIGNATURE);
  return hex.slice(24);
}

describe('version 1', () => {
  test('says both ends of an IPv4 connection', () => {
    assert.equal(header({}), 'PROXY TCP4 192.0.2.1 198.51.100.25 4711 25\r\n');
  });

  test('says both ends of an IPv6 connection', () => {
    assert.equal(header({}, V6), 'PROXY TCP6 2001:db8:0:0:0:0:0:1 0:0:0:0:0:0:0:1 4711 25\r\n');
  });

  test('says what it is told instead', () => {
    assert.equal(
      header({ source: '203.0.113.7:1', destination: '203.0.113.8:65535' }),
      'PROXY TCP4 203.0.113.7 203.0.113.8 1 65535\r\n',
    );
    assert.equal(
      header({ source: '[fe80::7%eth0]:1', destination: '[::]:2' }),
      'PROXY TCP6 fe80:0:0:0:0:0:0:7 0:0:0:0:0:0:0:0 1 2\r\n',
    );
  });

  test('maps IPv4 where the other end is IPv6', () => {
    assert.equal(
      header({ source: '[2001:db8::7]:1' }),
      'PROXY TCP6 2001:db8:0:0:0:0:0:7 0:0:0:0:0:ffff:c633:6419 1 25\r\n',
    );
    assert.equal(
      header({ destination: '[::ffff:198.51.100.25]:25' }),
      'PROXY TCP6 0:0:0:0:0:ffff:c000:201 0:0:0:0:0:ffff:c633:6419 4711 25\r\n',
    );
  });

  test('is UNKNOWN for a Unix socket, for LOCAL, and for what is no address with a port', () => {
    assert.equal(header({}, UNIX), 'PROXY UNKNOWN\r\n');
    assert.equal(header({ isLocal: true }), 'PROXY UNKNOWN\r\n');
    const wrong = ['192.0.2.1', '192.0.2:1', '192.0.2.256:1', '192.0.2.1:65536', '2001:db8::1:25', 'host:25'];
    const wrongV6 = ['[1::2::3]:1', '[1:2:3:4:5:6:7]:1', '[1:2:3:4:5:6:7:8:9]:1', '[12345::]:1', '[::g]:1'];
    const wrongTails = ['[::1.2.3]:1', '[::1.2.3.256]:1', '[1:2:3:4:5:6:7::8]:1', '[:1:2:3:4:5:6:7]:1'];
    for (const source of [...wrong, ...wrongV6, ...wrongTails])
      assert.equal(header({ source }), 'PROXY UNKNOWN\r\n', source);
  });

  test('is never longer than the 107 octets that receivers read', () => {
    const long = '[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535';
    assert.equal(header({ source: long, destination: long }).length, 104);
  });
});

describe('version 2', () => {
  test('says both ends of an IPv4 connection in 12 octets', () => {
    assert.equal(second({}), `2111000c${'c0000201'}${'c6336419'}${'1267'}${'0019'}`);
  });

  test('says both ends of an IPv6 connection in 36 octets', () => {
    const source = '20010db8000000000000000000000001';
    const destination = '00000000000000000000000000000001';
    assert.equal(second({}, V6), `21210024${source}${destination}12670019`);
  });

  test('maps IPv4 where the other end is IPv6', () => {
    const source = '00000000000000000000ffffc0000201';
    const destination = '20010db8000000000000000000000002';
    assert.equal(second({ destination: '[2001:db8::2]:25' }), `21210024${source}${destination}12670019`);
  });

  test('has no address for a Unix socket, nor for LOCAL', () => {
    assert.equal(second({}, UNIX), '21000000');
    assert.equal(second({ isLocal: true }), '20000000');
  });
});
