import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oauthBearer, xoauth2 } from '#src/smtp/sasl/oauth.js';

const error = Buffer.from('{"status":"401","schemes":"bearer"}');

test('XOAUTH2 says the example that Google documents', () => {
  const said =
    'dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==';
  const mechanism = xoauth2({
    user: 'someuser@example.com',
    pass: 'ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg',
    authzid: '',
  });
  assert.equal(Buffer.from(mechanism.first ?? '').toString('base64'), said);
});

test('OAUTHBEARER says the example of RFC 7628 §4.1 but for host and port', () => {
  const said =
    'bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB';
  const decoded = Buffer.from(said, 'base64').toString();
  const mechanism = oauthBearer({
    user: 'user@example.com',
    pass: 'vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==',
    authzid: '',
  });
  assert.equal(mechanism.first, decoded.replace(/host=[^\x01]*\x01port=\d+\x01/, ''));
});

test('OAUTHBEARER names whom to act as, or nobody, and quotes what GS2 needs', () => {
  const gs2 = (user: string, authzid: string) =>
    oauthBearer({ user, pass: 't', authzid }).first?.toString().split('\x01')[0];
  assert.equal(gs2('a', 'b'), 'n,a=b,');
  assert.equal(gs2('', ''), 'n,,');
  assert.equal(gs2('a,b=c', ''), 'n,a=a=2Cb=3Dc,');
});

test('a failure told as a challenge gets its dummy answer, once', () => {
  const one = xoauth2({ user: 'u', pass: 't', authzid: '' });
  assert.deepEqual([one.respond(error), one.respond(error)], ['', null]);
  const other = oauthBearer({ user: 'u', pass: 't', authzid: '' });
  assert.deepEqual([other.respond(error), other.respond(error)], ['\x01', null]);
});
