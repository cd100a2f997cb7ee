import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { classOfFailure } from '#src/smtp/failure.js';
import { causeOf, explained, mayTryNext, messageOf, ResolveError } from '#src/smtp/system-error.js';

const HERE = { address: '127.0.0.1', port: 25, localAddress: null, localPort: null };
const BOUND = { ...HERE, localAddress: '127.0.0.2' };
const IPV6 = { ...HERE, address: '::1' };

function systemError(code: string, syscall = 'connect'): NodeJS.ErrnoException {
  return Object.assign(new Error(`${syscall} ${code} 127.0.0.1:25`), { code, syscall });
}

describe('the cause of a system error', () => {
  for (const [code, cause] of [
    ['ECONNREFUSED', 'refused'],
    ['ECONNRESET', 'reset'],
    ['EPIPE', 'reset'],
    ['ETIMEDOUT', 'timeout'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ENETUNREACH', 'unreachable'],
    ['ENOENT', 'unreachable'],
    ['EACCES', 'unreachable'],
    ['EADDRINUSE', 'generator'],
    ['EADDRNOTAVAIL', 'generator'],
    ['EMFILE', 'generator'],
    ['ENOBUFS', 'generator'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'tls'],
    ['EISDIR', 'io'],
    ['constructor', 'io'],
  ] as const) {
    test(`${code} is ${cause}`, () => assert.equal(causeOf(systemError(code)), cause));
  }

  test('a look-up that failed is resolve, of class routing, even when the name server refused the connection', () => {
    const cause = causeOf(new ResolveError('ECONNREFUSED', 'no address of mx.example.test'));
    assert.deepEqual([cause, classOfFailure(cause)], ['resolve', 'routing']);
  });
});

describe('the next address', () => {
  for (const code of ['ECONNREFUSED', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNRESET']) {
    test(`is tried after ${code}`, () => assert.equal(mayTryNext(systemError(code), HERE), true));
  }

  for (const code of ['EADDRNOTAVAIL', 'EADDRINUSE', 'EMFILE']) {
    test(`is not tried after ${code}, which is our own fault`, () =>
      assert.equal(mayTryNext(systemError(code), HERE), false));
  }

  test('is tried where an IPv6 address is not available, because there may be no IPv6', () => {
    assert.equal(mayTryNext(systemError('EADDRNOTAVAIL'), IPV6), true);
    assert.equal(mayTryNext(systemError('EMFILE'), IPV6), false);
  });
});

describe('a fault of ours says what to do', () => {
  for (const [name, error, attempt, pattern] of [
    [
      'ports of a source used up',
      systemError('EADDRINUSE'),
      BOUND,
      /^no free local port from 127\.0\.0\.2: add/,
    ],
    ['ports used up', systemError('EADDRNOTAVAIL'), HERE, /^no free local port to 127\.0\.0\.1:25: add/],
    [
      'a source that is not ours',
      systemError('EADDRNOTAVAIL', 'bind'),
      BOUND,
      /^127\.0\.0\.2 in client\.sourceAddresses is not/,
    ],
    ['no IPv6', systemError('EADDRNOTAVAIL'), IPV6, /no IPv6/],
    ['no file descriptor', systemError('EMFILE'), HERE, /^no free file descriptor/],
  ] as const) {
    test(name, () => {
      const { message } = explained(error, attempt);
      assert.match(message, pattern);
      // The system's own words stay.
      assert.match(message, new RegExp(error.code as string));
    });
  }

  test('any other error is left as it is', () => {
    assert.equal(explained(systemError('ECONNREFUSED'), HERE).message, 'connect ECONNREFUSED 127.0.0.1:25');
  });
});

test('of an error of OpenSSL only the reason is told', () => {
  const line =
    'C0B6A1:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/openssl/ssl/record.c:355:\n';
  assert.equal(messageOf(new Error(line)), 'wrong version number');
  assert.equal(messageOf(systemError('ECONNREFUSED')), 'connect ECONNREFUSED 127.0.0.1:25');
});
