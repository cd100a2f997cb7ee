import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuthentication } from '#src/sink/authentication/authentication.js';
import type { Zone } from '#src/sink/authentication/names.js';
import type { AuthenticationResults } from '#src/sink/authentication/results.js';
import type { SinkEvent } from '#src/sink/event.js';
import { freePort } from '#test/free-port.js';
import { dkimKeyAt, plainMail, signedMail } from '../signed-mail.js';

const ZONE: Zone = {
  'a.test': { TXT: 'v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all' },
  'soft.test': { TXT: 'v=spf1 ~all' },
  '_dmarc.a.test': { TXT: 'v=DMARC1; p=reject' },
  ...dkimKeyAt('a.test'),
  ...dkimKeyAt('esp.test'),
  '192.0.2.1': { PTR: 'mail.a.test' },
  '192.0.2.2': { PTR: 'mail.a.test' },
  '2001:db8::1': { PTR: 'mail.a.test' },
  'mail.a.test': { A: '192.0.2.1', AAAA: '2001:db8:0::1', TXT: 'v=spf1 a -all' },
};

function event(changes: Partial<SinkEvent>): SinkEvent {
  return {
    verb: 'CONTENT',
    session: 's',
    peer: '192.0.2.1',
    helo: 'mail.a.test',
    isTls: false,
    user: '',
    from: 'sender@a.test',
    recipients: [],
    recipient: null,
    argument: '',
    sizeBytes: 0,
    message: plainMail('sender@a.test'),
    stamp: null,
    nowMs: 0,
    ...changes,
  };
}

function results(changes: Partial<SinkEvent>, zone: Zone = ZONE): Promise<AuthenticationResults> {
  return createAuthentication({ dns: null, zone }, () => 0)(event(changes));
}

test('of many names of one address ten are tried', async () => {
  const namesOf = (count: number) => Array.from({ length: count }, (_, nth) => `n${nth}.a.test`);
  for (const [count, ptr] of [
    [10, 'pass'],
    [11, 'fail'],
  ] as const) {
    const last = `n${count - 1}.a.test`;
    const zone: Zone = { '192.0.2.9': { PTR: namesOf(count) }, [last]: { A: '192.0.2.9' } };
    assert.equal((await results({ peer: '192.0.2.9', from: null, message: null }, zone)).ptr, ptr);
  }
});

test('before MAIL only the name of the client is known', async () => {
  const NONE = { spf: 'none', dkim: 'none', dmarc: 'none', policy: 'none', arc: 'none' };
  assert.deepEqual(await results({ verb: 'EHLO', from: null, message: null }), { ...NONE, ptr: 'pass' });
  assert.deepEqual(await results({ verb: 'MAIL', message: null }), { ...NONE, spf: 'pass', ptr: 'pass' });
});

test('a signed message from its own host passes everything', async () => {
  assert.deepEqual(await results({ message: await signedMail('sender@a.test', 'a.test') }), {
    spf: 'pass',
    dkim: 'pass',
    dmarc: 'pass',
    policy: 'reject',
    arc: 'none',
    ptr: 'pass',
  });
});

test('without zone and server nothing is looked up and nothing is known', async () => {
  const provider = createAuthentication({ dns: null, zone: null }, () => 0);
  const none = { spf: 'none', dkim: 'none', dmarc: 'none', policy: 'none', arc: 'none', ptr: 'none' };
  assert.deepEqual(await provider(event({ message: await signedMail('sender@a.test', 'a.test') })), none);
});

test('SPF is known at MAIL, of the HELO name for the null reverse-path', async () => {
  const at = async (changes: Partial<SinkEvent>) =>
    (await results({ verb: 'MAIL', message: null, ...changes })).spf;
  assert.equal(await at({}), 'pass');
  assert.equal(await at({ peer: '::ffff:192.0.2.1' }), 'pass');
  assert.equal(await at({ peer: '2001:db8::1' }), 'pass');
  assert.equal(await at({ peer: '192.0.2.9' }), 'fail');
  assert.equal(await at({ from: 'x@soft.test' }), 'softfail');
  assert.equal(await at({ from: 'x@nothing.test' }), 'none');
  assert.equal(await at({ from: '' }), 'pass');
  assert.equal(await at({ from: '', helo: 'other.test' }), 'none');
});

test('the reverse tree: a name that leads back passes, another fails, none is permerror', async () => {
  const at = async (peer: string) =>
    (await results({ verb: 'CONNECT', from: null, message: null, peer })).ptr;
  assert.equal(await at('192.0.2.1'), 'pass');
  assert.equal(await at('::ffff:192.0.2.1'), 'pass');
  assert.equal(await at('2001:db8::1'), 'pass');
  assert.equal(await at('192.0.2.2'), 'fail');
  assert.equal(await at('192.0.2.3'), 'permerror');
});

test('what became of a signature: none, changed body, changed header, no key', async () => {
  const signed = (await signedMail('sender@a.test', 'a.test')).toString();
  const dkim = async (text: string) => (await results({ message: Buffer.from(text) })).dkim;
  assert.equal(await dkim(plainMail('sender@a.test').toString()), 'none');
  assert.equal(await dkim(signed.replace('hello', 'hallo')), 'fail');
  assert.equal(await dkim(signed.replace('a test', 'another')), 'fail');
  assert.equal(await dkim((await signedMail('sender@a.test', 'nokey.test')).toString()), 'permerror');
});

test('a signature and SPF of another domain do not align', async () => {
  const { spf, dkim, dmarc, policy } = await results({
    from: 'bounce@mail.a.test',
    peer: '192.0.2.9',
    message: await signedMail('sender@a.test', 'esp.test'),
  });
  assert.deepEqual(
    { spf, dkim, dmarc, policy },
    { spf: 'fail', dkim: 'pass', dmarc: 'fail', policy: 'reject' },
  );
});

test('a claim in Authentication-Results is not believed', async () => {
  const claim =
    'Authentication-Results: sink.example.test; spf=pass; dkim=pass; dmarc=pass\r\nReturn-Path: <x@a.test>\r\n';
  const message = Buffer.concat([Buffer.from(claim), plainMail('sender@a.test')]);
  const { spf, dkim, dmarc } = await results({ message, peer: '192.0.2.9' });
  assert.deepEqual({ spf, dkim, dmarc }, { spf: 'fail', dkim: 'none', dmarc: 'fail' });
});

test('a message with no author or with several has no DMARC result but permerror', async () => {
  for (const from of ['', 'From: <a@a.test>, <b@b.test>\r\n', 'From: <a@a.test>\r\nFrom: <b@b.test>\r\n']) {
    assert.equal(
      (await results({ message: Buffer.from(`${from}Subject: x\r\n\r\nx\r\n`) })).dmarc,
      'permerror',
      from,
    );
  }
});

test('a name server that does not answer is a temporary error of everything', async () => {
  const provider = createAuthentication({ dns: `127.0.0.1:${await freePort()}`, zone: null }, () => 0);
  const { spf, dkim, dmarc, ptr } = await provider(
    event({ message: await signedMail('sender@a.test', 'a.test') }),
  );
  assert.deepEqual(
    { spf, dkim, dmarc, ptr },
    { spf: 'temperror', dkim: 'temperror', dmarc: 'temperror', ptr: 'temperror' },
  );
});

test('a message is verified once, however many recipients ask', async () => {
  const provider = createAuthentication({ dns: null, zone: ZONE }, () => 0);
  const message = await signedMail('sender@a.test', 'a.test');
  assert.equal((await provider(event({ message, recipient: 'one@b.test' }))).dkim, 'pass');
  message.fill('x', message.length - 6);
  assert.equal((await provider(event({ message, recipient: 'two@b.test' }))).dkim, 'pass');
});

test('whatever a message holds, there are results', async () => {
  for (const text of [
    '',
    '\r\n',
    '\0\0',
    'DKIM-Signature: v=1; a=rsa-sha256\r\n\r\n',
    'From: @\r\nDKIM-Signature: b=\r\n\r\nx',
  ]) {
    assert.ok((await results({ message: Buffer.from(text) })).dkim.length > 0, JSON.stringify(text));
  }
});
