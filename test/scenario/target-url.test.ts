import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ParsedTarget, parseTargetUrl } from '#src/scenario/target-url.js';

function parsed(text: string): ParsedTarget {
  const target = parseTargetUrl(text);
  if ('code' in target) throw new Error(target.message);
  return target;
}

function code(text: string): string | undefined {
  const target = parseTargetUrl(text);
  return 'code' in target ? target.code : undefined;
}

test('each scheme has its protocol and default port', () => {
  const address = (text: string) => [parsed(text).protocol, parsed(text).address];
  assert.deepEqual(address('smtp://h'), ['smtp', { kind: 'tcp', host: 'h', port: 25 }]);
  assert.deepEqual(address('smtps://h'), ['smtp', { kind: 'tcp', host: 'h', port: 465 }]);
  assert.deepEqual(address('lmtp://h'), ['lmtp', { kind: 'tcp', host: 'h', port: 24 }]);
  assert.deepEqual(address('smtp://127.0.0.1:2525/'), [
    'smtp',
    { kind: 'tcp', host: '127.0.0.1', port: 2525 },
  ]);
  assert.deepEqual(address('smtp+unix:///run/x.sock'), ['smtp', { kind: 'unix', path: '/run/x.sock' }]);
  assert.deepEqual(address('lmtp+unix:///a%20b'), ['lmtp', { kind: 'unix', path: '/a b' }]);
});

test('a program has an absolute path and arguments, and nothing else', () => {
  const { protocol, address } = parsed('lmtp+exec:///usr/sbin/a%20b?arg=-bs&arg=%24%28x%29');
  assert.deepEqual(
    [protocol, address],
    ['lmtp', { kind: 'exec', program: '/usr/sbin/a b', args: ['-bs', '$(x)'] }],
  );
  for (const bad of [
    'smtp+exec://host/x',
    'smtp+exec:///',
    'smtp+exec:///x?y=1',
    'smtp+exec:///x#y',
    'smtp+exec:///x%00',
  ])
    assert.equal(code(bad), 'SCENARIO_TARGET_URL', bad);
});

test('IPv6 literals lose their brackets in the address and keep them in the URL', () => {
  assert.deepEqual(parsed('smtp://[::1]:2525').address, { kind: 'tcp', host: '::1', port: 2525 });
  assert.equal(parsed('smtp://[::1]:2525').url, 'smtp://[::1]:2525');
});

test('embedded waits for its port', () => {
  const { isEmbedded, address } = parsed('embedded');
  assert.deepEqual([isEmbedded, address], [true, { kind: 'tcp', host: '127.0.0.1', port: 0 }]);
});

test('credentials are taken out of the URL and decoded', () => {
  const { url, credentials } = parsed('smtp://alice%40x:p%3Aw%2F@127.0.0.1:25');
  assert.deepEqual(credentials, { user: 'alice@x', pass: 'p:w/' });
  assert.equal(url, 'smtp://127.0.0.1:25');
});

test('LMTP on port 25 is refused', () => {
  assert.equal(code('lmtp://127.0.0.1:25'), 'SCENARIO_TARGET_LMTP_PORT');
});

test('half of the credentials is refused', () => {
  assert.equal(code('smtp://alice@h'), 'SCENARIO_AUTH_CONTRADICTION');
  assert.equal(code('smtp://:pw@h'), 'SCENARIO_AUTH_CONTRADICTION');
});

test('what is no address of a mail server is refused', () => {
  const texts = [
    '',
    'smtp://',
    'smtp:h',
    'http://h',
    'smtp://h:0',
    'smtp://h:65536',
    'smtp://h/path',
    'smtp://h?x=1',
    'smtp://h#x',
    'smtp://a b',
    'smtp://[::zz]',
    'smtp://h%00x',
    'smtp://u:%ff@h',
    'smtp+unix://run/x',
    'smtp+unix:///',
    `smtp+unix:///${'x'.repeat(200)}`,
    'smtp+unix:///a%00b',
    'SMTP://h',
  ];
  for (const text of texts) assert.equal(code(text), 'SCENARIO_TARGET_URL', text);
});

test('a host without a scheme is told how to write it', () => {
  const hint = (text: string) => {
    const target = parseTargetUrl(text);
    return 'code' in target ? target.hint : undefined;
  };
  assert.equal(hint('127.0.0.1:2525'), 'Write smtp://127.0.0.1:2525.');
  assert.equal(hint('localhost:25'), 'Write smtp://localhost:25.');
  assert.equal(hint('stmp://h'), 'Did you mean `smtp`?');
});
