import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DnsOptions } from '#src/scenario/scenario.js';
import { createResolver, familyOf } from '#src/smtp/resolver.js';
import { causeOf } from '#src/smtp/system-error.js';

/** Nothing answers there. */
const DEAF = { lookup: 'once', family: 'any', servers: ['127.0.0.1:1'] } as const;

function resolver(options: Partial<DnsOptions> = {}) {
  return createResolver({ ...DEAF, ...options });
}

test('the family of an address is that of its notation, and names have none', () => {
  assert.deepEqual(['127.0.0.1', '::1', 'localhost', '127.0.0', '[::1]'].map(familyOf), [4, 6, 0, 0, 0]);
});

describe('localhost', () => {
  for (const [family, expected] of [
    ['any', ['127.0.0.1', '::1']],
    ['ipv4', ['127.0.0.1']],
    ['ipv6', ['::1']],
  ] as const) {
    test(`is local without asking a server, family ${family}`, async () => {
      for (const name of ['localhost', 'LOCALHOST.', 'mx.localhost']) {
        assert.deepEqual(await resolver({ family }).addressesOf(name), expected);
      }
    });
  }

  test('is what the system says where no servers are given', async () => {
    const addresses = await resolver({ servers: [], family: 'ipv4' }).addressesOf('localhost');
    assert.deepEqual(addresses, ['127.0.0.1']);
  });

  test('is its own mail exchanger', async () => {
    assert.deepEqual(await resolver().exchangersOf('localhost'), []);
  });
});

test('a name server that refuses connections is a failure to resolve, not a server that refuses', async () => {
  for (const ask of ['addressesOf', 'exchangersOf'] as const) {
    await assert.rejects(resolver()[ask]('example.test'), (error: NodeJS.ErrnoException) => {
      assert.equal(causeOf(error), 'resolve');
      assert.match(error.message, /of example\.test: /);
      return true;
    });
  }
});
