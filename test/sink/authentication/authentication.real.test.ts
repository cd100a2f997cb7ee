import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuthentication } from '#src/sink/authentication/authentication.js';
import { startDnsmasq } from '#test/servers/dnsmasq.js';
import { eventOf } from '../behaviours/behave.js';
import { dkimKeyAt, signedMail } from '../signed-mail.js';

test('a real name server is asked for every record, and nobody else is', async (t) => {
  const key = String(dkimKeyAt('good.test')['s1._domainkey.good.test']?.TXT);
  const chunks = key.match(/.{1,200}/g)?.map((chunk) => `"${chunk}"`) ?? [];
  const server = await startDnsmasq([
    'local=/in-addr.arpa/',
    'txt-record=good.test,"v=spf1 mx -all"',
    'mx-host=good.test,mail.good.test,10',
    'host-record=mail.good.test,192.0.2.1',
    'txt-record=_dmarc.good.test,"v=DMARC1; p=reject"',
    `txt-record=s1._domainkey.good.test,${chunks.join(',')}`,
  ]);
  t.after(() => server.stop());
  const provider = createAuthentication({ dns: server.server, zone: null }, () => 0);
  const message = await signedMail('sender@good.test', 'good.test');
  const event = eventOf('CONTENT', {
    peer: '192.0.2.1',
    helo: 'mail.good.test',
    from: 'sender@good.test',
    message,
  });
  assert.deepEqual(await provider(event), {
    spf: 'pass',
    dkim: 'pass',
    dmarc: 'pass',
    policy: 'reject',
    arc: 'none',
    ptr: 'pass',
  });
  const unsigned = {
    ...event,
    peer: '192.0.2.9',
    message: Buffer.from('From: <ceo@good.test>\r\n\r\nx\r\n'),
  };
  const { spf, dkim, dmarc, ptr } = await provider(unsigned);
  assert.deepEqual({ spf, dkim, dmarc, ptr }, { spf: 'fail', dkim: 'none', dmarc: 'fail', ptr: 'permerror' });
  const queries = await server.queries();
  assert.ok(queries.includes('TXT s1._domainkey.good.test'), queries.join(', '));
  assert.equal(queries.filter((query) => query === 'TXT _dmarc.good.test').length, 1);
});
