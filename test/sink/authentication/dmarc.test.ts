import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDmarc } from '#src/sink/authentication/dmarc.js';
import { type Lookup, zoneLookup } from '#src/sink/authentication/names.js';

/** DMARC records by domain. */
function records(byDomain: Readonly<Record<string, string | readonly string[]>>): Lookup {
  const entries = Object.entries(byDomain).map(([domain, texts]) => [
    `_dmarc.${domain}`,
    { TXT: [texts].flat() },
  ]);
  return zoneLookup(Object.fromEntries(entries));
}

function check(
  lookup: Lookup,
  author: string,
  authenticated: { spf?: string; dkim?: readonly string[] } = {},
) {
  return checkDmarc({ author, spf: authenticated.spf ?? null, dkim: authenticated.dkim ?? [] }, lookup);
}

test('a domain without a record has no policy, and nothing can fail', async () => {
  assert.deepEqual(await check(records({}), 'a.test'), { result: 'none', policy: 'none' });
});

test('an aligned identifier passes, of SPF or of any signature', async () => {
  const lookup = records({ 'a.test': 'v=DMARC1; p=reject' });
  assert.deepEqual(await check(lookup, 'a.test', { spf: 'a.test' }), { result: 'pass', policy: 'reject' });
  assert.deepEqual(await check(lookup, 'a.test', { dkim: ['esp.test', 'A.test'] }), {
    result: 'pass',
    policy: 'reject',
  });
});

test('what is authenticated for another domain fails, with the policy that the domain asks for', async () => {
  for (const policy of ['none', 'quarantine', 'reject'] as const) {
    const lookup = records({ 'a.test': `v=DMARC1; p=${policy}` });
    const verdict = await check(lookup, 'a.test', { spf: 'esp.test', dkim: ['b.test'] });
    assert.deepEqual(verdict, { result: 'fail', policy });
  }
});

test('relaxed alignment takes a subdomain, strict does not', async () => {
  const relaxed = records({ 'a.test': 'v=DMARC1; p=reject' });
  assert.equal((await check(relaxed, 'a.test', { spf: 'bounce.a.test' })).result, 'pass');
  assert.equal((await check(relaxed, 'news.a.test', { dkim: ['a.test'] })).result, 'pass');
  const strict = records({ 'a.test': 'v=DMARC1; p=reject; aspf=s; adkim=s' });
  assert.equal((await check(strict, 'a.test', { spf: 'bounce.a.test', dkim: ['x.a.test'] })).result, 'fail');
  assert.equal((await check(strict, 'a.test', { dkim: ['a.test'] })).result, 'pass');
  const mixed = records({ 'a.test': 'v=DMARC1; p=reject; aspf=s' });
  assert.equal((await check(mixed, 'a.test', { spf: 'x.a.test' })).result, 'fail');
  assert.equal((await check(mixed, 'a.test', { dkim: ['x.a.test'] })).result, 'pass');
});

test('a subdomain gets sp, one that does not exist np, and its own record wins', async () => {
  const lookup = zoneLookup({
    '_dmarc.a.test': { TXT: 'v=DMARC1; p=reject; sp=quarantine; np=none' },
    '_dmarc.own.a.test': { TXT: 'v=DMARC1; p=none' },
    'real.a.test': { MX: '10 mx.a.test' },
  });
  assert.equal((await check(lookup, 'real.a.test')).policy, 'quarantine');
  assert.equal((await check(lookup, 'ghost.a.test')).policy, 'none');
  assert.equal((await check(lookup, 'own.a.test')).policy, 'none');
  assert.equal((await check(lookup, 'a.test')).policy, 'reject');
});

test('psd=n makes a domain an organization of its own, psd=y the names below it', async () => {
  const own = records({ 'a.test': 'v=DMARC1; p=none', 'dept.a.test': 'v=DMARC1; p=reject; psd=n' });
  assert.equal((await check(own, 'dept.a.test', { spf: 'a.test' })).result, 'fail');
  const suffix = records({ test: 'v=DMARC1; p=reject; psd=y' });
  assert.equal((await check(suffix, 'x.a.test', { spf: 'y.a.test' })).result, 'pass');
  assert.equal((await check(suffix, 'x.a.test', { spf: 'x.b.test' })).result, 'fail');
});

test('the walk up the tree asks at most eight names', async () => {
  const asked: string[] = [];
  const lookup: Lookup = (name) => {
    asked.push(name);
    return Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
  };
  await check(lookup, 'a.b.c.d.e.f.g.h.i.j.test');
  assert.equal(asked.length, 8);
  assert.deepEqual(asked.slice(0, 2), ['_dmarc.a.b.c.d.e.f.g.h.i.j.test', '_dmarc.e.f.g.h.i.j.test']);
});

test('two records, an unknown policy and another version are no policy; rua alone means none', async () => {
  for (const text of [
    ['v=DMARC1; p=reject', 'v=DMARC1; p=none'],
    'v=DMARC1; p=maybe',
    'v=DMARC2; p=reject',
  ]) {
    assert.equal((await check(records({ 'a.test': text }), 'a.test')).result, 'none', String(text));
  }
  const told = records({ 'a.test': 'v=DMARC1; p=maybe; rua=mailto:d@a.test' });
  assert.deepEqual(await check(told, 'a.test'), { result: 'fail', policy: 'none' });
});

test('t=y lowers the policy by one step', async () => {
  for (const [asked, done] of [
    ['reject', 'quarantine'],
    ['quarantine', 'none'],
    ['none', 'none'],
  ] as const) {
    assert.equal((await check(records({ 'a.test': `v=DMARC1; p=${asked}; t=y` }), 'a.test')).policy, done);
  }
});

test('a lookup that fails is told, not taken for an absent record', async () => {
  const lookup: Lookup = () => Promise.reject(Object.assign(new Error('slow'), { code: 'ETIMEOUT' }));
  await assert.rejects(check(lookup, 'a.test'), { code: 'ETIMEOUT' });
});
